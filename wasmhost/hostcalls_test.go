package wasmhost

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestLogIsBounded(t *testing.T) {
	var rec logRecorder
	run(t, Config{Logger: rec.logger(slog.LevelInfo)}, PluginConfig{}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		ptr, size := g.Put(argB, strings.Repeat("x", 100_000))
		g.want(StatusOK, "log", 2, ptr, size)
	})
	if n := strings.Count(rec.String(), "x"); n < maxLogBytes || n > maxLogBytes+100 {
		t.Errorf("%d bytes of 100000 logged, want about %d", n, maxLogBytes)
	}
}

func TestUncompressIsBounded(t *testing.T) {
	if _, status := compress(nil, make([]byte, maxUncompressed+1)); status != StatusInternalFailure {
		t.Error(status)
	}
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(make([]byte, maxUncompressed+1)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	bomb := packed.Bytes()
	if p, status := uncompress(nil, bomb); status != StatusInternalFailure {
		t.Errorf("%d bytes, status %d", len(p), status)
	}
}

func TestMetricsAreBounded(t *testing.T) {
	var m Metrics
	for i := range maxMetrics {
		if m.define(MetricGauge, fmt.Append(nil, i)) == nil {
			t.Fatal(i)
		}
	}
	if m.define(MetricGauge, []byte("one more")) != nil || m.define(MetricGauge, []byte("0")) == nil {
		t.Error("the bound doesn't hold, or holds back metrics that exist")
	}
}

func TestSharedDataCasWraps(t *testing.T) {
	d := newSharedData(1000)
	d.stamp = 1<<32 - 1
	d.set("", []byte("k"), nil, 0)
	if _, cas, _ := d.get("", []byte("k")); cas == 0 {
		t.Error("0 was given out as a cas")
	}
}

// TestForeignFunctionContext: a foreign function gets the context of the caller whose data the guest is working on.
func TestForeignFunctionContext(t *testing.T) {
	type key struct{}
	got := any(nil)
	rc := Config{ForeignFunctions: map[string]ForeignFunction{"ctx": func(ctx context.Context, _ []byte) ([]byte, Status) {
		got = ctx.Value(key{})
		return nil, StatusOK
	}}}
	pup := newPuppet(t)
	s := newStream(t, loadPuppet(t, pup, rc, PluginConfig{}), StreamConfig{})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		ptr, size := g.Put(argA, "ctx")
		g.want(StatusOK, "call_foreign_function", ptr, size, 0, 0, outAddr, outSize)
		return 0
	})
	if _, err := s.OnDownstreamData(context.WithValue(t.Context(), key{}, "a value"), buffer(""), false); err != nil || got != "a value" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestHistogramBuckets(t *testing.T) {
	var m Metrics
	h := m.define(MetricHistogram, []byte("h"))
	for _, value := range []uint64{0, 1, 1000, 1 << 63} {
		h.record(value)
	}
	b := m.Snapshot()[0].Buckets
	if b[0] != 1 || b[1] != 1 || b[10] != 1 || b[64] != 1 {
		t.Errorf("buckets %v", b)
	}
}
