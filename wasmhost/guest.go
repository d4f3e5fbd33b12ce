package wasmhost

import (
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// callback is an index into the table of the guest's exports that the host calls.
type callback int

const (
	cbMalloc callback = iota
	cbMemoryAllocate
	cbInitialize
	cbMain
	cbMainVoid
	cbStart
	cbContextCreate
	cbVMStart
	cbConfigure
	cbNewConnection
	cbDownstreamData
	cbUpstreamData
	cbDownstreamClose
	cbUpstreamClose
	cbDone
	cbLog
	cbDelete
	cbTick
	cbQueueReady
	cbValidateConfiguration
	cbForeignFunction
	cbHTTPCallResponse
	cbRequestHeaders
	cbRequestBody
	cbRequestTrailers
	cbRequestMetadata
	cbResponseHeaders
	cbResponseBody
	cbResponseTrailers
	cbResponseMetadata
	numCallbacks
)

// callbacks gives the name and the type of each export that the host calls: an i for each i32, parameters before the
// colon, results after it. All of them are optional.
var callbacks = [numCallbacks]struct{ name, signature string }{
	cbMalloc:          {"malloc", "i:i"},
	cbMemoryAllocate:  {"proxy_on_memory_allocate", "i:i"},
	cbInitialize:      {"_initialize", ":"},
	cbMain:            {"main", "ii:i"},
	cbMainVoid:        {"__main_void", ":i"},
	cbStart:           {"_start", ":"},
	cbContextCreate:   {"proxy_on_context_create", "ii:"},
	cbVMStart:         {"proxy_on_vm_start", "ii:i"},
	cbConfigure:       {"proxy_on_configure", "ii:i"},
	cbNewConnection:   {"proxy_on_new_connection", "i:i"},
	cbDownstreamData:  {"proxy_on_downstream_data", "iii:i"},
	cbUpstreamData:    {"proxy_on_upstream_data", "iii:i"},
	cbDownstreamClose: {"proxy_on_downstream_connection_close", "ii:"},
	cbUpstreamClose:   {"proxy_on_upstream_connection_close", "ii:"},
	cbDone:            {"proxy_on_done", "i:i"},
	cbLog:             {"proxy_on_log", "i:"},
	cbDelete:          {"proxy_on_delete", "i:"},
	cbTick:            {"proxy_on_tick", "i:"},
	cbQueueReady:      {"proxy_on_queue_ready", "ii:"},

	cbValidateConfiguration: {"proxy_validate_configuration", "ii:i"},
	cbForeignFunction:       {"proxy_on_foreign_function", "iii:"},
	cbHTTPCallResponse:      {"proxy_on_http_call_response", "iiiii:"},
	cbRequestHeaders:        {"proxy_on_request_headers", "iii:i"},
	cbRequestBody:           {"proxy_on_request_body", "iii:i"},
	cbRequestTrailers:       {"proxy_on_request_trailers", "ii:i"},
	cbResponseHeaders:       {"proxy_on_response_headers", "iii:i"},
	cbResponseBody:          {"proxy_on_response_body", "iii:i"},
	cbResponseTrailers:      {"proxy_on_response_trailers", "ii:i"},
	cbRequestMetadata:       {"proxy_on_request_metadata", "ii:i"},
	cbResponseMetadata:      {"proxy_on_response_metadata", "ii:i"},
}

// maxParams is the greatest number of parameters of a callback.
const maxParams = 5

// accepts tells whether the host can call an export of this type. In ABI 0.1.0 the callbacks for headers have no end of
// stream.
func (c callback) accepts(signature string) bool {
	old := (c == cbRequestHeaders || c == cbResponseHeaders) && signature == "ii:i"
	return old || signature == callbacks[c].signature
}

func (c callback) String() string { return callbacks[c].name }

// signatureOf writes the type of a function as in the table of callbacks.
func signatureOf(params, results []api.ValueType) string {
	letter := map[api.ValueType]string{
		api.ValueTypeI32: "i", api.ValueTypeI64: "I", api.ValueTypeF32: "f", api.ValueTypeF64: "F",
	}
	var b strings.Builder
	write := func(types []api.ValueType) {
		for _, t := range types {
			if l, ok := letter[t]; ok {
				b.WriteString(l)
			} else {
				b.WriteString("r")
			}
		}
	}
	write(params)
	b.WriteByte(':')
	write(results)
	return b.String()
}

// describe turns a signature into words for an error message: "(i32, i32) -> i32".
func describe(signature string) string {
	word := map[rune]string{'i': "i32", 'I': "i64", 'f': "f32", 'F': "f64", 'r': "ref"}
	params, results, _ := strings.Cut(signature, ":")
	list := func(letters string) string {
		var words []string
		for _, l := range letters {
			words = append(words, word[l])
		}
		return strings.Join(words, ", ")
	}
	if results == "" {
		return fmt.Sprintf("(%s)", list(params))
	}
	return fmt.Sprintf("(%s) -> %s", list(params), list(results))
}
