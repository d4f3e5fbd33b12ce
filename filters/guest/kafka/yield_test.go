package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/wasmhost"
)

const mib = 1 << 20

// hostCalls sees each host call of a guest.
type hostCalls struct {
	count   int
	last    time.Duration // when the guest was called, or had called the host
	longest time.Duration // that the guest worked without a host call
}

// NewFunctionListener is asked by wazero for each function, and wants those of the host only.
func (h *hostCalls) NewFunctionListener(def api.FunctionDefinition) experimental.FunctionListener {
	if def.GoFunction() == nil {
		return nil
	}
	return h
}

func (h *hostCalls) Before(context.Context, api.Module, api.FunctionDefinition, []uint64, experimental.StackIterator) {
	h.count++
	h.longest = max(h.longest, cpuTime()-h.last)
}

func (h *hostCalls) After(context.Context, api.Module, api.FunctionDefinition, []uint64) {
	h.last = cpuTime()
}

func (h *hostCalls) Abort(context.Context, api.Module, api.FunctionDefinition, error) {}

// observed starts the committed module, with a look at its host calls. limit is of the time of a call, 0 for the default.
func observed(tb testing.TB, limit time.Duration) (*wasmhost.Plugin, *hostCalls) {
	h := &hostCalls{}
	ctx := experimental.WithFunctionListenerFactory(tb.Context(), h)
	r, err := wasmhost.NewRuntime(ctx, wasmhost.Config{CacheDir: testguest.CacheDir(tb), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close(context.Background()) })
	p, err := r.Load(ctx, kafkawasm.Module, wasmhost.PluginConfig{
		Trusted: true, VMs: 1, TimeLimit: limit,
		RecycleBytes: 1 << 40, // one VM only, whose host calls are counted
	})
	if err != nil {
		tb.Fatal(err)
	}
	return p, h
}

// feed sends a request on a stream of its own, in pieces as nasp does.
func feed(tb testing.TB, p *wasmhost.Plugin, h *hostCalls, b []byte) {
	tb.Helper()
	if err := tryFeed(tb, p, h, b); err != nil {
		tb.Fatal(err)
	}
}

func tryFeed(tb testing.TB, p *wasmhost.Plugin, h *hostCalls, b []byte) error {
	tb.Helper()
	s, err := p.NewStream(tb.Context(), wasmhost.StreamConfig{})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close(tb.Context())
	for len(b) > 0 {
		n := min(64*mib, len(b))
		var buf conn.Buffer
		if err := buf.Splice(0, 0, b[:n]); err != nil {
			tb.Fatal(err)
		}
		b = b[n:]
		h.last = cpuTime()
		if _, err := s.OnDownstreamData(tb.Context(), &buf, false); err != nil {
			return err
		}
		h.longest = max(h.longest, cpuTime()-h.last)
	}
	return nil
}

// workOf is how much work a request is, as the filter tells natively.
func workOf(t *testing.T, request []byte) (total int) {
	h, err := proxywasmtest.Start(t, newRoot, proxywasmtest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	yield.Hook = func(n int) { total += n }
	defer func() { yield.Hook = nil }()
	h.Open().Downstream(request, false)
	return total
}

// TestYields: the module makes host calls in proportion to its work, however large a request is. That no piece of the work is too large, and that
// nothing is left out of it, is tested natively (filters/pii, filters/pii/piikafka).
func TestYields(t *testing.T) {
	p, h := observed(t, 0)
	sizes := map[string]int{"prose, one record": 8 * mib, "prose, 1 KiB": 20 * mib}
	for name, records := range kafkatest.Large {
		size, isLarge := sizes[name]
		if !isLarge {
			size = mib / 4
		}
		request := kafkatest.Produce(1, 1, kafkatest.Batch(records(size)...))
		least := len(request) / (256 << 10)
		if !isLarge {
			least = max(least, workOf(t, request)/(2*yield.Every))
		}
		h.count = 0
		feed(t, p, h, request)
		if h.count < least {
			t.Errorf("%s: %d host calls in a request of %d bytes, at least %d expected", name, h.count, len(request), least)
		}
	}
}

// TestOverdueRequestIsStopped: the module has no checks that could end it, but it calls the host soon.
func TestOverdueRequestIsStopped(t *testing.T) {
	request := kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Large["quoted secret"](8*mib)...))
	p, h := observed(t, 0)
	feed(t, p, h, request)
	all := h.count

	p, h = observed(t, 40*time.Millisecond) // of which starting may take ten times as long
	h.count = 0
	if err := tryFeed(t, p, h, request); !errors.Is(err, wasmhost.ErrTimeLimit) {
		t.Errorf("got %v", err)
	}
	if h.count > all/2 {
		t.Errorf("it was stopped at host call %d of %d", h.count, all)
	}
}

// BenchmarkLongestInterval is how long the module works without a host call, in milliseconds of processor time. "first" is that of the first
// request of a size, for which the guest's memory grows.
func BenchmarkLongestInterval(b *testing.B) {
	for name, records := range kafkatest.Large {
		b.Run("1 MiB/"+name, func(b *testing.B) { benchmarkInterval(b, records(mib)) })
	}
	for _, size := range []int{8, 32, 95} {
		b.Run(fmt.Sprintf("%d MiB", size), func(b *testing.B) { benchmarkInterval(b, kafkatest.Large["prose, 1 KiB"](size*mib)) })
	}
}

func benchmarkInterval(b *testing.B, records []kafkatest.Record) {
	goruntime.LockOSThread() // whose time is taken
	defer goruntime.UnlockOSThread()
	p, h := observed(b, 0)
	*h = hostCalls{}
	request := kafkatest.Produce(1, 1, kafkatest.Batch(records...))
	feed(b, p, h, request)
	first := h.longest
	feed(b, p, h, request)
	*h = hostCalls{}
	b.SetBytes(int64(len(request)))
	for b.Loop() {
		feed(b, p, h, request)
	}
	b.ReportMetric(float64(first.Microseconds())/1000, "ms-first")
	b.ReportMetric(float64(h.longest.Microseconds())/1000, "ms-longest")
	b.ReportMetric(float64(h.count)/float64(b.N)/float64(len(request))*mib, "calls/MiB")
}
