package wasmhosttest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var httpChecks = []check{
	{"http/decisions", []string{"proxy_on_request_headers", "proxy_on_response_headers"}, httpDecisions},
	{"http/local response", []string{"proxy_on_request_headers"}, localResponse},
	{"http_call/answer", []string{"proxy_on_http_call_response"}, httpCallAnswer},
	{"http_call/failure", []string{"proxy_on_http_call_response"}, httpCallFailure},
	{"http_call/refused", nil, httpCallRefused},
	{"http_call/stream gone", nil, httpCallStreamGone},
}

func httpDecisions(t *T) {
	for _, tt := range []struct {
		callback, call string
		args           []uint64
		returns        uint32
		want           Action
		events         string
	}{
		{"request_headers", "continue_stream", []uint64{0}, 1, Continue, ""},
		{"request_headers", "continue_request", nil, 1, Continue, ""},
		{"request_headers", "continue_response", nil, 1, Pause, "continue response"},
		{"response_headers", "continue_response", nil, 1, Continue, ""},
		{"response_headers", "continue_stream", []uint64{1}, 1, Continue, ""},
		{"response_headers", "continue_request", nil, 0, Continue, "continue request"},
		{"request_headers", "continue_stream", []uint64{2}, 1, Pause, ""}, // of TCP
		{"request_headers", "close_stream", []uint64{0}, 0, Pause, "close request"},
		{"request_headers", "close_stream", []uint64{3}, 0, Continue, ""},
		{"request_headers", "clear_route_cache", nil, 0, Continue, ""},
		{"request_headers", "send_local_response", []uint64{403, 0, 0, 0, 0, 0, 0, all}, 0, Pause, "answer"},
	} {
		events := newEventLog()
		p := t.puppet()
		h := t.httpStream(t.load(p, setup{}), StreamConfig{Event: events.add})
		p.On("proxy_on_"+tt.callback, func(g *puppet.Call, _ [5]uint32) uint32 {
			g.Want(puppet.OK, "proxy_"+tt.call, tt.args...)
			return tt.returns
		})
		var got Action
		var err error
		if tt.callback == "response_headers" {
			got, err = h.OnResponseHeaders(t.Context(), &[]Header{}, false)
		} else {
			got, err = h.OnRequestHeaders(t.Context(), &[]Header{}, false)
		}
		if err != nil || got != tt.want || events.String() != tt.events {
			t.Errorf("%s %s%v: action %d, error %v, events %q", tt.callback, tt.call, tt.args, got, err, events)
		}
	}
}

func localResponse(t *T) {
	events := newEventLog()
	two := []Header{{"x", "1"}, {"x", "2"}}
	a := t.runHTTP(setup{stream: StreamConfig{Event: events.add}}, &[]Header{}, func(g *puppet.Call) {
		details, dsize := g.Put(puppet.ArgA, "denied")
		body, bsize := g.Put(puppet.ArgA+100, "go away")
		pairs, psize := g.Put(puppet.ArgA+200, serialise(two))
		for _, wrong := range [][]uint64{{all, 2, 0, 0, 0, 0}, {0, 0, all, 2, 0, 0}, {0, 0, 0, 0, all, 4}} {
			args := append(append([]uint64{403}, wrong...), all)
			g.Want(puppet.InvalidMemoryAccess, "proxy_send_local_response", args...)
		}
		g.Want(puppet.BadArgument, "proxy_send_local_response", 403, 0, 0, 0, 0, pairs, psize-1, all)
		g.Want(puppet.OK, "proxy_send_local_response", 403, details, dsize, body, bsize, pairs, psize, all)
		g.Fill(puppet.ArgA, '#', 300) // it was copied
	})
	if a != Pause {
		t.Errorf("action %d", a)
	}
	e := receive(t, "the answer", events.signal)
	if want := (LocalResponse{403, "denied", two, "go away", -1}); e.Response == nil || !reflect.DeepEqual(*e.Response, want) {
		t.Errorf("answer %+v", e.Response)
	}
}

func httpRequest(path string, more ...Header) []Header {
	return append([]Header{{":method", "POST"}, {":path", path}, {":authority", "some.host"}}, more...)
}

// httpCallArgs writes the arguments of proxy_http_call to memory.
func httpCallArgs(g *puppet.Call, to string, headers, trailers []Header, body string, timeout uint64) (args []uint64) {
	at := uint32(puppet.ArgA)
	for _, p := range []string{to, serialise(headers), body, serialise(trailers)} {
		ptr, size := g.Put(at, p)
		args = append(args, ptr, size)
		at += uint32(size)
	}
	return append(args, timeout, puppet.OutA)
}

// echo answers with what it was sent.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.URL.Path == "/hang" {
		<-r.Context().Done()
		return
	}
	w.Header().Add("X-Two", "1")
	w.Header().Add("X-Two", "2")
	w.Header().Set("Trailer", "X-End")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, strings.Join([]string{r.Method, r.URL.RequestURI(), r.Host, strings.Join(r.Header["A"], "+"), string(body), r.Trailer.Get("B")}, " "))
	w.Header().Set("X-End", "end")
}

// httpCall has a stream make a call and wait for the answer, which it checks.
func (t *T) httpCall(destinations map[string]string, to, path string, timeout uint64, check func(g *puppet.Call, params [5]uint32)) {
	t.Helper()
	p := t.puppet()
	events := newEventLog()
	var stream, token uint32
	plugin := t.load(p, setup{runtime: RuntimeConfig{HTTPDestinations: destinations}})
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { stream = params[0]; return 0 })
	s := t.stream(plugin, StreamConfig{Event: events.add})
	p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
		headers := httpRequest(path, Header{"a", "1"}, Header{"a", "2"}, Header{"host", "evil"})
		g.Want(puppet.OK, "proxy_http_call", httpCallArgs(g, to, headers, []Header{{"b", "trail"}}, "body", timeout)...)
		token = g.Uint32(puppet.OutA)
		return 1
	})
	p.On("proxy_on_http_call_response", func(g *puppet.Call, params [5]uint32) uint32 {
		if params[0] != stream || params[1] != token {
			t.Errorf("the answer %d to context %d, want %d to %d", params[1], params[0], token, stream)
		}
		check(g, params)
		g.Want(puppet.OK, "proxy_continue_stream", downstream)
		return 0
	})
	t.want(Pause)(s.OnDownstreamData(t.Context(), data("x"), false))
	if e := receive(t, "the answer", events.signal); e.String() != "continue downstream" {
		t.Errorf("event %v", e)
	}
}

func httpCallAnswer(t *T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	for path, timeout := range map[string]uint64{"/fine?q=1": 60_000, "//two": 0} {
		t.httpCall(map[string]string{"there": server.URL}, "there", path, timeout, func(g *puppet.Call, params [5]uint32) {
			want := "POST " + path + " some.host 1+2 body trail"
			pairs, trailers := t.getPairs(g, 6), t.getPairs(g, 7)
			if trailers != serialise([]Header{{"x-end", "end"}}) || params[4] != 1 {
				t.Errorf("%d trailers %q", params[4], trailers)
			}
			for _, text := range []string{":status\x00201\x00", "x-two\x001\x00", "x-two\x002\x00"} {
				if !strings.Contains(pairs, text) {
					t.Errorf("no %q in the headers", text)
				}
			}
			if params[2] == 0 || int(params[3]) != len(want) {
				t.Errorf("parameters %v", params)
			}
			g.Want(puppet.OK, "proxy_get_buffer_bytes", 4, 0, all, puppet.OutA, puppet.OutB)
			if got := g.Result(); got != want {
				t.Errorf("body %q, want %q", got, want)
			}
			g.Want(puppet.BadArgument, "proxy_set_header_map_pairs", 6, 0, 0)
			g.Want(puppet.BadArgument, "proxy_set_buffer_bytes", 4, 0, 0, 0, 1)
		})
	}
}

// httpCallFailure: a call that fails is told without headers.
func httpCallFailure(t *T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	destinations := map[string]string{"there": server.URL, "gone": gone.URL}
	for _, tt := range []struct {
		to, path string
		timeout  uint64
	}{{"there", "/hang", 10}, {"gone", "/", 60_000}} {
		t.httpCall(destinations, tt.to, tt.path, tt.timeout, func(g *puppet.Call, params [5]uint32) {
			if !slices.Equal(params[2:], []uint32{0, 0, 0}) {
				t.Errorf("%s%s: parameters %v", tt.to, tt.path, params)
			}
		})
	}
}

func httpCallRefused(t *T) {
	rc := RuntimeConfig{HTTPDestinations: map[string]string{"there": "http://127.0.0.1:1"}}
	t.run(setup{runtime: rc}, data(""), func(g *puppet.Call) {
		for _, h := range [][]Header{
			nil, httpRequest("no slash"), httpRequest("/")[1:], httpRequest("/")[:2], slices.Delete(httpRequest("/"), 1, 2),
			append([]Header{{":method", "NOT A METHOD"}}, httpRequest("/")[1:]...),
		} {
			g.Want(puppet.BadArgument, "proxy_http_call", httpCallArgs(g, "there", h, nil, "", 1000)...)
		}
		g.Want(puppet.BadArgument, "proxy_http_call", httpCallArgs(g, "elsewhere", httpRequest("/"), nil, "", 1000)...)
		args := httpCallArgs(g, "there", httpRequest("/"), nil, "", 1000)
		for i := range 4 {
			wrong := slices.Clone(args)
			wrong[2*i], wrong[2*i+1] = all, 4
			g.Want(puppet.InvalidMemoryAccess, "proxy_http_call", wrong...)
		}
		args[9] = all
		g.Want(puppet.InvalidMemoryAccess, "proxy_http_call", args...)
	})
}

// httpCallStreamGone: nobody is told of an answer to a stream that has ended.
func httpCallStreamGone(t *T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			<-release
		}
	}))
	defer server.Close()
	p := t.puppet()
	plugin := t.load(p, setup{runtime: RuntimeConfig{HTTPDestinations: map[string]string{"there": server.URL}}})
	var ids []uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { ids = append(ids, params[0]); return 0 })
	s, other := t.stream(plugin, StreamConfig{}), t.stream(plugin, StreamConfig{})
	answers := make(chan uint32, 10)
	p.On("proxy_on_http_call_response", func(_ *puppet.Call, params [5]uint32) uint32 { answers <- params[0]; return 0 })
	call := func(s Stream, path string) {
		t.onData(p, s, data("x"), func(g *puppet.Call) {
			g.Want(puppet.OK, "proxy_http_call", httpCallArgs(g, "there", httpRequest(path), nil, "", 60_000)...)
		})
	}
	call(s, "/late")
	s.Close(t.Context())
	close(release)
	for range 20 { // by the last answer that for the stream that is gone has come too
		call(other, "/")
		if id := receive(t, "an answer", answers); id != ids[1] {
			t.Errorf("an answer to context %d, want %d", id, ids[1])
		}
	}
}
