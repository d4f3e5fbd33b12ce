//go:build !wasip1

package filtertest_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/libnasp/libnasp/filters/kafka/filtertest"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/wasmhost"
)

// fixed is a buffer whose bytes stay: what is measured changes nothing.
type fixed []byte

func (b fixed) Len() int                        { return len(b) }
func (b fixed) Bytes() []byte                   { return b }
func (b fixed) Splice(_, _ int, _ []byte) error { panic("something was changed") }

func stream(b *testing.B, module []byte, configuration string) *wasmhost.Stream {
	r, err := wasmhost.NewRuntime(b.Context(), wasmhost.Config{CacheDir: testguest.CacheDir(b), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close(context.Background()) })
	p, err := r.Load(b.Context(), module, wasmhost.PluginConfig{Trusted: true, VMs: 1, Configuration: []byte(configuration)})
	if err != nil {
		b.Fatal(err)
	}
	s, err := p.NewStream(b.Context(), wasmhost.StreamConfig{})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkFrames is what the base adds to a frame in Wasm, the host's call included: to one that nobody asked for, with its response, and to a Produce
// request with a filter that counts.
func BenchmarkFrames(b *testing.B) {
	module := filtertest.Module(b, "internal/counter")
	for _, size := range []int{100, 10_000, 1_000_000} {
		b.Run(fmt.Sprint("uninteresting/", size), func(b *testing.B) {
			s := stream(b, module, "requests")
			request := fixed(kafkatest.Frame(append(kafkatest.Header(12, 0, 7), make([]byte, size)...)))
			response := fixed(kafkatest.Frame(append([]byte{0, 0, 0, 7}, make([]byte, size)...)))
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.OnDownstreamData(ctx, request, false); err != nil {
					b.Fatal(err)
				}
				if _, err := s.OnUpstreamData(ctx, response, false); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2, "ns/frame")
		})
	}
	for _, configuration := range []string{"requests", "records"} {
		for _, records := range []int{1, 64} {
			values := make([]string, records)
			for i := range values {
				values[i] = string(make([]byte, 1024))
			}
			frame := fixed(kafkatest.Produce(1, 0, kafkatest.Batch(kafkatest.Text(values...)...)))
			b.Run(fmt.Sprint("count ", configuration, "/", records, " KiB"), func(b *testing.B) {
				s := stream(b, module, configuration)
				ctx := b.Context()
				b.SetBytes(int64(len(frame)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.OnDownstreamData(ctx, frame, false); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
