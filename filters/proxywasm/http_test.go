package proxywasm_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/internal/testguest/filter"
	"github.com/libnasp/libnasp/wasmhost"
)

// exchange is an HTTP request with its response, natively or in Wasm. Its methods are those of proxywasmtest.HTTPStream.
type exchange interface {
	RequestHeaders(headers []proxywasm.Header, end bool) ([]proxywasm.Header, proxywasm.Action)
	RequestBody(b []byte, end bool) ([]byte, proxywasm.Action)
	RequestTrailers(trailers []proxywasm.Header) ([]proxywasm.Header, proxywasm.Action)
	ResponseHeaders(headers []proxywasm.Header, end bool) ([]proxywasm.Header, proxywasm.Action)
	ResponseBody(b []byte, end bool) ([]byte, proxywasm.Action)
	ResponseTrailers(trailers []proxywasm.Header) ([]proxywasm.Header, proxywasm.Action)
	Answer() *proxywasmtest.Answer
	Closed() bool
}

// onEachHTTPHost runs one test natively and in Wasm.
func onEachHTTPHost(t *testing.T, test func(t *testing.T, open func() exchange)) {
	t.Run("native", func(t *testing.T) {
		h, err := proxywasmtest.Start(t, filter.NewRoot, proxywasmtest.Config{Configuration: []byte("http")})
		if err != nil {
			t.Fatal(err)
		}
		test(t, func() exchange { return h.OpenHTTP() })
	})
	t.Run("wasm", func(t *testing.T) {
		p, _, err := load(t, "http")
		if err != nil {
			t.Fatal(err)
		}
		test(t, func() exchange {
			e := &wasmExchange{t: t, events: &httpEvents{events: events{continued: make(chan wasmhost.StreamType, 10)}}}
			if e.s, err = p.NewHTTPStream(t.Context(), wasmhost.StreamConfig{Events: e.events}); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { e.s.Close(context.Background()) })
			return e
		})
	})
}

type httpEvents struct {
	events
	answer *proxywasmtest.Answer
}

func (e *httpEvents) SendLocalResponse(r wasmhost.LocalResponse) {
	e.answer = &proxywasmtest.Answer{Status: r.Status, Details: r.Details, Headers: fromHeaders(r.Headers), Body: r.Body}
}

type wasmExchange struct {
	t      *testing.T
	s      *wasmhost.HTTPStream
	events *httpEvents
	held   [2][]byte // of the bodies
}

func fromHeaders(h wasmhost.Headers) (out []proxywasm.Header) {
	for _, l := range h {
		out = append(out, proxywasm.Header(l))
	}
	return out
}

func (e *wasmExchange) headers(lines []proxywasm.Header, call func(*wasmhost.Headers) (wasmhost.Action, error)) ([]proxywasm.Header, proxywasm.Action) {
	h := wasmhost.Headers{}
	for _, l := range lines {
		h = append(h, wasmhost.Header(l))
	}
	a, err := call(&h)
	if err != nil {
		e.t.Error(err)
	}
	return fromHeaders(h), proxywasm.Action(a)
}

func (e *wasmExchange) body(direction int, b []byte, call func(b wasmhost.Buffer) (wasmhost.Action, error)) ([]byte, proxywasm.Action) {
	var buf conn.Buffer
	if err := buf.Splice(0, 0, slices.Concat(e.held[direction], b)); err != nil {
		e.t.Fatal(err)
	}
	a, err := call(&buf)
	if err != nil {
		e.t.Error(err)
	}
	out := slices.Clone(buf.Bytes())
	if e.held[direction] = nil; a != wasmhost.ActionContinue {
		e.held[direction], out = out, nil
	}
	return out, proxywasm.Action(a)
}

func (e *wasmExchange) RequestHeaders(h []proxywasm.Header, end bool) ([]proxywasm.Header, proxywasm.Action) {
	return e.headers(h, func(h *wasmhost.Headers) (wasmhost.Action, error) { return e.s.OnRequestHeaders(e.t.Context(), h, end) })
}

func (e *wasmExchange) RequestBody(b []byte, end bool) ([]byte, proxywasm.Action) {
	return e.body(0, b, func(b wasmhost.Buffer) (wasmhost.Action, error) { return e.s.OnRequestBody(e.t.Context(), b, end) })
}

func (e *wasmExchange) RequestTrailers(h []proxywasm.Header) ([]proxywasm.Header, proxywasm.Action) {
	return e.headers(h, func(h *wasmhost.Headers) (wasmhost.Action, error) { return e.s.OnRequestTrailers(e.t.Context(), h) })
}

func (e *wasmExchange) ResponseHeaders(h []proxywasm.Header, end bool) ([]proxywasm.Header, proxywasm.Action) {
	return e.headers(h, func(h *wasmhost.Headers) (wasmhost.Action, error) {
		return e.s.OnResponseHeaders(e.t.Context(), h, end)
	})
}

func (e *wasmExchange) ResponseBody(b []byte, end bool) ([]byte, proxywasm.Action) {
	return e.body(1, b, func(b wasmhost.Buffer) (wasmhost.Action, error) { return e.s.OnResponseBody(e.t.Context(), b, end) })
}

func (e *wasmExchange) ResponseTrailers(h []proxywasm.Header) ([]proxywasm.Header, proxywasm.Action) {
	return e.headers(h, func(h *wasmhost.Headers) (wasmhost.Action, error) { return e.s.OnResponseTrailers(e.t.Context(), h) })
}

func (e *wasmExchange) Answer() *proxywasmtest.Answer { return e.events.answer }

func (e *wasmExchange) Closed() bool {
	e.events.mu.Lock()
	defer e.events.mu.Unlock()
	return e.events.closed > 0
}

// lines makes headers of "name: value".
func lines(text ...string) (out []proxywasm.Header) {
	for _, l := range text {
		name, value, _ := strings.Cut(l, "= ")
		out = append(out, proxywasm.Header{Name: name, Value: value})
	}
	return out
}

func TestHTTP(t *testing.T) {
	onEachHTTPHost(t, func(t *testing.T, open func() exchange) {
		e := open()
		check := func(what string, got []proxywasm.Header, action proxywasm.Action, want []proxywasm.Header) {
			t.Helper()
			if action != proxywasm.Continue || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %q", what, action, got)
			}
		}
		got, action := e.RequestHeaders(lines(":method= POST", ":path= /", "x-twice= 1", "x-secret= s", "X-Twice= 2"), false)
		check("request headers", got, action, lines(":method= POST", ":path= /", "x-twice= once", "x-added= proxywasm: the host answered: not found"))
		if b, action := e.RequestBody([]byte("one "), false); action != proxywasm.Pause || len(b) > 0 {
			t.Errorf("the first part of the body: %q, %v", b, action)
		}
		if b, action := e.RequestBody([]byte("two"), true); action != proxywasm.Continue || string(b) != "ONE TWO" {
			t.Errorf("the body: %q, %v", b, action)
		}
		got, action = e.RequestTrailers(lines("a= b"))
		check("request trailers", got, action, lines("t= set"))
		got, action = e.ResponseHeaders(lines(":status= 200"), false)
		check("response headers", got, action, lines(":status= 299", "late= proxywasm: the host answered: bad argument"))
		if b, action := e.ResponseBody([]byte("body"), true); action != proxywasm.Continue || string(b) != "BODY" {
			t.Errorf("the response's body: %q, %v", b, action)
		}
		got, action = e.ResponseTrailers(nil)
		check("response trailers", got, action, lines("u= v"))
		if e.Answer() != nil || e.Closed() {
			t.Errorf("answer %v, closed %v", e.Answer(), e.Closed())
		}
	})
}

func TestHTTPAnswer(t *testing.T) {
	onEachHTTPHost(t, func(t *testing.T, open func() exchange) {
		e := open()
		if _, action := e.RequestHeaders(lines(":path= /deny"), true); action != proxywasm.Pause {
			t.Errorf("%v", action)
		}
		a := e.Answer()
		if a == nil || a.Status != 403 || a.Details != "denied" || string(a.Body) != "no" || !slices.Equal(a.Headers, lines("why= because")) {
			t.Errorf("answer %+v", a)
		}
	})
}

// TestHTTPFailureEndsOneRequest: a request without a path is an error of the filter, too.
func TestHTTPFailureEndsOneRequest(t *testing.T) {
	onEachHTTPHost(t, func(t *testing.T, open func() exchange) {
		for _, headers := range [][]proxywasm.Header{lines(":path= /panic"), lines("a= b")} {
			e := open()
			for range 2 { // the second time the filter isn't called any more
				if _, action := e.RequestHeaders(headers, true); action != proxywasm.Pause {
					t.Errorf("%q: %v", headers, action)
				}
			}
			if !e.Closed() {
				t.Errorf("%q: the request goes on", headers)
			}
		}
		if _, action := open().RequestHeaders(lines(":path= /"), true); action != proxywasm.Continue {
			t.Errorf("another request: %v", action)
		}
	})
}
