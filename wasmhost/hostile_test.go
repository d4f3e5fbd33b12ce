package wasmhost

import (
	"context"
	"errors"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// TestLoopLeavesOthersAlone: while one VM of a plugin hangs, the streams of its other VM go on, and so do waiting callers.
func TestLoopLeavesOthersAlone(t *testing.T) {
	ctx := t.Context()
	pup := newPuppet(t)
	pup.set("upstream_data", func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Loop); return 0 })
	p := loadPuppet(t, pup, Config{}, never(PluginConfig{VMs: 2, TimeLimit: 300 * time.Millisecond}))
	a, b, c := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
	if a.vm == b.vm || a.vm != c.vm {
		t.Fatal("the streams aren't where they should be")
	}
	hung, waiting := make(chan error, 1), make(chan error, 1)
	go func() { _, err := a.OnUpstreamData(ctx, buffer(""), false); hung <- err }()
	eventually(t, "the loop", func() bool { return a.vm.watchdog.seq.Load()&1 == 1 })
	go func() { _, err := c.OnDownstreamData(ctx, buffer(""), false); waiting <- err }()
	impatient, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, err := c.OnDownstreamData(impatient, buffer(""), false); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrTimeLimit) {
		t.Errorf("an impatient caller: %v", err)
	}
	for range 100 {
		if _, err := b.OnDownstreamData(ctx, buffer(""), false); err != nil {
			t.Fatal(err)
		}
	}
	for _, ch := range []chan error{hung, waiting} {
		if err := <-ch; !errors.Is(err, ErrTimeLimit) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := b.OnDownstreamData(ctx, buffer(""), false); err != nil || p.Stats().VMs != 1 {
		t.Errorf("%v, %+v", err, p.Stats())
	}
}

// TestOverdueCallEndsAtAnyHostCall: trusted guests can be stopped there only.
func TestOverdueCallEndsAtAnyHostCall(t *testing.T) {
	v := &vm{phase: phaseRun}
	v.callCtx = callContext{Context: t.Context(), vm: v}
	v.watchdog.seq.Store(expiredBit | 1)
	for module, calls := range hostModules() {
		for name, c := range calls {
			b := &boundCall{fn: c.fn, name: name, during: c.during, result: true}
			func() {
				defer func() {
					if r := recover(); r != ErrTimeLimit {
						t.Errorf("%s.%s: %v", module, name, r)
					}
				}()
				b.Call(&v.callCtx, nil, make([]uint64, 12))
				t.Errorf("%s.%s was carried out", module, name)
			}()
		}
	}
}

// TestCallerGivesUp: a caller's context that ends doesn't end the VM, which others share.
func TestCallerGivesUp(t *testing.T) {
	for _, trusted := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		pup := newPuppet(t)
		p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1, Trusted: trusted})
		pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
			cancel()
			g.want(StatusOK, "get_current_time_nanoseconds", outAddr)
			return 0
		})
		s := newStream(t, p, StreamConfig{})
		for range 3 { // the VM is free, so the context doesn't matter
			if _, err := s.OnDownstreamData(ctx, buffer(""), false); err != nil {
				t.Error(detail(err))
			}
		}
	}
}

func TestTrust(t *testing.T) {
	wasm := guest(t, "empty")
	r := newTestRuntime(t, Config{TrustedSHA256: []string{strings.ToUpper(digest(wasm))}})
	for _, tt := range []struct {
		guest string
		given bool
		want  bool
		limit time.Duration
	}{
		{"empty", false, true, 10 * time.Second},
		{"xor", false, false, time.Second},
		{"xor", true, true, 10 * time.Second},
	} {
		p := load(t, r, tt.guest, PluginConfig{Trusted: tt.given})
		if p.Trusted() != tt.want || p.cfg.TimeLimit != tt.limit {
			t.Errorf("%s: trusted %v, limit %v", tt.guest, p.Trusted(), p.cfg.TimeLimit)
		}
		s := newStream(t, p, StreamConfig{})
		if _, err := s.OnDownstreamData(t.Context(), buffer("x"), false); err != nil {
			t.Error(err)
		}
	}
}

// TestWatchdogSleeps: its timer runs while there are calls only, and wakes up again.
func TestWatchdogSleeps(t *testing.T) {
	var w watchdog
	w.init(time.Millisecond)
	defer w.stop()
	for range 3 {
		w.begin()
		if w.end() {
			t.Fatal("expired")
		}
		eventually(t, "sleep", func() bool { return !w.armed.Load() })
	}
	w.started()
	w.begin()
	<-w.expired
	if !w.overdue() || !w.end() {
		t.Error("it doesn't tell")
	}
}

// TestTooManyAnswers: a guest can make the host keep a bounded number of answers.
func TestTooManyAnswers(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	var all []*HTTPStream
	for range maxAnswers + 5 {
		all = append(all, newHTTPStream(t, p, StreamConfig{Events: new(httpRecorder)}))
	}
	pup.set("request_headers", func(g *puppetCall, _ [3]uint32) uint32 {
		g.Grow(100)
		g.want(StatusInternalFailure, "send_local_response", 200, 0, 0, 0, maxLocalBody+1, 0, 0, 0)
		for i, h := range all {
			g.want(StatusOK, "set_effective_context", uint64(h.stream.id))
			status := StatusOK
			if i >= maxAnswers {
				status = StatusInternalFailure
			}
			g.want(status, "send_local_response", 200, 0, 0, 0, 10, 0, 0, 0)
		}
		return 0
	})
	if _, err := all[0].OnRequestHeaders(t.Context(), &Headers{}, false); err != nil {
		t.Error(detail(err))
	}
}

// TestTenThousandStreams: they open, work and close on two VMs, and leave nothing behind.
func TestTenThousandStreams(t *testing.T) {
	ctx := t.Context()
	for _, trusted := range []bool{false, true} {
		p := load(t, newTestRuntime(t, Config{}), "xor", PluginConfig{VMs: 2, Trusted: trusted})
		warm, warm2 := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
		size := func() uint32 { return warm.vm.mem.Size() + warm2.vm.mem.Size() }
		goroutines, before := goruntime.NumGoroutine(), size()
		streams := make([]*Stream, 10_000)
		for i := range streams {
			s, err := p.NewStream(ctx, StreamConfig{})
			if err != nil {
				t.Fatal(err)
			}
			streams[i] = s
		}
		if s := p.Stats(); s.VMs != 2 || s.Streams != 10_002 {
			t.Errorf("stats %+v", s)
		}
		for _, v := range p.pool.vms {
			if v.load != 5001 {
				t.Errorf("a VM has %d streams", v.load)
			}
		}
		for _, s := range streams {
			b := buffer("hello")
			if _, err := s.OnDownstreamData(ctx, b, false); err != nil || string(b.b) == "hello" {
				t.Fatalf("%q, %v", b.b, err)
			}
		}
		for _, s := range streams {
			s.Close(ctx)
		}
		if s := p.Stats(); s.Streams != 2 || s.Failures != 0 {
			t.Errorf("stats %+v", s)
		}
		if len(warm.vm.streams) != 1 || size() != before {
			t.Errorf("%d streams, guest memory %d of %d", len(warm.vm.streams), size(), before)
		}
		eventually(t, "goroutines return", func() bool { return goruntime.NumGoroutine() <= goroutines })
	}
}
