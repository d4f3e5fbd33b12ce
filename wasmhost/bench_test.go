package wasmhost

import (
	"context"
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

var classes = []struct {
	name    string
	trusted bool
}{{"trusted", true}, {"untrusted", false}}

// BenchmarkEmptyDataCallback is what the host adds to each call of a filter.
func BenchmarkEmptyDataCallback(b *testing.B) {
	for _, class := range classes {
		b.Run(class.name, func(b *testing.B) {
			p := load(b, newTestRuntime(b, Config{}), "empty", PluginConfig{Trusted: class.trusted})
			s := newStream(b, p, StreamConfig{})
			data := buffer("some bytes")
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.OnDownstreamData(ctx, data, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestEmptyDataCallbackAllocatesNothing: in the trusted class.
func TestEmptyDataCallbackAllocatesNothing(t *testing.T) {
	p := load(t, newTestRuntime(t, Config{}), "empty", PluginConfig{Trusted: true})
	s := newStream(t, p, StreamConfig{})
	data, ctx := buffer("some bytes"), t.Context()
	if n := testing.AllocsPerRun(1000, func() { _, _ = s.OnDownstreamData(ctx, data, false) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// inPlace is a Buffer whose Splice doesn't allocate.
type inPlace []byte

func (p *inPlace) Len() int      { return len(*p) }
func (p *inPlace) Bytes() []byte { return *p }
func (p *inPlace) Splice(start, n int, b []byte) error {
	copy((*p)[start:start+n], b)
	return nil
}

// BenchmarkReadAndWrite is a filter that takes all bytes and writes them back.
func BenchmarkReadAndWrite(b *testing.B) {
	p := load(b, newTestRuntime(b, Config{}), "copy", PluginConfig{Trusted: true})
	s := newStream(b, p, StreamConfig{})
	for _, size := range []int{64, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			data := inPlace(make([]byte, size))
			ctx := b.Context()
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := s.OnDownstreamData(ctx, &data, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStream is what a connection costs in the host.
func BenchmarkStream(b *testing.B) {
	p := load(b, newTestRuntime(b, Config{}), "empty", PluginConfig{VMs: 1, Trusted: true})
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		s, err := p.NewStream(ctx, StreamConfig{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close(ctx)
	}
}

// BenchmarkNewVM is what a VM of a small guest costs.
func BenchmarkNewVM(b *testing.B) {
	p := load(b, newTestRuntime(b, Config{}), "xor", PluginConfig{VMs: 1})
	b.ReportAllocs()
	for b.Loop() {
		v, err := p.newVM(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := v.shutdown(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStreamsOpenWorkClose opens 10,000 streams on two VMs, gives each some bytes, and closes them. It reports how much the guests' memory
// and Go's heap have grown between the first and the last round: nothing is left behind, in bytes.
func BenchmarkStreamsOpenWorkClose(b *testing.B) {
	for _, class := range classes {
		b.Run(class.name, func(b *testing.B) {
			p := load(b, newTestRuntime(b, Config{}), "xor", PluginConfig{VMs: 2, Trusted: class.trusted})
			ctx := b.Context()
			streams := make([]*Stream, 10_000)
			round := func() {
				for i := range streams {
					s, err := p.NewStream(ctx, StreamConfig{})
					if err != nil {
						b.Fatal(err)
					}
					streams[i] = s
				}
				data := inPlace(make([]byte, 64))
				for _, s := range streams {
					if _, err := s.OnDownstreamData(ctx, &data, false); err != nil {
						b.Fatal(err)
					}
				}
				for i, s := range streams {
					s.Close(ctx)
					streams[i] = nil
				}
			}
			sizes := func() (guests, heap int64) {
				goruntime.GC()
				var m goruntime.MemStats
				goruntime.ReadMemStats(&m)
				return int64(p.Stats().Memory), int64(m.HeapAlloc)
			}
			round()
			guests, heap := sizes()
			for b.Loop() {
				round()
			}
			guests2, heap2 := sizes()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(streams)), "ns/stream")
			b.ReportMetric(float64(guests2-guests), "B-guests-grown")
			b.ReportMetric(float64(heap2-heap), "B-heap-grown")
		})
	}
}

// BenchmarkTenThousandStreams is a data callback of one of 10,000 streams on two VMs, each in turn.
func BenchmarkTenThousandStreams(b *testing.B) {
	for _, class := range classes {
		b.Run(class.name, func(b *testing.B) {
			p := load(b, newTestRuntime(b, Config{}), "empty", PluginConfig{VMs: 2, Trusted: class.trusted})
			streams := make([]*Stream, 10_000)
			for i := range streams {
				streams[i] = newStream(b, p, StreamConfig{})
			}
			data, ctx, i := buffer("some bytes"), b.Context(), 0
			b.ReportAllocs()
			for b.Loop() {
				if _, err := streams[i%len(streams)].OnDownstreamData(ctx, data, false); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkLoop is a guest that works on each byte in a loop, where the checks of untrusted guests cost the most.
func BenchmarkLoop(b *testing.B) {
	for _, class := range classes {
		b.Run(class.name, func(b *testing.B) {
			p := load(b, newTestRuntime(b, Config{}), "xor", PluginConfig{Trusted: class.trusted})
			s := newStream(b, p, StreamConfig{})
			data, ctx := inPlace(make([]byte, 16<<10)), b.Context()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := s.OnDownstreamData(ctx, &data, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPause collects garbage while a guest works in a loop, and reports how long that stops the world. Between two host calls the guest
// works on as many bytes as the name says, one by one: compiled code can be stopped there only, and in untrusted guests in each turn of a loop.
func BenchmarkPause(b *testing.B) {
	b.Run("no guest", func(b *testing.B) { collect(b) })
	for _, class := range classes {
		for _, size := range []int{64 << 10, 256 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%d KiB", class.name, size>>10), func(b *testing.B) {
				p := load(b, newTestRuntime(b, Config{}), "xor", PluginConfig{Trusted: class.trusted, TimeLimit: time.Minute})
				s := newStream(b, p, StreamConfig{})
				ctx, cancel := context.WithCancel(b.Context())
				done := make(chan error)
				go func() {
					data := inPlace(make([]byte, size))
					for ctx.Err() == nil {
						if _, err := s.OnDownstreamData(context.Background(), &data, false); err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
				collect(b)
				cancel()
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// collect collects garbage, and reports the pauses of the process: the median of the collections, and the longest.
func collect(b *testing.B) {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	before := stats.NumGC
	for b.Loop() {
		goruntime.GC()
	}
	debug.ReadGCStats(&stats)
	pauses := stats.Pause[:min(int(stats.NumGC-before), len(stats.Pause))]
	slices.Sort(pauses)
	b.ReportMetric(pauses[len(pauses)/2].Seconds()*1e6, "us-median")
	b.ReportMetric(pauses[len(pauses)-1].Seconds()*1e6, "us-longest")
}
