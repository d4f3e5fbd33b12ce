package wasmhost

import (
	"testing"
)

func TestXor(t *testing.T) {
	p := load(t, newTestRuntime(t, Config{}), "xor", PluginConfig{})
	s := newStream(t, p, StreamConfig{})
	b := buffer("Hello")
	a, err := s.OnDownstreamData(t.Context(), b, false)
	if err != nil || a != ActionContinue || string(b.b) != "hELLO" {
		t.Fatalf("%v %v %q", a, err, b.b)
	}
}

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
