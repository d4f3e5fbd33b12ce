package wasmhosttest

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var lifeChecks = []check{
	{"life/order of callbacks", []string{
		"proxy_on_context_create", "proxy_on_vm_start", "proxy_validate_configuration", "proxy_on_configure", "proxy_on_new_connection",
		"proxy_on_downstream_data", "proxy_on_upstream_data", "proxy_on_downstream_connection_close", "proxy_on_upstream_connection_close",
		"proxy_on_done", "proxy_on_log", "proxy_on_delete", "stream-end", "stream-done-ignored", "close-callbacks", "vm-configuration",
	}, orderOfCallbacks},
	{"life/order of callbacks of HTTP", []string{
		"proxy_on_request_headers", "proxy_on_request_body", "proxy_on_request_trailers", "proxy_on_response_headers", "proxy_on_response_body",
		"proxy_on_response_trailers", "proxy_on_request_metadata", "proxy_on_response_metadata",
	}, orderOfHTTP},
	{"life/configuration refused", []string{"proxy_on_vm_start", "proxy_validate_configuration", "proxy_on_configure"}, refuseConfiguration},
	{"life/start functions", []string{"start-once", "exit"}, startFunctions},
	{"life/calls while starting", []string{"start-calls"}, callsWhileStarting},
	{"life/version of the ABI", []string{"abi-marker"}, abiVersion},
	{"life/no callbacks at all", []string{"missing-exports"}, noCallbacks},
	{"life/ticks", []string{"proxy_on_tick", "tick-off", "tick-root"}, ticks},
	{"life/one timer", []string{"proxy_on_tick", "tick-one"}, oneTimer},
	{"life/tick continues a stream", []string{"proxy_on_tick"}, tickContinues},
	{"life/done deferred", []string{"proxy_on_done", "done-deferred", "tick-and-done"}, doneDeferred},
	{"life/done within on_done", []string{"proxy_on_done"}, doneWithin},
	{"life/done that never comes", []string{"proxy_on_done"}, doneNever},
	{"life/plugin closed before its streams", []string{"proxy_on_done", "proxy_on_log", "proxy_on_delete"}, closeWithStreams},
}

func orderOfCallbacks(t *T) {
	for _, abi := range puppet.Versions {
		p := t.puppet()
		expect := func(callback string, result uint32, want ...uint32) {
			p.On(callback, func(_ *puppet.Call, params [5]uint32) uint32 {
				if got := params[1 : 1+len(want)]; !slices.Equal(got, want) {
					t.Errorf("%s %s: parameters %v, want %v", abi, callback, got, want)
				}
				return result
			})
		}
		expect("proxy_on_vm_start", 1, 4)
		expect("proxy_validate_configuration", 1, 7)
		expect("proxy_on_configure", 1, 7)
		expect("proxy_on_downstream_data", 1, 5, 0)
		expect("proxy_on_upstream_data", 0, 0, 1)
		expect("proxy_on_downstream_connection_close", 0, 1)
		expect("proxy_on_upstream_connection_close", 0, 2)
		var ids []uint32
		p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { ids = append(ids, params[0], params[1]); return 0 })
		plugin := t.load(p, setup{abi: abi, plugin: PluginConfig{VMConfiguration: []byte("four"), Configuration: []byte("seven..")}})
		s := t.stream(plugin, StreamConfig{})
		if len(ids) != 4 || ids[1] != 0 || ids[2] == ids[0] || ids[3] != ids[0] {
			t.Errorf("%s: contexts and their parents %v", abi, ids)
		}
		p.On("proxy_on_done", func(*puppet.Call, [5]uint32) uint32 { return 0 }) // ignored for a stream
		ctx := t.Context()
		t.want(Continue)(s.OnNewConnection(ctx))
		t.want(Pause)(s.OnDownstreamData(ctx, data("Hello"), false))
		t.want(Continue)(s.OnUpstreamData(ctx, data(""), true))
		t.must(s.OnDownstreamConnectionClose(ctx, 1))
		t.must(s.OnUpstreamConnectionClose(ctx, 2))
		s.Close(ctx)
		s.Close(ctx)
		p.On("proxy_on_done", nil)
		t.must(plugin.Close(ctx))
		t.must(plugin.Close(ctx))
		want := "context_create(R) vm_start(R) proxy_validate_configuration(R) configure(R) context_create(S) new_connection(S) downstream_data(S)" +
			" upstream_data(S) downstream_connection_close(S) upstream_connection_close(S) done(S) log(S) delete(S) done(R) log(R) delete(R)"
		if got := named(p.Calls(), ids[0], ids[2]); got != want {
			t.Errorf("%s: calls\n%s, want\n%s", abi, got, want)
		}
		if _, err := plugin.NewStream(ctx, StreamConfig{}.withDefaults()); err == nil {
			t.Error("a stream of a closed plugin")
		}
	}
}

// named writes R and S for the ids of contexts: root and stream.
func named(calls string, root, stream uint32) string {
	var b strings.Builder
	for call := range strings.FieldsSeq(calls) {
		name, id, _ := strings.Cut(strings.TrimSuffix(call, ")"), "(")
		switch id {
		case itoa(root):
			id = "R"
		case itoa(stream):
			id = "S"
		}
		b.WriteString(name + "(" + id + ") ")
	}
	return strings.TrimSpace(b.String())
}

func orderOfHTTP(t *T) {
	ctx := t.Context()
	p := t.puppet()
	var ids []uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { ids = append(ids, params[0]); return 0 })
	plugin := t.load(p, setup{})
	h := t.httpStream(plugin, StreamConfig{})
	upper := func(typ, other uint64) puppet.Hook {
		return func(g *puppet.Call, params [5]uint32) uint32 {
			g.Want(puppet.NotFound, "proxy_get_buffer_status", other, puppet.OutA, puppet.OutB)
			g.Want(puppet.OK, "proxy_get_buffer_bytes", typ, 0, all, puppet.OutA, puppet.OutB)
			text := strings.ToUpper(g.Result())
			if params[1] != uint32(len(text)) || params[2] != 0 {
				t.Errorf("body %d: parameters %v", typ, params)
			}
			ptr, size := g.Put(puppet.ArgA, text)
			g.Want(puppet.OK, "proxy_set_buffer_bytes", typ, 0, all, ptr, size)
			return 0
		}
	}
	p.On("proxy_on_request_body", upper(request, response))
	p.On("proxy_on_response_body", upper(response, request))
	p.On("proxy_on_request_metadata", func(_ *puppet.Call, params [5]uint32) uint32 {
		if params[1] != 3 {
			t.Errorf("metadata: parameters %v", params)
		}
		return 1
	})
	sent, received := data("request"), data("response")
	t.want(Continue)(h.OnRequestHeaders(ctx, &[]Header{{"a", "b"}}, false))
	t.want(Continue)(h.OnRequestBody(ctx, sent, false))
	t.want(Continue)(h.OnRequestTrailers(ctx, &[]Header{{"t", "v"}}))
	t.want(Pause)(h.OnRequestMetadata(ctx, 3))
	t.want(Continue)(h.OnResponseHeaders(ctx, &[]Header{{":status", "200"}}, false))
	t.want(Continue)(h.OnResponseBody(ctx, received, false))
	t.want(Continue)(h.OnResponseTrailers(ctx, &[]Header{{"t", "v"}}))
	t.want(Continue)(h.OnResponseMetadata(ctx, 1))
	h.Close(ctx)
	if sent.String() != "REQUEST" || received.String() != "RESPONSE" {
		t.Errorf("bodies %q and %q", sent, received)
	}
	want := "context_create(S) request_headers(S) request_body(S) request_trailers(S) request_metadata(S) response_headers(S) response_body(S) response_trailers(S)" +
		" response_metadata(S) done(S) log(S) delete(S)"
	if got := named(p.Calls(), ids[0], ids[1]); !strings.HasSuffix(got, want) {
		t.Errorf("calls %s", got)
	}
}

func refuseConfiguration(t *T) {
	for _, callback := range []string{"proxy_on_vm_start", "proxy_validate_configuration", "proxy_on_configure"} {
		p := t.puppet()
		buffer := uint64(7)
		if callback == "proxy_on_vm_start" {
			buffer = 6
		}
		p.On(callback, func(g *puppet.Call, _ [5]uint32) uint32 {
			g.Want(puppet.OK, "proxy_get_buffer_bytes", buffer, 0, all, puppet.OutA, puppet.OutB)
			if g.Result() == "good" {
				return 1
			}
			return 0
		})
		r := t.runtime(p, RuntimeConfig{})
		for text, fine := range map[string]bool{"good": true, "bad": false} {
			s := setup{plugin: PluginConfig{VMConfiguration: []byte(text), Configuration: []byte(text)}}
			if _, err := r.Load(t.Context(), s.guest(), s.pluginConfig()); fine != (err == nil) {
				t.Errorf("%s, %q: %v", callback, text, err)
			}
		}
	}
}

func startFunctions(t *T) {
	for name, want := range map[string]string{"reactor": "initialize main", "command": "start", "main_void": "initialize main_void"} {
		var log messageLog
		t.load(nil, setup{module: Guest(name), runtime: RuntimeConfig{Log: log.add}})
		if got := strings.ReplaceAll(strings.Join(log.messages(), " "), "2:", ""); got != want {
			t.Errorf("%s ran %q, want %q", name, got, want)
		}
	}
}

// callsWhileStarting: the guests trap when they get an error.
func callsWhileStarting(t *T) {
	t.load(nil, setup{module: Guest("start_allowed")})
	s := setup{module: Guest("start_call")}
	_, err := t.runtime(nil, RuntimeConfig{}).Load(t.Context(), s.guest(), s.pluginConfig())
	t.failed(err, "_initialize")
}

func abiVersion(t *T) {
	for _, abi := range puppet.Versions {
		if got := t.load(t.puppet(), setup{abi: abi}).ABIVersion(); got != abi {
			t.Errorf("ABI %s, want %s", got, abi)
		}
	}
	// The first marker in the order of exports counts.
	if got := t.load(nil, setup{module: Guest("two_markers")}).ABIVersion(); got != "0.2.0" {
		t.Errorf("ABI %s of a guest with two markers", got)
	}
}

func noCallbacks(t *T) {
	ctx := t.Context()
	plugin := t.load(nil, setup{module: Guest("nothing")})
	s := t.stream(plugin, StreamConfig{})
	t.want(Continue)(s.OnNewConnection(ctx))
	t.want(Continue)(s.OnDownstreamData(ctx, data("x"), false))
	t.want(Continue)(s.OnUpstreamData(ctx, data("x"), true))
	t.must(s.OnDownstreamConnectionClose(ctx, 1))
	t.must(s.OnUpstreamConnectionClose(ctx, 1))
	t.must(s.OnForeignFunction(ctx, 1, []byte("x")))
	s.Close(ctx)
	h := t.httpStream(plugin, StreamConfig{})
	t.want(Continue)(h.OnRequestHeaders(ctx, &[]Header{{"a", "b"}}, false))
	t.want(Continue)(h.OnRequestBody(ctx, data("x"), false))
	t.want(Continue)(h.OnRequestTrailers(ctx, &[]Header{}))
	t.want(Continue)(h.OnResponseHeaders(ctx, &[]Header{}, false))
	t.want(Continue)(h.OnResponseBody(ctx, data("x"), false))
	t.want(Continue)(h.OnResponseTrailers(ctx, &[]Header{}))
	t.want(Continue)(h.OnRequestMetadata(ctx, 1))
	t.want(Continue)(h.OnResponseMetadata(ctx, 1))
	h.Close(ctx)
	t.must(plugin.Close(ctx))
}

func setTick(g *puppet.Call, milliseconds uint64) {
	g.TB().Helper()
	g.Want(puppet.OK, "proxy_set_tick_period_milliseconds", milliseconds)
}

func ticks(t *T) {
	p := t.puppet()
	ticks := make(chan uint32, 100_000)
	var root uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { root = params[0]; return 0 })
	p.On("proxy_on_configure", func(g *puppet.Call, _ [5]uint32) uint32 {
		setTick(g, 0) // off already
		setTick(g, 1_000_000)
		setTick(g, 1)
		return 1
	})
	var off atomic.Bool
	p.On("proxy_on_tick", func(g *puppet.Call, params [5]uint32) uint32 {
		ticks <- params[0]
		if off.Load() {
			setTick(g, 0)
			off.Store(false)
		}
		return 0
	})
	plugin := t.load(p, setup{})
	for range 3 {
		if id := receive(t, "a tick", ticks); id != root {
			t.Errorf("a tick of context %d, want %d", id, root)
		}
	}
	off.Store(true)
	t.eventually("the last tick", func() bool { return !off.Load() })
	for len(ticks) > 0 {
		<-ticks
	}
	time.Sleep(20 * time.Millisecond)
	if n := len(ticks); n > 0 {
		t.Errorf("%d ticks with period 0", n)
	}
	// They begin again, by a stream.
	t.onData(p, t.stream(plugin, StreamConfig{}), data(""), func(g *puppet.Call) { setTick(g, 1) })
	receive(t, "a tick of the new period", ticks)
	receive(t, "another tick", ticks)
}

// oneTimer: a hundred timers would tick a hundred times as often.
func oneTimer(t *T) {
	const period = 50 * time.Millisecond
	p := t.puppet()
	ticks := make(chan time.Time, 1000)
	p.On("proxy_on_tick", func(*puppet.Call, [5]uint32) uint32 { ticks <- time.Now(); return 0 })
	t.onData(p, t.stream(t.load(p, setup{}), StreamConfig{}), data(""), func(g *puppet.Call) {
		for range 100 {
			setTick(g, uint64(period/time.Millisecond))
		}
	})
	first := receive(t, "a tick", ticks)
	for range 2 {
		receive(t, "a tick", ticks)
	}
	if d := receive(t, "a tick", ticks).Sub(first); d < period {
		t.Errorf("three more ticks in %v, of a period of %v", d, period)
	}
}

func tickContinues(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	events := newEventLog()
	var stream uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { stream = params[0]; return 0 })
	s := t.stream(plugin, StreamConfig{Event: events.add})
	p.On("proxy_on_upstream_data", func(g *puppet.Call, _ [5]uint32) uint32 { setTick(g, 1); return 1 })
	p.On("proxy_on_tick", func(g *puppet.Call, _ [5]uint32) uint32 {
		setTick(g, 0)
		g.Want(puppet.OK, "proxy_continue_stream", upstream) // of the root context: nothing
		g.Want(puppet.OK, "proxy_set_effective_context", uint64(stream))
		g.Want(puppet.OK, "proxy_continue_stream", upstream)
		return 0
	})
	t.want(Pause)(s.OnUpstreamData(t.Context(), data("x"), false))
	if got := receive(t, "an event", events.signal); got.String() != "continue upstream" {
		t.Errorf("event %v", got)
	}
}

// doneDeferred: a guest whose proxy_on_done returns false ends when it calls proxy_done, here from a timer.
func doneDeferred(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	t.onData(p, t.stream(plugin, StreamConfig{}), data(""), func(g *puppet.Call) { g.Want(puppet.NotFound, "proxy_done") }) // nothing ends
	var root uint32
	p.On("proxy_on_done", func(g *puppet.Call, params [5]uint32) uint32 {
		root = params[0]
		setTick(g, 1)
		return 0
	})
	n := 0
	p.On("proxy_on_tick", func(g *puppet.Call, _ [5]uint32) uint32 {
		if n++; n == 3 {
			g.Want(puppet.OK, "proxy_done")
			g.Want(puppet.NotFound, "proxy_done") // it is said
		}
		return 0
	})
	t.must(plugin.Close(t.Context()))
	got := named(p.Calls(), root, 0)
	if !strings.Contains(got, "done(R) tick(R) tick(R) tick(R)") || !strings.HasSuffix(got, "log(R) delete(R)") {
		t.Errorf("calls %s", got)
	}
}

func doneWithin(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	p.On("proxy_on_done", func(g *puppet.Call, _ [5]uint32) uint32 { g.Want(puppet.OK, "proxy_done"); return 0 })
	t.must(plugin.Close(t.Context()))
	if got := p.Calls(); !strings.Contains(got, " log(") || !strings.Contains(got, " delete(") {
		t.Errorf("calls %s", got)
	}
}

// doneNever: a guest that never calls proxy_done doesn't hold up Close for ever.
func doneNever(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	p.On("proxy_on_done", func(*puppet.Call, [5]uint32) uint32 { return 0 })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	t.must(plugin.Close(ctx))
	if got := p.Calls(); !strings.Contains(got, " delete(") {
		t.Errorf("calls %s", got)
	}
}

func closeWithStreams(t *T) {
	p := t.puppet()
	var ids []uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { ids = append(ids, params[0]); return 0 })
	plugin := t.load(p, setup{})
	events := newEventLog()
	s := t.stream(plugin, StreamConfig{Event: events.add})
	t.must(plugin.Close(t.Context()))
	if _, err := s.OnDownstreamData(t.Context(), data("x"), false); err == nil || events.String() != "failed" {
		t.Errorf("a call after the plugin's Close: %v, events %q", err, events)
	}
	s.Close(t.Context())
	if got := named(p.Calls(), ids[0], ids[1]); !strings.HasSuffix(got, "context_create(S) done(S) log(S) delete(S) done(R) log(R) delete(R)") {
		t.Errorf("calls %s", got)
	}
}
