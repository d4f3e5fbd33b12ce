package wasmhost

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

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
			pup.set("tick", func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
		}
		p := loadPuppet(t, pup, Config{ShutdownTimeout: timeout}, PluginConfig{VMs: 1})
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasSuffix(pup.Calls(), "log(1) delete(1)"); got == traps {
			t.Errorf("traps %v: calls %s", traps, pup.Calls())
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
	eventually(t, "on_done", func() bool { return strings.HasSuffix(pup.Calls(), "done(1)") })
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
		eventually(t, "a tick", func() bool { return strings.HasSuffix(pup.Calls(), "tick(1)") })
		cancel()
	}()
	if err := p.Close(ctx); err == nil {
		t.Error("closed while the guest runs")
	}
	close(leave)
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := pup.Calls(); strings.Count(got, "done(1)") != 1 || strings.Count(got, "delete(1)") != 1 {
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
	eventually(t, "the end of the root context", func() bool { return strings.HasSuffix(pup.Calls(), "delete(1)") })
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
	if strings.Contains(pup.Calls(), "tick") {
		t.Errorf("calls %s", pup.Calls())
	}
}
