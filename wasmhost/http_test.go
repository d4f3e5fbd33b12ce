package wasmhost

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// httpRecorder keeps a guest's answers besides other events.
type httpRecorder struct {
	eventRecorder
	answers []LocalResponse
}

func (r *httpRecorder) SendLocalResponse(l LocalResponse) {
	r.add("answer")
	r.answers = append(r.answers, l)
}

func newHTTPStream(t testing.TB, p *Plugin, cfg StreamConfig) *HTTPStream {
	t.Helper()
	h, err := p.NewHTTPStream(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(t.Context()) })
	return h
}

func (g *puppetCall) pairs(typ uint64) Headers {
	g.t.Helper()
	g.want(StatusOK, "get_header_map_pairs", typ, outAddr, outSize)
	h, ok := parsePairs([]byte(g.result()))
	if !ok {
		g.t.Error("pairs can't be parsed")
	}
	return h
}

func TestHeaderMaps(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{})
	h := newHTTPStream(t, p, StreamConfig{})
	headers := Headers{{":method", "GET"}, {"a", "1"}, {"B", "x"}, {"a", "2"}}
	value := func(g *puppetCall, key string, status Status, want string) {
		t.Helper()
		ptr, size := g.put(argA, key)
		g.want(status, "get_header_map_value", 0, ptr, size, outAddr, outSize)
		if got := g.result(); status == StatusOK && got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	pup.set("request_headers", func(g *puppetCall, params [3]uint32) uint32 {
		if params[1] != 4 || params[2] != 1 {
			t.Errorf("parameters %v", params)
		}
		if got := g.pairs(0); !slices.Equal(got, headers) {
			t.Errorf("pairs %v", got)
		}
		g.want(StatusOK, "get_header_map_size", 0, outAddr)
		if got := g.u32(outAddr); got != uint32(len(":methodGETa1Bxa2")) {
			t.Errorf("size %d", got)
		}
		value(g, "a", StatusOK, "1")
		value(g, "b", StatusOK, "x")
		value(g, "c", StatusNotFound, "")
		edit := func(call, key, val string) {
			t.Helper()
			ptr, size := g.put(argA, key)
			vptr, vsize := g.put(argB, val)
			g.want(StatusOK, call, 0, ptr, size, vptr, vsize)
		}
		edit("add_header_map_value", "New", "n")
		edit("add_header_map_value", "b", "y")
		edit("replace_header_map_value", "a", "3")
		edit("replace_header_map_value", "z", "")
		ptr, size := g.put(argA, "B")
		g.want(StatusOK, "remove_header_map_value", 0, ptr, size)
		g.want(StatusOK, "remove_header_map_value", 0, ptr, size)
		for _, typ := range []uint64{1, 2, 3, 4, 5, 6, 7, 8, all} {
			g.want(StatusBadArgument, "get_header_map_size", typ, outAddr)
			g.want(StatusBadArgument, "remove_header_map_value", typ, ptr, size)
		}
		return 1
	})
	if a, err := h.OnRequestHeaders(t.Context(), &headers, true); a != ActionPause || err != nil {
		t.Fatal(a, err)
	}
	want := Headers{{":method", "GET"}, {"a", "3"}, {"new", "n"}, {"z", ""}}
	if !slices.Equal(headers, want) {
		t.Errorf("headers %v, want %v", headers, want)
	}
	// While the request is paused its headers may be changed; then only read.
	set := func(status Status) hook {
		return func(g *puppetCall, params [3]uint32) uint32 {
			ptr, size := g.put(argA, string(Headers{{"X", "1"}, {"x", "2"}}.appendPairs(nil)))
			g.want(status, "set_header_map_pairs", 0, ptr, size)
			if n := len(g.pairs(0)); n != 2 {
				t.Errorf("%d pairs", n)
			}
			return 0
		}
	}
	pup.set("request_body", set(StatusOK))
	pup.set("response_headers", set(StatusBadArgument))
	if a, err := h.OnRequestBody(t.Context(), buffer("body"), true); a != ActionContinue || err != nil {
		t.Fatal(a, err)
	}
	if _, err := h.OnResponseHeaders(t.Context(), &Headers{}, false); err != nil {
		t.Fatal(err)
	}
	if want := (Headers{{"x", "1"}, {"x", "2"}}); !slices.Equal(headers, want) {
		t.Errorf("headers %v, want %v", headers, want)
	}
}

func TestHeaderMapsAreBounded(t *testing.T) {
	pup := newPuppet(t)
	h := newHTTPStream(t, loadPuppet(t, pup, Config{}, PluginConfig{}), StreamConfig{})
	pup.set("request_headers", func(g *puppetCall, _ [3]uint32) uint32 {
		ptr, size := g.put(argA, "k")
		for i := range maxPairs + 1 {
			status := StatusOK
			if i == maxPairs {
				status = StatusInternalFailure
			}
			g.want(status, "add_header_map_value", 0, ptr, size, ptr, size)
		}
		for _, bad := range []string{"\x01", "\xff\xff\xff\xff", "\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00a\x00b"} {
			ptr, size := g.put(argA, bad)
			g.want(StatusBadArgument, "set_header_map_pairs", 0, ptr, size)
		}
		g.want(StatusOK, "set_header_map_pairs", 0, 0, 0)
		g.want(StatusOK, "get_header_map_pairs", 0, outAddr, outSize)
		if g.u32(outAddr) != 0 || g.u32(outSize) != 0 {
			t.Error("an empty map isn't empty")
		}
		g.v.mem.Grow(40)
		g.want(StatusOK, "add_header_map_value", 0, ptr, size, 0, maxPairsBytes/2)
		g.want(StatusInternalFailure, "add_header_map_value", 0, ptr, size, 0, maxPairsBytes/2)
		return 0
	})
	if _, err := h.OnRequestHeaders(t.Context(), &Headers{}, false); err != nil {
		t.Error(detail(err))
	}
}

// TestHTTPLife: all callbacks in order, with bodies that the guest changes, trailers, and the end.
func TestHTTPLife(t *testing.T) {
	ctx := t.Context()
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	h := newHTTPStream(t, p, StreamConfig{})
	body := func(typ, other uint64) hook {
		return func(g *puppetCall, params [3]uint32) uint32 {
			g.want(StatusNotFound, "get_buffer_status", other, outAddr, outSize)
			g.want(StatusOK, "get_buffer_bytes", typ, 0, all, outAddr, outSize)
			ptr, size := g.put(argA, strings.ToUpper(g.result()))
			g.want(StatusOK, "set_buffer_bytes", typ, 0, all, ptr, size)
			return 0
		}
	}
	trailers := func(typ uint64) hook {
		return func(g *puppetCall, params [3]uint32) uint32 {
			if params[1] != 1 || !slices.Equal(g.pairs(typ), Headers{{"t", "v"}}) {
				t.Errorf("trailers %v", params)
			}
			return 0
		}
	}
	pup.set("request_body", body(0, 1))
	pup.set("response_body", body(1, 0))
	pup.set("request_trailers", trailers(1))
	pup.set("response_trailers", trailers(3))
	sent, received := buffer("request"), buffer("response")
	check := func(a Action, err error) {
		t.Helper()
		if a != ActionContinue || err != nil {
			t.Error(a, err)
		}
	}
	check(h.OnRequestHeaders(ctx, &Headers{{"a", "b"}}, false))
	check(h.OnRequestBody(ctx, sent, false))
	check(h.OnRequestTrailers(ctx, &Headers{{"t", "v"}}))
	check(h.OnResponseHeaders(ctx, &Headers{{":status", "200"}}, false))
	check(h.OnResponseBody(ctx, received, false))
	check(h.OnResponseTrailers(ctx, &Headers{{"t", "v"}}))
	h.Close(ctx)
	if string(sent.b) != "REQUEST" || string(received.b) != "RESPONSE" {
		t.Errorf("bodies %q and %q", sent.b, received.b)
	}
	want := "context_create(2) request_headers(2) request_body(2) request_trailers(2) response_headers(2) response_body(2) " +
		"response_trailers(2) done(2) log(2) delete(2)"
	if _, got, _ := strings.Cut(pup.log(), "configure(1) "); !strings.HasSuffix(got, want) {
		t.Errorf("calls %s", got)
	}
}

func TestHTTPDecisions(t *testing.T) {
	for _, tt := range []struct {
		callback, call string
		args           []uint64
		returns        uint32
		want           Action
		events         string
	}{
		{"request_headers", "continue_stream", []uint64{0}, 1, ActionContinue, ""},
		{"request_headers", "continue_request", nil, 1, ActionContinue, ""},
		{"request_headers", "continue_response", nil, 1, ActionPause, "continue response"},
		{"response_headers", "continue_response", nil, 1, ActionContinue, ""},
		{"response_headers", "continue_request", nil, 0, ActionContinue, "continue request"},
		{"request_headers", "continue_stream", []uint64{2}, 1, ActionPause, ""}, // of TCP
		{"request_headers", "close_stream", []uint64{0}, 0, ActionPause, "close request"},
		{"request_headers", "close_stream", []uint64{3}, 0, ActionContinue, ""},
		{"request_headers", "clear_route_cache", nil, 0, ActionContinue, ""},
		{"request_headers", "send_local_response", []uint64{403, 0, 0, 0, 0, 0, 0, all}, 0, ActionPause, "answer"},
	} {
		t.Run(fmt.Sprint(tt.callback, tt.call, tt.args), func(t *testing.T) {
			var rec httpRecorder
			pup := newPuppet(t)
			h := newHTTPStream(t, loadPuppet(t, pup, Config{}, PluginConfig{}), StreamConfig{Events: &rec})
			pup.set(tt.callback, func(g *puppetCall, _ [3]uint32) uint32 {
				g.want(StatusOK, tt.call, tt.args...)
				return tt.returns
			})
			got, err := h.OnRequestHeaders(t.Context(), &Headers{}, false)
			if tt.callback == "response_headers" {
				got, err = h.OnResponseHeaders(t.Context(), &Headers{}, false)
			}
			if err != nil || got != tt.want || rec.String() != tt.events {
				t.Errorf("%v, %v, events %q", got, err, rec.String())
			}
		})
	}
}

// TestHeadersInOldABI: 0.1.0 has no end of stream, and takes a missing header for an empty one.
func TestHeadersInOldABI(t *testing.T) {
	h := newHTTPStream(t, load(t, newTestRuntime(t, Config{}), "legacy", PluginConfig{}), StreamConfig{})
	if a, err := h.OnRequestHeaders(t.Context(), &Headers{{"a", "b"}, {"c", "d"}}, true); a != ActionContinue || err != nil {
		t.Error(a, err)
	}
	if a, err := h.OnRequestHeaders(t.Context(), &Headers{{"ini", "not empty"}, {"c", "d"}}, true); err == nil && a == ActionContinue {
		t.Error("a header that is there was taken for an empty one", a)
	}
}

func TestLocalResponse(t *testing.T) {
	var rec httpRecorder
	pup := newPuppet(t)
	h := newHTTPStream(t, loadPuppet(t, pup, Config{}, PluginConfig{}), StreamConfig{Events: &rec})
	pup.set("request_headers", func(g *puppetCall, _ [3]uint32) uint32 {
		details, dsize := g.put(argA, "denied")
		body, bsize := g.put(argA+100, "go away")
		pairs, psize := g.put(argA+200, string(Headers{{"x", "1"}, {"x", "2"}}.appendPairs(nil)))
		g.want(StatusInvalidMemoryAccess, "send_local_response", 403, all, 2, 0, 0, 0, 0, all)
		g.want(StatusBadArgument, "send_local_response", 403, 0, 0, 0, 0, pairs, psize-1, all)
		g.want(StatusOK, "send_local_response", 403, details, dsize, body, bsize, pairs, psize, all)
		g.put(argA, strings.Repeat("#", 300)) // it was copied
		return 0
	})
	if a, err := h.OnRequestHeaders(t.Context(), &Headers{}, false); a != ActionPause || err != nil {
		t.Error(a, err)
	}
	want := []LocalResponse{{403, "denied", Headers{{"x", "1"}, {"x", "2"}}, []byte("go away"), -1}}
	if !reflect.DeepEqual(rec.answers, want) {
		t.Errorf("answers %+v", rec.answers)
	}
}

func TestForeignFunctionCallback(t *testing.T) {
	pup := newPuppet(t)
	s := newStream(t, loadPuppet(t, pup, Config{}, PluginConfig{}), StreamConfig{})
	called := false
	pup.set("foreign_function", func(g *puppetCall, params [3]uint32) uint32 {
		called = params == [3]uint32{s.id, 77, 5}
		g.want(StatusOK, "get_buffer_bytes", 8, 1, all, outAddr, outSize)
		if got := g.result(); got != "ello" {
			t.Errorf("argument %q", got)
		}
		g.want(StatusBadArgument, "set_buffer_bytes", 8, 0, 0, 0, 1)
		return 0
	})
	if err := s.OnForeignFunction(t.Context(), 77, []byte("hello")); err != nil || !called {
		t.Error(err, called)
	}
}

func TestValidateConfiguration(t *testing.T) {
	pup := newPuppet(t)
	r := newTestRuntime(t, Config{})
	r.foreign["hook"] = pup.foreign
	pup.on["proxy_validate_configuration"] = func(g *puppetCall, params [3]uint32) uint32 {
		g.want(StatusOK, "get_buffer_bytes", 7, 0, all, outAddr, outSize)
		if g.result() == "good" && params[1] == 4 {
			return 1
		}
		return 0
	}
	for conf, fine := range map[string]bool{"good": true, "bad": false} {
		_, err := r.Load(t.Context(), guest(t, "calls"), PluginConfig{Configuration: []byte(conf)})
		if fine != (err == nil) || !fine && !strings.Contains(err.Error(), "proxy_validate_configuration") {
			t.Errorf("%s: %v", conf, err)
		}
	}
}

// FuzzParsePairs: what is parsed is what was serialised, and nothing makes it panic.
func FuzzParsePairs(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(Headers{}.appendPairs(nil))
	f.Add(Headers{{"a", "b"}, {"a", ""}, {"", "\x00"}}.appendPairs(nil))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xffa\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		h, ok := parsePairs(p)
		if ok && len(p) > 0 && string(h.appendPairs(nil)) != string(p) {
			t.Errorf("%q became %v", p, h)
		}
	})
}
