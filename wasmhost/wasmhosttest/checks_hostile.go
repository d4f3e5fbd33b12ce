package wasmhosttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var hostileChecks = []check{
	{"hostile/traps", []string{"trap-cause", "failure-stays-local"}, func(t *T) { t.misbehaveEverywhere(puppet.Trap) }},
	{"hostile/loops", []string{"time-limit"}, loops},
	{"hostile/loops of host calls", []string{"time-limit-calls"}, func(t *T) { t.misbehaveEverywhere(puppet.LoopCalls) }},
	{"hostile/recursion", []string{"stack-bounded"}, func(t *T) { t.misbehaveIn(puppet.Recurse, "proxy_on_downstream_data", "proxy_on_tick") }},
	{"hostile/memory to the bound", []string{"memory-bounded"}, memoryToTheBound},
	{"hostile/start functions", []string{"bad-start"}, hostileStart},
	{"hostile/allocator loops", []string{"time-limit"}, allocatorLoops},
	{"hostile/allocations overlap", []string{"allocator-overlap"}, overlappingAllocations},
	{"hostile/calls of the allocator", []string{"allocator-calls"}, allocatorCalls},
	{"hostile/silence after a trap", []string{"trap-silence", "trapped-not-reused"}, silenceAfterTrap},
	{"hostile/other VMs go on", []string{"vms-apart"}, otherVMs},
	{"hostile/VM replaced", []string{"vm-replaced"}, replaced},
	{"hostile/every import answers", []string{"imports-answer"}, importsAnswer},
	{"hostile/nothing is left", []string{"nothing-left"}, nothingLeft},
}

// duringLoad are the callbacks that are called before there is a stream.
var duringLoad = []string{"proxy_on_vm_start", "proxy_validate_configuration", "proxy_on_configure"}

// shortLimit is the time limit of guests that loop. Starting a VM may take ten times as long.
const shortLimit = 100 * time.Millisecond

func (t *T) misbehaveEverywhere(how puppet.Misbehaviour) {
	var names []string
	for _, f := range puppet.Callbacks() {
		names = append(names, f.Name)
	}
	t.misbehaveIn(how, names...)
}

// misbehaveIn has a guest misbehave in each of these callbacks. The host has to tell by an error in which it was, and a stream of
// another plugin of its runtime goes on.
func (t *T) misbehaveIn(how puppet.Misbehaviour, callbacks ...string) {
	p := t.puppet()
	r := t.runtime(p, RuntimeConfig{MemoryLimitBytes: 8 << 20, HTTPDestinations: map[string]string{"nowhere": "http://127.0.0.1:1"}})
	witness := t.stream(t.loadInto(r, setup{plugin: PluginConfig{Name: "witness"}}), StreamConfig{})
	limited := how == puppet.Loop || how == puppet.LoopCalls
	for _, callback := range callbacks {
		cfg := setup{plugin: PluginConfig{Name: "hostile"}}.pluginConfig()
		if limited {
			cfg.TimeLimit = shortLimit
		}
		if limited && slices.Contains(duringLoad, callback) {
			cfg.TimeLimit = shortLimit / 10
		}
		err := t.provoke(p, r, cfg, callback, func(g *puppet.Call, params [5]uint32) uint32 {
			if callback != "proxy_on_context_create" || params[1] != 0 { // not in the root context
				g.Misbehave(how)
			}
			return 0
		})
		f := t.failed(err, callback)
		if limited != f.TimeLimit {
			t.Errorf("%v in %s: %+v", how, callback, f)
		}
		if err != nil && strings.Contains(err.Error()+f.Cause, "secret") {
			t.Errorf("%v in %s: the error has bytes of the stream", how, callback)
		}
		t.onData(p, witness, data(""), func(*puppet.Call) {})
	}
}

// provoke has a guest run the hook in a callback, and returns the error that this gives. A machine that is busy may let a short time limit
// pass in another callback than the one that loops: then it is tried again with a longer one.
func (t *T) provoke(p *puppet.Puppet, r Runtime, cfg PluginConfig, callback string, hook puppet.Hook) error {
	t.Helper()
	for {
		err := t.provokeOnce(p, r, cfg, callback, hook)
		f, ok := t.host.Failure(err)
		if !ok || !f.TimeLimit || f.Callback == callback || cfg.TimeLimit >= timeLimit/10 {
			return err
		}
		cfg.TimeLimit *= 4
	}
}

func (t *T) provokeOnce(p *puppet.Puppet, r Runtime, cfg PluginConfig, callback string, hook puppet.Hook) error {
	t.Helper()
	ctx := t.Context()
	defer p.Reset()
	if slices.Contains(duringLoad, callback) {
		p.On(callback, hook)
	}
	plugin, err := r.Load(ctx, puppet.Module("0.2.1"), cfg)
	if err != nil {
		return err
	}
	defer func() { t.must(plugin.Close(context.Background())) }() // before Reset
	events := newEventLog()
	s, err1 := plugin.NewStream(ctx, StreamConfig{}.withDefaults())
	h, err2 := plugin.NewHTTPStream(ctx, StreamConfig{}.withDefaults())
	other, err3 := plugin.NewStream(ctx, StreamConfig{Event: events.add}.withDefaults())
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	p.On(callback, hook)
	err = t.call(p, plugin, s, h, callback)
	if err == nil { // the call that failed wasn't ours: other streams of the VM learn of it
		receive(t, "the failure in "+callback, events.signal)
		p.On(callback, nil)
		_, err = other.OnDownstreamData(ctx, data("secret"), false)
	}
	return err
}

// call makes the host call a callback.
func (t *T) call(p *puppet.Puppet, plugin Plugin, s Stream, h HTTPStream, callback string) (err error) {
	ctx, secret, headers := t.Context(), data("secret"), []Header{{"secret", "secret"}}
	switch callback {
	case "proxy_on_context_create":
		_, err = plugin.NewStream(ctx, StreamConfig{}.withDefaults())
	case "proxy_on_new_connection":
		_, err = s.OnNewConnection(ctx)
	case "proxy_on_downstream_data":
		_, err = s.OnDownstreamData(ctx, secret, false)
	case "proxy_on_upstream_data":
		_, err = s.OnUpstreamData(ctx, secret, false)
	case "proxy_on_downstream_connection_close":
		err = s.OnDownstreamConnectionClose(ctx, 1)
	case "proxy_on_upstream_connection_close":
		err = s.OnUpstreamConnectionClose(ctx, 1)
	case "proxy_on_foreign_function":
		err = s.OnForeignFunction(ctx, 1, []byte("secret"))
	case "proxy_on_done", "proxy_on_log", "proxy_on_delete":
		s.Close(ctx)
	case "proxy_on_request_headers":
		_, err = h.OnRequestHeaders(ctx, &headers, false)
	case "proxy_on_request_body":
		_, err = h.OnRequestBody(ctx, secret, false)
	case "proxy_on_request_trailers":
		_, err = h.OnRequestTrailers(ctx, &headers)
	case "proxy_on_response_headers":
		_, err = h.OnResponseHeaders(ctx, &headers, false)
	case "proxy_on_response_body":
		_, err = h.OnResponseBody(ctx, secret, false)
	case "proxy_on_response_trailers":
		_, err = h.OnResponseTrailers(ctx, &headers)
	case "proxy_on_request_metadata":
		_, err = h.OnRequestMetadata(ctx, 1)
	case "proxy_on_response_metadata":
		_, err = h.OnResponseMetadata(ctx, 1)
	case "proxy_on_tick", "proxy_on_queue_ready", "proxy_on_http_call_response":
		p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
			switch callback {
			case "proxy_on_tick":
				setTick(g, 1)
			case "proxy_on_queue_ready":
				g.Want(puppet.OK, "proxy_enqueue_shared_queue", t.register(g, "q"), 0, 0)
			default:
				g.Want(puppet.OK, "proxy_http_call", httpCallArgs(g, "nowhere", httpRequest("/"), nil, "", 1000)...)
			}
			return 0
		})
		_, err = s.OnDownstreamData(ctx, secret, false)
	default:
		t.Fatalf("nobody calls %s", callback)
	}
	return err
}

func (t *T) needsStopping() {
	t.Helper()
	if !t.host.StopsLoops() {
		t.Skip("the host can't end a guest that makes no host call")
	}
}

func loops(t *T) {
	t.needsStopping()
	t.misbehaveEverywhere(puppet.Loop)
}

// memoryToTheBound: a guest takes all the memory that it gets in each of the callbacks, and then reads beyond it.
func memoryToTheBound(t *T) {
	const limit = 8 << 20
	p := t.puppet()
	r := t.runtime(p, RuntimeConfig{MemoryLimitBytes: limit, HTTPDestinations: map[string]string{"nowhere": "http://127.0.0.1:1"}})
	for _, f := range puppet.Callbacks() {
		callback := f.Name
		err := t.provoke(p, r, setup{}.pluginConfig(), callback, func(g *puppet.Call, params [5]uint32) uint32 {
			if callback == "proxy_on_context_create" && params[1] == 0 {
				return 0 // the root context
			}
			pages := 4
			for g.Grow(1) {
				pages++
			}
			if pages != limit>>16 {
				t.Errorf("%s: %d pages, want %d", callback, pages, limit>>16)
			}
			g.Read(limit-2, 4) // traps
			t.Errorf("%s: there is memory beyond the bound", callback)
			return 0
		})
		t.failed(err, callback)
	}
}

// misbehaving is the guest misbehave.wasm, which does what mode says in _initialize or in main.
func misbehaving(export, mode byte) []byte {
	return bytes.Replace(Guest("misbehave"), []byte("hostile:\xff\x00"), append([]byte("hostile:"), export, mode), 1)
}

func hostileStart(t *T) {
	r := t.runtime(nil, RuntimeConfig{MemoryLimitBytes: 4 << 20})
	for export, callback := range []string{"_initialize", "main"} {
		for mode, limited := range map[byte]bool{'l': true, 'h': true, 'u': false, 'r': false, 'm': false} {
			if mode == 'l' && !t.host.StopsLoops() {
				continue
			}
			s := setup{module: misbehaving(byte(export), mode)}
			cfg := s.pluginConfig()
			if limited {
				cfg.TimeLimit = shortLimit / 10
			}
			_, err := r.Load(t.Context(), s.module, cfg)
			if f := t.failed(err, callback); f.TimeLimit != limited {
				t.Errorf("%c in %s: %+v", mode, callback, f)
			}
		}
	}
	t.loadInto(r, setup{module: misbehaving(9, 'u')}) // that is none of its exports
}

// allocatorLoops: the time limit holds for the allocator too, which runs within a host call.
func allocatorLoops(t *T) {
	t.needsStopping()
	p := t.puppet()
	cfg := setup{plugin: PluginConfig{TimeLimit: shortLimit}}.pluginConfig()
	err := t.provoke(p, t.runtime(p, RuntimeConfig{}), cfg, "proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
		g.SetAllocator(puppet.AllocateLoop)
		g.Call("proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
		t.Error("the host call returned")
		return 0
	})
	if f := t.failed(err, "proxy_on_downstream_data"); !f.TimeLimit {
		t.Errorf("%+v", f)
	}
}

// overlappingAllocations: an allocator may hand out memory that is in use. That harms the guest alone.
func overlappingAllocations(t *T) {
	t.run(setup{}, data("some bytes"), func(g *puppet.Call) {
		for _, at := range []uint32{puppet.OutA, puppet.OutA - 2, puppet.OutB, 200, 1000} {
			g.SetHeap(at)
			g.Want(puppet.OK, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
			if got, n := g.Uint32(puppet.OutA), g.Uint32(puppet.OutB); got != at || n != 10 {
				t.Errorf("%d bytes at %d, want 10 at %d", n, got, at)
			}
		}
	})
}

// allocatorCalls: the allocator may make some host calls; each other one is a trap.
func allocatorCalls(t *T) {
	allowed := []string{"proxy_log", "fd_write", "clock_time_get", "poll_oneoff", "emscripten_notify_memory_growth", "pthread_equal"}
	p := t.puppet()
	r := t.runtime(p, RuntimeConfig{})
	load := func() (Plugin, Stream) {
		plugin := t.loadInto(r, setup{})
		return plugin, t.stream(plugin, StreamConfig{})
	}
	plugin, s := load()
	for _, f := range puppet.Imports() {
		returned := false
		p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
			g.SetAllocatorCall(f.Module + "." + f.Name)
			g.Want(puppet.OK, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
			g.SetAllocator(puppet.Allocate)
			returned = true
			return 0
		})
		_, err := s.OnDownstreamData(t.Context(), data("x"), false)
		if want := slices.Contains(allowed, f.Name); want != returned || want != (err == nil) {
			t.Errorf("%s.%s: the callback returned: %v, %v", f.Module, f.Name, returned, err)
		}
		if err != nil {
			t.failed(err, "proxy_on_downstream_data")
			t.must(plugin.Close(t.Context()))
			p.Reset()
			plugin, s = load()
		}
	}
}

// silenceAfterTrap: a guest that failed is never called again, also not for the end of its streams.
func silenceAfterTrap(t *T) {
	ctx := t.Context()
	p := t.puppet()
	plugin := t.load(p, setup{})
	events := newEventLog()
	s, other := t.stream(plugin, StreamConfig{}), t.stream(plugin, StreamConfig{Event: events.add})
	p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
	_, err := s.OnDownstreamData(ctx, data("x"), false)
	t.failed(err, "proxy_on_downstream_data")
	calls := p.Calls()
	if events.String() != "failed" {
		t.Errorf("events of the other stream: %q", events)
	}
	_, err = other.OnUpstreamData(ctx, data("x"), false)
	t.failed(err, "proxy_on_downstream_data")
	if _, err := plugin.NewStream(ctx, StreamConfig{}.withDefaults()); err == nil {
		t.Error("a new stream on a VM that failed")
	}
	s.Close(ctx)
	other.Close(ctx)
	t.must(plugin.Close(ctx))
	if got := p.Calls(); got != calls {
		t.Errorf("a dead guest was called: %s", strings.TrimPrefix(got, calls))
	}
}

// otherVMs: a guest that traps or hangs takes the streams of its VM with it, and no others.
func otherVMs(t *T) {
	ctx := t.Context()
	for _, how := range []puppet.Misbehaviour{puppet.Trap, puppet.LoopCalls} {
		p := t.puppet()
		plugin := t.load(p, setup{plugin: PluginConfig{VMs: 2, TimeLimit: 3 * shortLimit}})
		bad, good := t.stream(plugin, StreamConfig{}), t.stream(plugin, StreamConfig{})
		entered, failed := make(chan struct{}), make(chan error, 1)
		p.On("proxy_on_upstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
			close(entered)
			g.Misbehave(how)
			return 0
		})
		go func() { _, err := bad.OnUpstreamData(ctx, data("x"), false); failed <- err }()
		receive(t, "the callback", entered)
		for range 100 {
			t.want(Continue)(good.OnDownstreamData(ctx, data("x"), false))
		}
		t.failed(receive(t, "the failure", failed), "proxy_on_upstream_data")
		t.want(Continue)(good.OnDownstreamData(ctx, data("x"), false))
		if _, err := bad.OnDownstreamData(ctx, data("x"), false); err == nil {
			t.Error("the stream of the VM that failed goes on")
		}
	}
}

func replaced(t *T) {
	ctx := t.Context()
	p := t.puppet()
	plugin := t.load(p, setup{plugin: PluginConfig{Replace: true}})
	p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
	for range 3 {
		var s Stream
		t.eventually("a new VM", func() bool {
			var err error
			s, err = plugin.NewStream(ctx, StreamConfig{}.withDefaults())
			return err == nil
		})
		_, err := s.OnDownstreamData(ctx, data("x"), false)
		t.failed(err, "proxy_on_downstream_data")
		s.Close(ctx)
	}
}

// importsAnswer: each host call answers, whatever it is passed, on TCP streams and in HTTP contexts; what ends the guest by its meaning is left
// out.
func importsAnswer(t *T) {
	for _, abi := range puppet.Versions {
		for _, value := range []uint64{0, 1, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffc, all} {
			callAll := func(g *puppet.Call) {
				for _, f := range puppet.Imports() {
					if f.Name != "proc_exit" && !(f.Name == "proxy_set_tick_period_milliseconds" && value < 1000) {
						g.Call(f.Module+"."+f.Name, slices.Repeat([]uint64{value}, len(f.Params))...)
					}
				}
			}
			t.run(setup{abi: abi}, data("Hello"), callAll)
			t.runHTTP(setup{abi: abi}, &[]Header{{"a", "b"}}, callAll)
		}
	}
}

// nothingLeft: guests that take all the memory they get and fail leave neither goroutines nor memory behind.
func nothingLeft(t *T) {
	const limit, rounds = 32 << 20, 10
	p := t.puppet()
	r := t.runtime(p, RuntimeConfig{MemoryLimitBytes: limit})
	round := func() {
		for _, callback := range []string{"proxy_on_configure", "proxy_on_context_create", "proxy_on_downstream_data"} {
			err := t.provoke(p, r, setup{}.pluginConfig(), callback, func(g *puppet.Call, params [5]uint32) uint32 {
				if callback == "proxy_on_context_create" && params[1] == 0 {
					return 0 // the root context
				}
				if !g.Grow(limit>>16 - 4) {
					t.Error("memory doesn't grow to the bound")
				}
				g.Fill(1<<20, 1, limit-(1<<20))
				g.Misbehave(puppet.Trap)
				return 0
			})
			t.failed(err, callback)
		}
	}
	round() // what is made once
	goroutines, before := runtime.NumGoroutine(), memoryInUse()
	for range rounds {
		round()
	}
	what := fmt.Sprintf("goroutines and memory return to what they were, %d and %d MiB; now %d and %d MiB",
		goroutines, before>>20, runtime.NumGoroutine(), memoryInUse()>>20)
	t.eventually(what, func() bool { return runtime.NumGoroutine() <= goroutines && memoryInUse() < before+3*limit })
}

// memoryInUse is what the process has, or where the system doesn't tell, what Go's heap has.
func memoryInUse() uint64 {
	debug.FreeOSMemory()
	var size, resident uint64
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(b), &size, &resident); err == nil {
			return resident * uint64(os.Getpagesize())
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
