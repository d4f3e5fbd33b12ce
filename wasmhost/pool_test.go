package wasmhost

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestPool(t *testing.T) {
	p := load(t, newTestRuntime(t, Config{}), "empty", PluginConfig{VMs: 3})
	if got := p.Stats(); got.VMs != 1 {
		t.Errorf("%d VMs before any stream", got.VMs)
	}
	var streams []*Stream
	count := map[*vm]int{}
	for range 7 {
		s := newStream(t, p, StreamConfig{})
		streams = append(streams, s)
		count[s.vm]++
	}
	if got := p.Stats(); got.VMs != 3 || got.Streams != 7 || len(count) != 3 {
		t.Errorf("stats %+v, %d VMs in use", got, len(count))
	}
	for _, n := range count {
		if n < 2 || n > 3 {
			t.Errorf("a VM has %d of 7 streams", n)
		}
	}
	// The next stream goes where there are fewest.
	idle := streams[1].vm
	for _, s := range streams {
		if s.vm == idle {
			s.Close(t.Context())
		}
	}
	if s := newStream(t, p, StreamConfig{}); s.vm != idle {
		t.Error("the new stream isn't on the VM that has none")
	}
}

func TestOneVM(t *testing.T) {
	p := load(t, newTestRuntime(t, Config{}), "empty", PluginConfig{VMs: 1})
	a, b := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
	if a.vm != b.vm || a.id == b.id {
		t.Errorf("streams %d and %d", a.id, b.id)
	}
}

// TestGrowthFails: when no more VM can be made the ones that are there serve all streams.
func TestGrowthFails(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, never(PluginConfig{VMs: 2}))
	tries := 0
	pup.set("vm_start", func(*puppetCall, [3]uint32) uint32 { tries++; return 0 })
	for range 4 {
		newStream(t, p, StreamConfig{})
	}
	if tries != 1 {
		t.Errorf("%d tries to make a second VM, want one and then a pause", tries)
	}
	if got := p.Stats(); got.VMs != 1 || got.Streams != 4 {
		t.Errorf("stats %+v", got)
	}
}

// TestManyStreams: many streams on two VMs, both directions at once. The guest traps when calls overlap.
func TestManyStreams(t *testing.T) {
	p := load(t, newTestRuntime(t, Config{}), "xor", PluginConfig{VMs: 2})
	flip := func(b []byte) []byte {
		for i := range b {
			b[i] ^= 32
		}
		return b
	}
	var wg sync.WaitGroup
	for i := range 40 {
		s := newStream(t, p, StreamConfig{})
		for _, direction := range []func(context.Context, Buffer, bool) (Action, error){s.OnDownstreamData, s.OnUpstreamData} {
			wg.Go(func() {
				for n := range 50 {
					data := bytes.Repeat([]byte{byte(i), byte(n)}, n*50)
					b := &testBuffer{b: bytes.Clone(data)}
					if _, err := direction(t.Context(), b, false); err != nil {
						t.Error(detail(err))
						return
					}
					if !bytes.Equal(b.b, flip(data)) {
						t.Errorf("stream %d got bytes of another one", i)
						return
					}
				}
			})
		}
	}
	wg.Wait()
}

// TestLockHonoursContext: whoever waits for a VM gives up in time, and a stream whose end had to wait ends later.
func TestLockHonoursContext(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	a, b := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
	entered, leave := make(chan struct{}), make(chan struct{})
	pup.set("downstream_data", func(*puppetCall, [3]uint32) uint32 {
		close(entered)
		<-leave
		return 0
	})
	finished := make(chan error)
	go func() { _, err := a.OnDownstreamData(context.Background(), buffer(""), false); finished <- err }()
	<-entered

	cause := errors.New("the deadline")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, cause)
	defer cancel()
	if _, err := b.OnUpstreamData(ctx, buffer(""), false); !errors.Is(err, cause) {
		t.Errorf("OnUpstreamData: %v", err)
	}
	if _, err := p.NewStream(ctx, StreamConfig{}); !errors.Is(err, cause) {
		t.Errorf("NewStream: %v", err)
	}
	if err := p.Close(ctx); !errors.Is(err, cause) {
		t.Errorf("Close: %v", err)
	}
	b.Close(ctx)
	if s := p.Stats(); s.Streams != 1 {
		t.Errorf("stats %+v", s)
	}
	close(leave)
	if err := <-finished; err != nil {
		t.Error(err)
	}
	eventually(t, "the end of the stream", func() bool { return bytes.Contains([]byte(pup.Calls()), []byte("done(3) log(3) delete(3)")) })
	if err := p.Close(t.Context()); err != nil { // again, and now it works
		t.Error(err)
	}
}
