package wasmhosttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// RunCoraza checks that coraza-proxy-wasm (https://github.com/corazawaf/coraza-proxy-wasm), a web application firewall, works on HTTP
// contexts: it pauses bodies until their end, reads and replaces them, and answers requests itself. The module is built with standard Go
// and the build tag no_fs_access.
func RunCoraza(t *testing.T, host Host, module []byte) {
	c := &T{T: t, host: host}
	rules := []string{
		"SecRuleEngine On", "SecRequestBodyAccess On", "SecResponseBodyAccess On", "SecResponseBodyMimeType text/plain",
		`SecRule REQUEST_URI \"@streq /admin\" \"id:101,phase:1,deny\"`,
		`SecRule REQUEST_BODY \"@contains evil\" \"id:102,phase:2,deny,status:406\"`,
		`SecRule RESPONSE_HEADERS:x-secret \"@streq leak\" \"id:103,phase:3,deny\"`,
		`SecRule RESPONSE_BODY \"@contains secret\" \"id:104,phase:4,deny\"`,
		`SecRule REQUEST_HEADERS:x-attack \"@detectSQLi\" \"id:105,phase:1,deny\"`,
	}
	conf := fmt.Sprintf(`{"directives_map":{"default":["%s"]},"default_directives":"default"}`, strings.Join(rules, `","`))
	plugin := c.load(nil, setup{module: module, plugin: PluginConfig{Configuration: []byte(conf)}})
	for _, tt := range []struct {
		name, path   string
		header       Header
		sent         []string // pieces of the request's body
		answer       Header
		received     []string // pieces of the response's body
		denied       uint32
		where        string
		wantReceived string
	}{
		{name: "fine", path: "/", sent: []string{"a harmless ", "body"}, received: []string{"a harmless ", "answer"}, wantReceived: "a harmless answer"},
		{name: "path", path: "/admin", denied: 403, where: "request headers"},
		{name: "injection", path: "/", header: Header{"x-attack", "1' or '1'='1"}, denied: 403, where: "request headers"},
		{name: "request body", path: "/", sent: []string{"this is e", "vil"}, denied: 406, where: "request body"},
		{name: "response header", path: "/", answer: Header{"x-secret", "leak"}, denied: 403, where: "response headers"},
		{name: "response body", path: "/", received: []string{"a sec", "ret answer"}, wantReceived: strings.Repeat("\x00", len("a secret answer"))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := c.exchange(t, plugin)
			where := x.request(tt.path, tt.header, tt.sent)
			if where == "" {
				where = x.response(tt.answer, tt.received)
			}
			var status uint32
			select {
			case e := <-x.events.signal:
				if e.Response != nil {
					status = e.Response.Status
				}
			default:
			}
			if where != tt.where || status != tt.denied || x.received != tt.wantReceived {
				t.Errorf("stopped at %q with status %d, received %q; want %q, %d, %q", where, status, x.received, tt.where, tt.denied, tt.wantReceived)
			}
		})
	}
	if all := plugin.Metrics(); !slices.ContainsFunc(all, func(m Metric) bool { return strings.Contains(m.Name, "tx.total") && m.Value == 6 }) {
		t.Errorf("metrics %+v", all)
	}
}

// exchange is a request with its response.
type exchange struct {
	*T
	HTTPStream
	events   *eventLog
	received string
}

func (t *T) exchange(st *testing.T, p Plugin) *exchange {
	x := &exchange{T: &T{T: st, host: t.host}, events: newEventLog()}
	x.HTTPStream = x.httpStream(p, StreamConfig{Event: x.events.add, Properties: func(path []string) ([]byte, bool) {
		values := map[string]string{
			"source.address": "192.0.2.7", "source.port": "\x0f\x27\x00\x00\x00\x00\x00\x00",
			"destination.address": "192.0.2.8", "destination.port": "\x50\x00\x00\x00\x00\x00\x00\x00", "request.protocol": "HTTP/1.1",
		}
		v, ok := values[strings.Join(path, ".")]
		return []byte(v), ok
	}})
	return x
}

// request shows the guest a request, and returns where it stopped it.
func (x *exchange) request(path string, more Header, body []string) (stopped string) {
	x.Helper()
	headers := []Header{{":method", "POST"}, {":path", path}, {":authority", "some.host"}, {"content-type", "application/x-www-form-urlencoded"}}
	if more.Name != "" {
		headers = append(headers, more)
	}
	a, err := x.OnRequestHeaders(x.Context(), &headers, len(body) == 0)
	x.must(err)
	if a != Continue {
		return "request headers"
	}
	_, stopped = x.body(x.OnRequestBody, body, "request body")
	return stopped
}

func (x *exchange) response(more Header, body []string) (stopped string) {
	x.Helper()
	headers := []Header{{":status", "200"}, {"content-type", "text/plain"}}
	if more.Name != "" {
		headers = append(headers, more)
	}
	a, err := x.OnResponseHeaders(x.Context(), &headers, len(body) == 0)
	x.must(err)
	if a != Continue {
		return "response headers"
	}
	x.received, stopped = x.body(x.OnResponseBody, body, "response body")
	return stopped
}

// body shows the guest the pieces of a body, and keeps what it pauses. What is left at the end was stopped.
func (x *exchange) body(show showBody, pieces []string, name string) (passed, stopped string) {
	x.Helper()
	var held Buffer
	for i, piece := range pieces {
		held.Data = append(held.Data, piece...)
		a, err := show(x.Context(), &held, i == len(pieces)-1)
		x.must(err)
		if a == Continue {
			passed += held.String()
			held.Data = nil
		}
	}
	if held.Len() > 0 {
		return passed, name
	}
	return passed, ""
}

// showBody is a callback for a body.
type showBody func(ctx context.Context, b *Buffer, end bool) (Action, error)
