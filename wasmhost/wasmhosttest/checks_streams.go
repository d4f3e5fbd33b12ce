package wasmhosttest

import (
	"fmt"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var streamChecks = []check{
	{"streams/continue and close", []string{"proxy_on_new_connection", "proxy_on_downstream_data", "proxy_on_upstream_data", "after-the-call", "any-action-pauses"}, continueAndClose},
	{"streams/another stream", []string{"proxy_on_done"}, anotherStream},
	{"streams/calls of HTTP", nil, callsOfHTTP},
	{"streams/0.1.0 without results", []string{"abi-0.1.0-void"}, voidCalls},
}

func continueAndClose(t *T) {
	for _, tt := range []struct {
		name, callback string
		returns        uint32
		call           string
		typ            uint64
		status         Status
		want           Action
		events         string
	}{
		{"what is running", "downstream_data", 1, "continue_stream", 2, puppet.OK, Continue, ""},
		{"what is running upstream", "upstream_data", 1, "continue_stream", 3, puppet.OK, Continue, ""},
		{"the other direction", "downstream_data", 1, "continue_stream", 3, puppet.OK, Pause, "continue upstream"},
		{"from new connection", "new_connection", 1, "continue_stream", 2, puppet.OK, Pause, "continue downstream"},
		{"what a TCP stream doesn't have", "downstream_data", 1, "continue_stream", 0, puppet.OK, Pause, ""},
		{"an unknown type", "downstream_data", 1, "continue_stream", 4, puppet.BadArgument, Pause, ""},
		{"downstream", "downstream_data", 0, "close_stream", 2, puppet.OK, Pause, "close downstream"},
		{"upstream", "downstream_data", 0, "close_stream", 3, puppet.OK, Pause, "close upstream"},
		{"what a TCP stream doesn't have", "downstream_data", 0, "close_stream", 1, puppet.OK, Continue, ""},
		{"an unknown type", "downstream_data", 0, "close_stream", all, puppet.BadArgument, Continue, ""},
		{"nothing, any action but 0 is a pause", "downstream_data", 7, "close_stream", 0, puppet.OK, Pause, ""},
	} {
		name := fmt.Sprint(tt.call, " ", tt.name)
		events := newEventLog()
		p := t.puppet()
		s := t.stream(t.load(p, setup{}), StreamConfig{Event: events.add})
		p.On("proxy_on_"+tt.callback, func(g *puppet.Call, _ [5]uint32) uint32 {
			g.Want(tt.status, "proxy_"+tt.call, tt.typ)
			g.Want(tt.status, "proxy_"+tt.call, tt.typ) // twice is as good as once
			if events.String() != "" {
				t.Errorf("%s: the embedder is told within the guest's call", name)
			}
			return tt.returns
		})
		var got Action
		var err error
		switch tt.callback {
		case "new_connection":
			got, err = s.OnNewConnection(t.Context())
		case "upstream_data":
			got, err = s.OnUpstreamData(t.Context(), data("x"), false)
		default:
			got, err = s.OnDownstreamData(t.Context(), data("x"), false)
		}
		if err != nil || got != tt.want || events.String() != tt.events {
			t.Errorf("%s: action %d, error %v, events %q; want action %d, events %q", name, got, err, events, tt.want, tt.events)
		}
	}
}

// anotherStream: by the effective context a guest acts on other streams of its VM.
func anotherStream(t *T) {
	eventsA, eventsB := newEventLog(), newEventLog()
	p := t.puppet()
	plugin := t.load(p, setup{})
	var last uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { last = params[0]; return 0 })
	a, b := t.stream(plugin, StreamConfig{Event: eventsA.add}), t.stream(plugin, StreamConfig{Event: eventsB.add})
	t.onData(p, a, data("x"), func(g *puppet.Call) {
		g.Want(puppet.OK, "proxy_set_effective_context", uint64(last))
		g.Want(puppet.OK, "proxy_continue_stream", 2)
		g.Want(puppet.OK, "proxy_close_stream", 3)
	})
	if eventsA.String() != "" || eventsB.String() != "continue downstream, close upstream" {
		t.Errorf("events %q and %q", eventsA, eventsB)
	}
	// What is said to a stream that has ended is lost.
	before := eventsB.String()
	p.On("proxy_on_done", func(g *puppet.Call, _ [5]uint32) uint32 { g.Want(puppet.OK, "proxy_close_stream", 2); return 1 })
	b.Close(t.Context())
	p.On("proxy_on_done", nil)
	if eventsB.String() != before {
		t.Errorf("events after Close: %q", eventsB)
	}
}

// callsOfHTTP: on a TCP stream they have no meaning, and are no error.
func callsOfHTTP(t *T) {
	events := newEventLog()
	t.run(setup{stream: StreamConfig{Event: events.add}}, data("x"), func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "text")
		g.Want(puppet.OK, "proxy_continue_request")
		g.Want(puppet.OK, "proxy_continue_response")
		g.Want(puppet.OK, "proxy_clear_route_cache")
		g.Want(puppet.OK, "proxy_send_local_response", 403, ptr, size, ptr, size, 0, 0, 0)
	})
	if events.String() != "" {
		t.Errorf("events %q", events)
	}
}

// voidCalls: the guest of 0.1.0 imports these without a result, so that loading it is half of the check.
func voidCalls(t *T) {
	events := newEventLog()
	p := t.puppet()
	h := t.httpStream(t.load(p, setup{abi: "0.1.0"}), StreamConfig{Event: events.add})
	p.On("proxy_on_response_headers", func(g *puppet.Call, _ [5]uint32) uint32 {
		g.Call("proxy_clear_route_cache")
		g.Call("proxy_continue_request")
		g.Call("proxy_continue_response")
		return 1
	})
	t.want(Continue)(h.OnResponseHeaders(t.Context(), &[]Header{}, false))
	if events.String() != "continue request" {
		t.Errorf("events %q", events)
	}
}
