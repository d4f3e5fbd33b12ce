package wasmhost

import (
	"bytes"
	"context"
	"errors"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostileGuest is hostile.wasm of which one export does what mode says: l loops for ever, h loops over a host call, u traps,
// r recurses without end, m takes all memory.
func hostileGuest(t testing.TB, export string, mode byte) []byte {
	t.Helper()
	n := slices.IndexFunc(table(hostileExports+abiExports), func(s signature) bool { return s.name == export })
	wasm := guest(t, "hostile")
	marker := []byte("hostile:\xff\x00")
	if n < 0 || bytes.Count(wasm, marker) != 1 {
		t.Fatalf("export %q is %d, or hostile.wasm has no marker", export, n)
	}
	return bytes.Replace(wasm, marker, append([]byte("hostile:"), byte(n), mode), 1)
}

// provoke makes the host call the export, and returns the error that this gives.
func provoke(p *Plugin, s *Stream, export string) error {
	ctx, v := context.Background(), s.vm
	var err error
	switch export {
	case "proxy_on_context_create":
		_, err = p.NewStream(ctx, StreamConfig{})
	case "proxy_on_new_connection":
		_, err = s.OnNewConnection(ctx)
	case "proxy_on_downstream_data":
		_, err = s.OnDownstreamData(ctx, buffer("secret"), false)
	case "proxy_on_upstream_data":
		_, err = s.OnUpstreamData(ctx, buffer("secret"), false)
	case "proxy_on_downstream_connection_close":
		err = s.OnDownstreamConnectionClose(ctx, PeerLocal)
	case "proxy_on_upstream_connection_close":
		err = s.OnUpstreamConnectionClose(ctx, PeerLocal)
	case "proxy_on_done", "proxy_on_log", "proxy_on_delete":
		s.Close(ctx)
		err = v.gone
	default:
		for cb := range callbacks { // those that nobody asks for
			if callbacks[cb].name == export {
				_ = v.lock(ctx)
				err = v.call(ctx, callback(cb), rootID)
				v.unlock()
			}
		}
	}
	return err
}

// duringLoad tells the exports that are called before there is a stream.
func duringLoad(export string) bool {
	return slices.Contains([]string{"_initialize", "main", "proxy_on_vm_start", "proxy_validate_configuration", "proxy_on_configure", "proxy_on_context_create"}, export)
}

// TestHostile: whatever a callback does, the caller gets an error that says what it was, and the streams of another plugin in the
// same runtime go on meanwhile.
func TestHostile(t *testing.T) {
	ctx := t.Context()
	r := newTestRuntime(t, Config{MemoryLimitBytes: 4 << 20})
	good := newStream(t, load(t, r, "empty", PluginConfig{}), StreamConfig{})
	goroutines := goruntime.NumGoroutine()
	for _, mode := range []struct {
		mode    byte
		cause   string
		trusted bool
	}{
		{'l', "time limit", false},
		{'h', "time limit", false},
		{'h', "time limit", true},
		{'u', "unreachable", false},
		{'u', "unreachable", true},
		{'r', "stack overflow", false},
		{'m', "out of bounds", true},
	} {
		for _, e := range table(hostileExports + abiExports) {
			name := string(mode.mode) + "/" + e.name
			if mode.trusted {
				name = "trusted/" + name
			}
			if mode.mode == 'r' && e.name != "_initialize" && e.name != "proxy_on_downstream_data" {
				continue // it takes long
			}
			t.Run(name, func(t *testing.T) {
				limit := time.Minute
				switch {
				case mode.cause != "time limit":
				case duringLoad(e.name): // may take ten times as long
					limit = 4 * time.Millisecond
				default:
					limit = 40 * time.Millisecond
				}
				p, err := r.Load(ctx, hostileGuest(t, e.name, mode.mode), never(PluginConfig{VMs: 1, Trusted: mode.trusted, TimeLimit: limit}))
				if duringLoad(e.name) != (err != nil) {
					t.Fatalf("Load: %v", err)
				}
				if err == nil {
					s := newStream(t, p, StreamConfig{})
					err = provoke(p, s, e.name)
					if p.Stats().VMs != 0 {
						t.Error("its VM goes on")
					}
					if err := p.Close(ctx); err != nil {
						t.Error(err)
					}
				}
				var guest *GuestError
				if !errors.As(err, &guest) || guest.Callback != e.name {
					t.Fatalf("error %v", err)
				}
				if !strings.Contains(detail(err), mode.cause) || strings.Contains(detail(err), "secret") {
					t.Errorf("error %q, want %q", detail(err), mode.cause)
				}
				if (mode.cause == "time limit") != errors.Is(err, ErrTimeLimit) {
					t.Errorf("error %q is not ErrTimeLimit, or shouldn't be", err)
				}
				if _, err := good.OnDownstreamData(ctx, buffer(""), false); err != nil {
					t.Error(err)
				}
			})
		}
	}
	eventually(t, "goroutines return", func() bool { return goruntime.NumGoroutine() <= goroutines })
}

// TestLoopLeavesOthersAlone: while one VM of a plugin hangs, the streams of its other VM go on, and so do waiting callers.
func TestLoopLeavesOthersAlone(t *testing.T) {
	ctx := t.Context()
	r := newTestRuntime(t, Config{})
	p, err := r.Load(ctx, hostileGuest(t, "proxy_on_upstream_data", 'l'), never(PluginConfig{VMs: 2, TimeLimit: 300 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
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

// TestHugeArguments: whatever a guest passes, the host neither copies all of its memory nor works on it for long.
func TestHugeArguments(t *testing.T) {
	run(t, Config{}, PluginConfig{TimeLimit: time.Minute}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		g.v.mem.Grow(2000)
		const huge = 100 << 20
		g.want(StatusNotFound, "get_property", 0, huge, outAddr, outSize)
		g.want(StatusInternalFailure, "set_property", 0, huge, 0, 1)
		g.want(StatusNotFound, "call_foreign_function", 0, huge, 0, 0, outAddr, outSize)
		name, size := g.put(argA, "compress")
		g.want(StatusInternalFailure, "call_foreign_function", name, size, 0, huge, outAddr, outSize)
		g.want(StatusInternalFailure, "define_metric", 0, 0, huge, outAddr)
		g.want(StatusInternalFailure, "set_shared_data", 0, 1, 0, huge, 0)
		g.want(StatusInternalFailure, "set_shared_data", 0, huge, 0, 1, 0)
		g.want(StatusInternalFailure, "register_shared_queue", 0, huge, outAddr)
		g.want(StatusBadArgument, "http_call", 0, huge, 0, huge, 0, huge, 0, huge, 0, outAddr)
		g.want(StatusOK, "log", 2, 0, huge)
		// A million pieces of output, each of them most of memory.
		const pieces = 8 << 20
		for i := range uint32(1 << 20) {
			g.v.mem.WriteUint32Le(pieces+8*i+4, huge)
		}
		g.want(errnoSuccess, "wasi_snapshot_preview1.fd_write", 1, pieces, 1<<20, outAddr)
		if got := g.u32(outAddr); got != maxWriteBytes {
			t.Errorf("%d bytes were written", got)
		}
		g.v.mem.Write(pieces, make([]byte, 8<<20))
		g.want(errnoSuccess, "wasi_snapshot_preview1.fd_write", 1, pieces, 1<<20, outAddr)
	})
}

// TestOverlappingAllocation: an allocator may hand out memory that is in use. That harms the guest alone.
func TestOverlappingAllocation(t *testing.T) {
	run(t, Config{}, PluginConfig{}, StreamConfig{}, buffer("some bytes"), func(g *puppetCall) {
		for _, at := range []uint64{outAddr, outAddr - 2, outSize, 16, 1} {
			g.global("heap").Set(at)
			g.want(StatusOK, "get_buffer_bytes", 2, 0, all, outAddr, outSize)
			if got := g.u32(outAddr); got != uint32(at) {
				t.Errorf("address %d, want %d", got, at)
			}
			if got := g.u32(outSize); got != 10 {
				t.Errorf("size %d", got)
			}
		}
		g.put(16, "hook")
	})
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
		g.v.mem.Grow(100)
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

// TestAllocatorLoops: the time limit holds for the allocator too, which runs within a host call.
func TestAllocatorLoops(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, never(PluginConfig{VMs: 1, TimeLimit: 40 * time.Millisecond}))
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.global("alloc_mode").Set(6)
		g.call("get_buffer_bytes", 2, 0, all, outAddr, outSize)
		t.Error("the host call returned")
		return 0
	})
	s := newStream(t, p, StreamConfig{})
	if _, err := s.OnDownstreamData(t.Context(), buffer("secret"), false); !errors.Is(err, ErrTimeLimit) || strings.Contains(detail(err), "secret") {
		t.Errorf("error %v", err)
	}
	if p.Stats().VMs != 0 {
		t.Error("its VM goes on")
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
