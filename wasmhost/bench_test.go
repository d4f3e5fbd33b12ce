package wasmhost

import (
	"fmt"
	"testing"
)

// BenchmarkEmptyDataCallback is what the host adds to each call of a filter.
func BenchmarkEmptyDataCallback(b *testing.B) {
	p := load(b, newTestRuntime(b, Config{}), "empty", PluginConfig{})
	s := newStream(b, p, StreamConfig{})
	data := buffer("some bytes")
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.OnDownstreamData(ctx, data, false); err != nil {
			b.Fatal(err)
		}
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
	p := load(b, newTestRuntime(b, Config{}), "copy", PluginConfig{})
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
	p := load(b, newTestRuntime(b, Config{}), "empty", PluginConfig{VMs: 1})
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
