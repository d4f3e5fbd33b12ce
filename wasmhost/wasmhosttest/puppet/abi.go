package puppet

import "strings"

// Status is what a host call answers (proxy_status_t).
type Status uint32

// The statuses of the ABI.
const (
	OK                   Status = 0
	NotFound             Status = 1
	BadArgument          Status = 2
	SerializationFailure Status = 3
	ParseFailure         Status = 4
	InvalidMemoryAccess  Status = 6
	Empty                Status = 7
	CasMismatch          Status = 8
	InternalFailure      Status = 10
	Unimplemented        Status = 12
)

// Function is an import or an export of a guest.
type Function struct {
	Module string // that it is imported from, empty for an export
	Name   string
	// Params and Results have an i for each i32 and an I for each i64.
	Params, Results string
}

// imports lists what a guest may import. Functions of wasi are in two modules.
const imports = `
env proxy_log iii:i
env proxy_get_log_level i:i
env proxy_get_current_time_nanoseconds i:i
env proxy_set_tick_period_milliseconds i:i
env proxy_done :i
env proxy_set_effective_context i:i
env proxy_get_configuration ii:i
env proxy_get_buffer_bytes iiiii:i
env proxy_set_buffer_bytes iiiii:i
env proxy_get_buffer_status iii:i
env proxy_get_header_map_size ii:i
env proxy_get_header_map_pairs iii:i
env proxy_set_header_map_pairs iii:i
env proxy_get_header_map_value iiiii:i
env proxy_add_header_map_value iiiii:i
env proxy_replace_header_map_value iiiii:i
env proxy_remove_header_map_value iii:i
env proxy_continue_stream i:i
env proxy_close_stream i:i
env proxy_continue_request :i
env proxy_continue_response :i
env proxy_clear_route_cache :i
env proxy_send_local_response iiiiiiii:i
env proxy_http_call iiiiiiiiii:i
env proxy_grpc_call iiiiiiiiiiii:i
env proxy_grpc_stream iiiiiiiii:i
env proxy_grpc_send iiii:i
env proxy_grpc_cancel i:i
env proxy_grpc_close i:i
env proxy_get_status iii:i
env proxy_set_shared_data iiiii:i
env proxy_get_shared_data iiiii:i
env proxy_register_shared_queue iii:i
env proxy_resolve_shared_queue iiiii:i
env proxy_enqueue_shared_queue iii:i
env proxy_dequeue_shared_queue iii:i
env proxy_define_metric iiii:i
env proxy_record_metric iI:i
env proxy_increment_metric iI:i
env proxy_get_metric ii:i
env proxy_get_property iiii:i
env proxy_set_property iiii:i
env proxy_call_foreign_function iiiiii:i
env emscripten_notify_memory_growth i:
env pthread_equal ii:i
wasi fd_write iiii:i
wasi clock_time_get iIi:i
wasi clock_res_get ii:i
wasi random_get ii:i
wasi environ_sizes_get ii:i
wasi environ_get ii:i
wasi args_sizes_get ii:i
wasi args_get ii:i
wasi fd_fdstat_get ii:i
wasi fd_fdstat_set_flags ii:i
wasi fd_prestat_get ii:i
wasi fd_prestat_dir_name iii:i
wasi fd_seek iIii:i
wasi fd_close i:i
wasi fd_read iiii:i
wasi path_open iiiiiIIii:i
wasi path_filestat_get iiiii:i
wasi poll_oneoff iiii:i
wasi sched_yield :i
wasi proc_exit i:
`

// callbacks lists the exports that the guest hands to the test, as of ABI 0.2.
const callbacks = `
proxy_on_context_create ii:
proxy_on_vm_start ii:i
proxy_on_configure ii:i
proxy_validate_configuration ii:i
proxy_on_new_connection i:i
proxy_on_downstream_data iii:i
proxy_on_upstream_data iii:i
proxy_on_downstream_connection_close ii:
proxy_on_upstream_connection_close ii:
proxy_on_done i:i
proxy_on_log i:
proxy_on_delete i:
proxy_on_tick i:
proxy_on_queue_ready ii:
proxy_on_foreign_function iii:
proxy_on_http_call_response iiiii:
proxy_on_request_headers iii:i
proxy_on_request_body iii:i
proxy_on_request_trailers ii:i
proxy_on_response_headers iii:i
proxy_on_response_body iii:i
proxy_on_response_trailers ii:i
proxy_on_request_metadata ii:i
proxy_on_response_metadata ii:i
`

// oldCallbacks are those whose type was another one in ABI 0.1.0.
const oldCallbacks = `
proxy_on_request_headers ii:i
proxy_on_response_headers ii:i
`

// oldImports are those that guests of ABI 0.1.0 may import without a result.
const oldImports = `
env proxy_continue_request :
env proxy_continue_response :
env proxy_clear_route_cache :
`

// The modules of wasi.
const (
	wasiPreview  = "wasi_snapshot_preview1"
	wasiUnstable = "wasi_unstable"
)

// Imports returns what guests may import, WASI from both of its modules.
func Imports() []Function { return parse(imports) }

// Callbacks returns the exports that the guest hands to the test. Their order is that of the callbacks' numbers.
func Callbacks() []Function { return parse(callbacks) }

func parse(table string) (all []Function) {
	for line := range strings.Lines(strings.TrimSpace(table)) {
		words := strings.Fields(line)
		params, results, _ := strings.Cut(words[len(words)-1], ":")
		f := Function{Name: words[len(words)-2], Params: params, Results: results}
		modules := []string{""}
		if len(words) == 3 {
			modules[0] = words[0]
		}
		if modules[0] == "wasi" {
			modules = []string{wasiPreview, wasiUnstable}
		}
		for _, f.Module = range modules {
			all = append(all, f)
		}
	}
	return all
}

// version replaces the functions of a table by those of the same name in an older one.
func version(table, older string) []Function {
	all := parse(table)
	for _, o := range parse(older) {
		for i := range all {
			if all[i].Name == o.Name {
				all[i] = o
			}
		}
	}
	return all
}
