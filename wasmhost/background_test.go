package wasmhost

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTick(t *testing.T) {
	pup := newPuppet(t)
	ticks := make(chan uint32, 1000)
	pup.set("configure", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 1
	})
	var off atomic.Bool
	pup.set("tick", func(g *puppetCall, p [3]uint32) uint32 {
		ticks <- p[0]
		if off.Load() {
			g.want(StatusOK, "set_tick_period_milliseconds", 0)
		}
		return 0
	})
	p := loadPuppet(t, pup, Config{}, PluginConfig{})
	for range 3 {
		if id := <-ticks; id != rootID {
			t.Errorf("tick of context %d", id)
		}
	}
	off.Store(true)
	eventually(t, "the end of ticks", func() bool {
		v := p.pool.vms[0]
		if err := v.lock(context.Background()); err != nil {
			return false
		}
		defer v.unlock()
		return v.tick == nil
	})
	// They begin again with a new period, set by a stream.
	off.Store(false)
	for len(ticks) > 0 {
		<-ticks
	}
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1000)
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 0
	})
	s := newStream(t, p, StreamConfig{})
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	<-ticks
	<-ticks
}

// TestTickContinuesStream: a timer resumes a paused stream.
func TestTickContinuesStream(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{})
	events := &eventRecorder{signal: make(chan string, 1)}
	s := newStream(t, p, StreamConfig{Events: events})
	pup.set("upstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 1
	})
	pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 0)
		g.want(StatusOK, "continue_stream", 3) // of the root context: nothing
		g.want(StatusOK, "set_effective_context", uint64(s.id))
		g.want(StatusOK, "continue_stream", 3)
		return 0
	})
	if a, err := s.OnUpstreamData(t.Context(), buffer("x"), false); a != ActionPause || err != nil {
		t.Fatal(a, err)
	}
	if got := <-events.signal; got != "continue upstream" {
		t.Errorf("event %q", got)
	}
}

func TestTrapInTick(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, quick(PluginConfig{VMs: 1}))
	events := &eventRecorder{signal: make(chan string, 1)}
	s := newStream(t, p, StreamConfig{Events: events})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 0
	})
	pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 { g.trap(); return 0 })
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	if got := <-events.signal; got != "failed" {
		t.Errorf("event %q", got)
	}
	eventually(t, "a new VM", func() bool { return p.Stats().Restarts == 1 })
}

// TestDeferredDone: a guest whose proxy_on_done returns false ends when it calls proxy_done, here from a timer.
func TestDeferredDone(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{ShutdownTimeout: time.Hour}, PluginConfig{VMs: 1})
	pup.set("done", func(g *puppetCall, params [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 0
	})
	ticks := 0
	pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 {
		if ticks++; ticks == 3 {
			g.want(StatusOK, "done")
			g.want(StatusNotFound, "done") // it is said
		}
		return 0
	})
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := pup.log(); !strings.Contains(got, "done(1) tick(1) tick(1) tick(1)") || !strings.HasSuffix(got, "log(1) delete(1)") {
		t.Errorf("calls %s", got)
	}
}

// TestDoneWithinOnDone: proxy_done may be called before proxy_on_done returns false.
func TestDoneWithinOnDone(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{ShutdownTimeout: time.Hour}, PluginConfig{VMs: 1})
	pup.set("done", func(g *puppetCall, params [3]uint32) uint32 { g.want(StatusOK, "done"); return 0 })
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestDeferredDoneIsBounded: a guest that never calls proxy_done doesn't hold up Close, and neither does one that fails.
func TestDeferredDoneIsBounded(t *testing.T) {
	for _, traps := range []bool{false, true} {
		pup := newPuppet(t)
		timeout := time.Millisecond
		pup.set("done", func(g *puppetCall, _ [3]uint32) uint32 {
			if traps {
				g.want(StatusOK, "set_tick_period_milliseconds", 1)
			}
			return 0
		})
		if traps {
			timeout = time.Hour
			pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 { g.trap(); return 0 })
		}
		p := loadPuppet(t, pup, Config{ShutdownTimeout: timeout}, PluginConfig{VMs: 1})
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasSuffix(pup.log(), "log(1) delete(1)"); got == traps {
			t.Errorf("traps %v: calls %s", traps, pup.log())
		}
	}
}

// TestNoStreamWhileClosing: a plugin that waits for its guest's end takes no stream.
func TestNoStreamWhileClosing(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{ShutdownTimeout: time.Hour}, PluginConfig{VMs: 1})
	v := p.pool.vms[0]
	pup.set("done", func(*puppetCall, [3]uint32) uint32 { return 0 })
	closed := make(chan error)
	go func() { closed <- p.Close(context.Background()) }()
	eventually(t, "on_done", func() bool { return strings.HasSuffix(pup.log(), "done(1)") })
	if s, err := v.newStream(t.Context(), StreamConfig{}, nil); err == nil {
		t.Errorf("stream %d", s.id)
	}
	if err := v.lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(v.done)
	v.unlock()
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestQueue: the last that registered is notified, asynchronously, once for each message.
func TestQueue(t *testing.T) {
	r := newTestRuntime(t, Config{QueueLimitBytes: 2000})
	type got struct{ who, text string }
	received := make(chan got, 10)
	consumer := func(who string) *Plugin {
		pup := newPuppet(t)
		r.foreign["hook"] = pup.foreign
		pup.set("vm_start", func(g *puppetCall, _ [3]uint32) uint32 {
			ptr, size := g.put(argA, "the queue")
			g.want(StatusOK, "register_shared_queue", ptr, size, outAddr)
			return 1
		})
		pup.set("queue_ready", func(g *puppetCall, p [3]uint32) uint32 {
			if p[0] != rootID {
				t.Errorf("notified context %d", p[0])
			}
			g.want(StatusOK, "dequeue_shared_queue", uint64(p[1]), outAddr, outSize)
			received <- got{who, g.result()}
			return 0
		})
		return load(t, r, "calls", PluginConfig{Name: who, VMID: "consumers", VMs: 1})
	}
	first := consumer("first")
	firstHook := r.foreign["hook"]
	second := consumer("second")
	secondHook := r.foreign["hook"]

	// All plugins of a runtime share its foreign functions, so this one tells them apart.
	producer := newPuppet(t)
	r.foreign["hook"] = func(v *vm, arg []byte) ([]byte, Status) {
		switch v.plugin {
		case first:
			return firstHook(v, arg)
		case second:
			return secondHook(v, arg)
		}
		return producer.foreign(v, arg)
	}
	p := load(t, r, "calls", PluginConfig{Name: "producer", VMID: "producers"})
	s := newStream(t, p, StreamConfig{})
	do := func(fn func(g *puppetCall)) {
		t.Helper()
		producer.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 { fn(g); return 0 })
		if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
			t.Fatal(detail(err))
		}
	}
	var token uint64
	do(func(g *puppetCall) {
		id, idSize := g.put(argB, "consumers")
		ptr, size := g.put(argA, "the queue")
		g.want(StatusNotFound, "resolve_shared_queue", 0, 0, ptr, size, outAddr) // of its own VM id
		g.want(StatusOK, "resolve_shared_queue", id, idSize, ptr, size, outAddr)
		token = uint64(g.u32(outAddr))
		g.want(StatusNotFound, "enqueue_shared_queue", token+1, ptr, size)
		g.want(StatusNotFound, "dequeue_shared_queue", token+1, outAddr, outSize)
	})
	send := func(texts ...string) {
		t.Helper()
		do(func(g *puppetCall) {
			for _, text := range texts {
				ptr, size := g.put(argA, text)
				g.want(StatusOK, "enqueue_shared_queue", token, ptr, size)
			}
		})
		for _, text := range texts {
			if m := <-received; m.text != text {
				t.Errorf("received %+v, want %q", m, text)
			}
		}
	}
	send("a", "b", "", "d")
	do(func(g *puppetCall) {
		g.want(StatusEmpty, "dequeue_shared_queue", token, outAddr, outSize)
		ptr, size := g.put(argB, strings.Repeat("x", 3000))
		g.want(StatusInternalFailure, "enqueue_shared_queue", token, ptr, size)
	})
	if err := second.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	send("e") // the first takes over
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(func(g *puppetCall) { // nobody is there, but the queue is
		ptr, size := g.put(argA, "f")
		g.want(StatusOK, "enqueue_shared_queue", token, ptr, size)
		g.want(StatusOK, "dequeue_shared_queue", token, outAddr, outSize)
		if got := g.result(); got != "f" {
			t.Errorf("dequeued %q", got)
		}
	})
}

// TestQueueToItself: a guest that enqueues for itself within a callback is notified after it.
func TestQueueToItself(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	done := make(chan struct{}, 100)
	pup.set("queue_ready", func(g *puppetCall, params [3]uint32) uint32 { done <- struct{}{}; return 0 })
	pup.set("downstream_data", func(g *puppetCall, params [3]uint32) uint32 {
		ptr, size := g.put(argA, "q")
		g.want(StatusOK, "register_shared_queue", ptr, size, outAddr)
		g.want(StatusOK, "register_shared_queue", ptr, size, outMore)
		if g.u32(outAddr) != g.u32(outMore) {
			t.Error("registering twice gave two queues")
		}
		for range 100 {
			g.want(StatusOK, "enqueue_shared_queue", uint64(g.u32(outAddr)), ptr, size)
		}
		if strings.Contains(pup.log(), "queue_ready") {
			t.Error("notified within the call")
		}
		return 0
	})
	if _, err := newStream(t, p, StreamConfig{}).OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		<-done
	}
	eventually(t, "rest", func() bool {
		v := p.pool.vms[0]
		v.mu.Lock()
		defer v.mu.Unlock()
		return !v.pumping && len(v.ready) == 0
	})
}

func TestQueueIsFirstInFirstOut(t *testing.T) {
	q := newSharedQueues(1 << 20)
	v := &vm{}
	token, _ := q.register("", []byte("q"), v)
	q.register("", []byte("q"), v)
	if n := len(q.byToken[token].waiting); n != 1 {
		t.Errorf("%d VMs wait", n)
	}
	q.forget(v)
	for round := range 3 {
		for i := range 100 {
			if s := q.enqueue(token, fmt.Append(nil, round, i)); s != StatusOK {
				t.Fatal(s)
			}
		}
		for i := range 100 {
			if p, s := q.dequeue(token); s != StatusOK || string(p) != fmt.Sprint(round, i) {
				t.Fatalf("%q %d", p, s)
			}
		}
	}
	if _, s := q.dequeue(token); s != StatusEmpty {
		t.Error(s)
	}
	if want := uint64(len("q") + entryOverhead); q.used != want {
		t.Errorf("an empty queue uses %d bytes, want %d", q.used, want)
	}
}

// TestCloseTwiceWhileDeferred: on_done is called once, also when Close is called again.
func TestCloseTwiceWhileDeferred(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{ShutdownTimeout: time.Hour}, PluginConfig{VMs: 1})
	pup.set("done", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 0
	})
	leave := make(chan struct{})
	pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 {
		<-leave
		g.call("done")
		return 0
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		eventually(t, "a tick", func() bool { return strings.HasSuffix(pup.log(), "tick(1)") })
		cancel()
	}()
	if err := p.Close(ctx); err == nil {
		t.Error("closed while the guest runs")
	}
	close(leave)
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := pup.log(); strings.Count(got, "done(1)") != 1 || strings.Count(got, "delete(1)") != 1 {
		t.Errorf("calls %s", got)
	}
}

// TestCloseStopsTimers: Close doesn't wait for a tick that is far away.
func TestCloseStopsTimers(t *testing.T) {
	pup := newPuppet(t)
	pup.set("configure", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1<<31)
		return 1
	})
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCloseWaitsForEvents: after Close nothing of the plugin runs any more, not even a call of the embedder.
func TestCloseWaitsForEvents(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	events := &slowToClose{entered: make(chan struct{}), leave: make(chan struct{})}
	s := newStream(t, p, StreamConfig{Events: events})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 0
	})
	pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_tick_period_milliseconds", 0)
		g.want(StatusOK, "set_effective_context", uint64(s.id))
		g.want(StatusOK, "close_stream", 2)
		return 0
	})
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	<-events.entered
	closed := make(chan error, 1)
	go func() { closed <- p.Close(context.Background()) }()
	eventually(t, "the end of the root context", func() bool { return strings.HasSuffix(pup.log(), "delete(1)") })
	select {
	case <-closed:
		t.Error("Close didn't wait")
	case <-time.After(20 * time.Millisecond):
	}
	close(events.leave)
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// slowToClose blocks in CloseStream.
type slowToClose struct{ entered, leave chan struct{} }

func (*slowToClose) ContinueStream(StreamType) {}
func (e *slowToClose) CloseStream(StreamType) {
	close(e.entered)
	<-e.leave
}

// TestTickOffWhileItWaits: a timer that has fired, and waits for the VM, does nothing once the guest turns it off.
func TestTickOffWhileItWaits(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	v := p.pool.vms[0]
	if err := v.lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.setTick(time.Nanosecond)
	time.Sleep(20 * time.Millisecond)
	v.setTick(0)
	v.unlock()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(pup.log(), "tick") {
		t.Errorf("calls %s", pup.log())
	}
}
