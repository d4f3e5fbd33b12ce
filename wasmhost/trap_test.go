package wasmhost

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// quick makes a failed VM come back at once.
func quick(c PluginConfig) PluginConfig {
	c.MinBackoff, c.MaxBackoff = time.Millisecond, 5*time.Millisecond
	return c
}

// never makes a failed VM stay away for the whole test.
func never(c PluginConfig) PluginConfig {
	c.MinBackoff, c.MaxBackoff = time.Hour, time.Hour
	return c
}

// eventually waits for something that happens in the background.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// TestTrap: a trap in any callback costs the VM with its streams, is told with its cause and the callback's name, and
// leaves nothing behind. No done, log or delete follows.
func TestTrap(t *testing.T) {
	ctx := t.Context()
	for _, tt := range []struct {
		callback string
		call     func(p *Plugin, s *Stream) error
	}{
		{"context_create", func(p *Plugin, _ *Stream) error { _, err := p.NewStream(ctx, StreamConfig{}); return err }},
		{"new_connection", func(_ *Plugin, s *Stream) error { _, err := s.OnNewConnection(ctx); return err }},
		{"downstream_data", func(_ *Plugin, s *Stream) error {
			_, err := s.OnDownstreamData(ctx, buffer("secret"), false)
			return err
		}},
		{"upstream_data", func(_ *Plugin, s *Stream) error { _, err := s.OnUpstreamData(ctx, buffer("secret"), true); return err }},
		{"downstream_connection_close", func(_ *Plugin, s *Stream) error { return s.OnDownstreamConnectionClose(ctx, PeerLocal) }},
		{"upstream_connection_close", func(_ *Plugin, s *Stream) error { return s.OnUpstreamConnectionClose(ctx, PeerLocal) }},
		{"done", func(_ *Plugin, s *Stream) error { s.Close(ctx); return s.vm.gone }},
		{"log", func(_ *Plugin, s *Stream) error { s.Close(ctx); return s.vm.gone }},
		{"delete", func(_ *Plugin, s *Stream) error { s.Close(ctx); return s.vm.gone }},
	} {
		t.Run(tt.callback, func(t *testing.T) {
			var rec logRecorder
			var events eventRecorder
			pup := newPuppet(t)
			p := loadPuppet(t, pup, Config{Logger: rec.logger(slog.LevelInfo)}, never(PluginConfig{Name: "plug", VMs: 1}))
			s, other := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{Events: &events})
			v := s.vm
			pup.set(tt.callback, func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
			err := tt.call(p, s)
			var guest *GuestError
			if !errors.As(err, &guest) || guest.Plugin != "plug" || guest.Callback != "proxy_on_"+tt.callback {
				t.Fatalf("error %v", err)
			}
			if text := err.Error(); !strings.Contains(text, "unreachable") || strings.Contains(text, "\n") || strings.Contains(text+rec.String(), "secret") {
				t.Errorf("error %q", text)
			}
			if !strings.Contains(rec.String(), "the guest failed") {
				t.Errorf("nothing of it in the log: %s", rec.String())
			}
			calls := pup.Calls()
			if _, err := other.OnDownstreamData(ctx, buffer(""), false); !errors.As(err, &guest) {
				t.Errorf("the other stream of this VM goes on: %v", err)
			}
			if got := events.String(); got != "failed" {
				t.Errorf("events of the other stream: %q", got)
			}
			if !v.mod.IsClosed() || len(v.streams) != 0 {
				t.Error("the instance is still there")
			}
			if st := p.Stats(); st.VMs != 0 || st.Failures != 1 || st.Streams != 0 {
				t.Errorf("stats %+v", st)
			}
			refused := p.Stats().Refused
			if _, err := p.NewStream(ctx, StreamConfig{}); !errors.Is(err, ErrUnavailable) {
				t.Errorf("NewStream: %v", err)
			}
			if st := p.Stats(); st.Refused != refused+1 || st.Skipped != 0 {
				t.Errorf("stats %+v", st)
			}
			s.Close(ctx)
			other.Close(ctx)
			if err := p.Close(ctx); err != nil {
				t.Error(err)
			}
			if got := pup.Calls(); got != calls {
				t.Errorf("a dead guest was called: %s", strings.TrimPrefix(got, calls))
			}
		})
	}
}

// TestGoPanicIsATrap: a host function that panics, also one of the embedder, costs the VM and not the process.
func TestGoPanicIsATrap(t *testing.T) {
	var none []byte
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, never(PluginConfig{}))
	s := newStream(t, p, StreamConfig{Properties: func([]string) ([]byte, bool) { return none[1:2], true }})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		ptr, size := g.Put(argA, "x")
		g.call("get_property", ptr, size, outAddr, outSize)
		return 0
	})
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err == nil || !strings.Contains(detail(err), "slice bounds out of range") {
		t.Errorf("error %v", err)
	}
	if p.Stats().VMs != 0 {
		t.Error("the VM goes on")
	}
}

func TestRecovery(t *testing.T) {
	ctx := t.Context()
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, quick(PluginConfig{VMs: 1}))
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
	for i := range uint64(3) {
		var s *Stream
		eventually(t, "a new VM", func() (ok bool) {
			var err error
			if s, err = p.NewStream(ctx, StreamConfig{}); err != nil && !errors.Is(err, ErrUnavailable) {
				t.Fatal(err)
			}
			return err == nil
		})
		if _, err := s.OnDownstreamData(ctx, buffer(""), false); err == nil {
			t.Fatal("no trap")
		}
		s.Close(ctx)
		eventually(t, "a restart", func() bool { return p.Stats().Restarts == i+1 })
	}
	if st := p.Stats(); st.Failures != 3 || st.VMs != 1 || st.Streams != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestRecoveryNeedsSeveralTries: a guest that can't start is tried again.
func TestRecoveryNeedsSeveralTries(t *testing.T) {
	ctx := t.Context()
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, quick(PluginConfig{VMs: 1}))
	tries := 0
	pup.set("vm_start", func(g *puppetCall, _ [3]uint32) uint32 {
		if tries++; tries == 1 {
			g.Misbehave(puppet.Trap)
		}
		return uint32(tries / 3) // then it refuses, then it works
	})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
	if _, err := newStream(t, p, StreamConfig{}).OnDownstreamData(ctx, buffer(""), false); err == nil {
		t.Fatal("no trap")
	}
	eventually(t, "a new VM", func() bool { return p.Stats().VMs == 1 })
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}

func TestBackoff(t *testing.T) {
	p := pool{plugin: &Plugin{cfg: PluginConfig{MinBackoff: time.Second, MaxBackoff: 10 * time.Second}}}
	for failures, want := range map[int]time.Duration{0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 10, 1000: 10} {
		p.failures = failures
		want *= time.Second
		for range 100 {
			if d := p.backoff(); d < want/2 || d >= want*3/2 {
				t.Fatalf("%v after %d failures, want %v give or take half", d, failures, want)
			}
		}
	}
}

func TestFailOpen(t *testing.T) {
	ctx := t.Context()
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, never(PluginConfig{FailurePolicy: FailOpen, VMs: 1}))
	pup.set("context_create", func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
	for range 2 { // by the trap itself, and without a VM
		if s, err := p.NewStream(ctx, StreamConfig{}); !errors.Is(err, ErrSkip) || errors.Is(err, ErrUnavailable) || s != nil {
			t.Errorf("NewStream: %v", err)
		}
	}
	if st := p.Stats(); st.Skipped != 2 || st.Refused != 0 || st.Streams != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestFailureWhileOthersWait: callers that wait for a VM which fails then get its error, or another VM.
func TestFailureWhileOthersWait(t *testing.T) {
	ctx := t.Context()
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, never(PluginConfig{VMs: 1}))
	a, b := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
	waiting := make(chan struct{})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		<-waiting
		g.Misbehave(puppet.Trap)
		return 0
	})
	errs := make(chan error)
	go func() { _, err := a.OnDownstreamData(ctx, buffer(""), false); errs <- err }()
	eventually(t, "the call", func() bool { return strings.HasSuffix(pup.Calls(), "downstream_data(2)") })
	go func() { _, err := b.OnDownstreamData(ctx, buffer(""), false); errs <- err }()
	go func() { _, err := p.NewStream(ctx, StreamConfig{}); errs <- err }()
	close(waiting)
	for range 3 {
		var guest *GuestError
		if err := <-errs; !errors.As(err, &guest) && !errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	}
	if got := strings.Count(pup.Calls(), "downstream_data"); got != 1 {
		t.Errorf("%d calls of a dead guest", got-1)
	}
}

// TestFailureBeforePut: a VM that fails before it is in the pool, by a timer, doesn't get there.
func TestFailureBeforePut(t *testing.T) {
	p := loadPuppet(t, newPuppet(t), Config{}, never(PluginConfig{VMs: 2}))
	v, err := p.newVM(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.fail(errors.New("as in a tick"), 0)
	v.unlock()
	p.pool.put(v)
	if s := p.Stats(); s.VMs != 1 || s.Failures != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestBackoffForgets: a VM that worked for long enough is replaced as soon as one that fails for the first time.
func TestBackoffForgets(t *testing.T) {
	p := loadPuppet(t, newPuppet(t), Config{}, never(PluginConfig{VMs: 1}))
	v := p.pool.vms[0]
	p.pool.mu.Lock()
	p.pool.failures = 7
	p.pool.mu.Unlock()
	if err := v.lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.born = time.Now().Add(-2 * time.Hour)
	v.fail(errors.New("at last"), 0)
	v.unlock()
	p.pool.mu.Lock()
	defer p.pool.mu.Unlock()
	if p.pool.failures != 1 {
		t.Errorf("%d failures in a row", p.pool.failures)
	}
}

// TestChaos: streams come and go on VMs that fail, tick and notify each other, until the plugin is closed under them.
func TestChaos(t *testing.T) {
	pup := newPuppet(t)
	pup.set("configure", func(g *puppetCall, _ [3]uint32) uint32 {
		ptr, size := g.Put(argA, "q")
		g.want(StatusOK, "register_shared_queue", ptr, size, outAddr)
		g.want(StatusOK, "set_tick_period_milliseconds", 1)
		return 1
	})
	var calls atomic.Uint64
	chaos := func(g *puppetCall, _ [3]uint32) uint32 {
		n := calls.Add(1)
		g.call("enqueue_shared_queue", 1, 0, 4)
		g.call("continue_stream", 3)
		if n%50 == 0 {
			g.Misbehave(puppet.Trap)
		}
		return uint32(n % 2)
	}
	for _, name := range []string{"context_create", "downstream_data", "upstream_data", "tick", "queue_ready", "done", "delete"} {
		pup.set(name, chaos)
	}
	p := loadPuppet(t, pup, Config{ShutdownTimeout: 10 * time.Millisecond}, quick(PluginConfig{VMs: 2}))
	var wg sync.WaitGroup
	var served atomic.Uint64
	for range 8 {
		wg.Go(func() {
			for {
				s, err := p.NewStream(context.Background(), StreamConfig{Events: new(eventRecorder)})
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					time.Sleep(time.Millisecond)
					continue
				}
				_, down := s.OnDownstreamData(context.Background(), buffer("x"), false)
				_, up := s.OnUpstreamData(context.Background(), buffer("x"), true)
				if down == nil && up == nil {
					served.Add(1)
				}
				s.Close(context.Background())
			}
		})
	}
	eventually(t, "enough of it", func() bool { return served.Load() > 200 && p.Stats().Restarts > 5 })
	if err := p.Close(context.Background()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if s := p.Stats(); s.Streams != 0 {
		t.Errorf("stats %+v", s)
	}
}
