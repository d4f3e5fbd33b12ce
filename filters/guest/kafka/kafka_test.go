package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/wasmhost"
)

// filter is a started module: send gives it bytes from a client and returns what passes, metric reads one of its counters.
type filter struct {
	send   func(b []byte) []byte
	metric func(name string) uint64
}

// hosts start the module natively, from its sources, and as it is committed.
var hosts = map[string]func(t *testing.T, configuration string) (filter, error){
	"native": func(t *testing.T, configuration string) (filter, error) {
		h, err := proxywasmtest.Start(t, newRoot, proxywasmtest.Config{Configuration: []byte(configuration)})
		if err != nil {
			return filter{}, err
		}
		s := h.Open()
		return filter{
			send:   func(b []byte) []byte { passed, _ := s.Downstream(b, false); return passed },
			metric: func(name string) uint64 { v, _ := h.Metric(name); return v },
		}, nil
	},
	"wasm": func(t *testing.T, configuration string) (filter, error) {
		r, err := wasmhost.NewRuntime(t.Context(), wasmhost.Config{CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close(context.Background()) })
		p, err := r.Load(t.Context(), kafkawasm.Module, wasmhost.PluginConfig{Trusted: true, Configuration: []byte(configuration)})
		if err != nil {
			return filter{}, err
		}
		s, err := p.NewStream(t.Context(), wasmhost.StreamConfig{})
		if err != nil {
			t.Fatal(err)
		}
		return filter{
			send: func(b []byte) []byte {
				var buf conn.Buffer
				if err := buf.Splice(0, 0, b); err != nil {
					t.Fatal(err)
				}
				if _, err := s.OnDownstreamData(t.Context(), &buf, false); err != nil {
					t.Fatal(err)
				}
				return bytes.Clone(buf.Bytes())
			},
			metric: func(name string) uint64 {
				for _, m := range p.Metrics().Snapshot() {
					if m.Name == name {
						return m.Value
					}
				}
				return 0
			},
		}, nil
	},
}

func onEachHost(t *testing.T, test func(t *testing.T, start func(configuration string) (filter, error))) {
	for name, start := range hosts {
		t.Run(name, func(t *testing.T) {
			test(t, func(configuration string) (filter, error) { return start(t, configuration) })
		})
	}
}

func produce(values ...string) []byte {
	return kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text(values...)...))
}

// TestMasking sends frames whole and byte by byte.
func TestMasking(t *testing.T) {
	sent := append(produce("My email is example@email.com", "nothing"), produce("from user@example.com")...)
	want := append(produce("My email is *****************", "nothing"), produce("from ****************")...)
	for name, piece := range map[string]int{"whole": len(sent), "bytes": 1} {
		t.Run(name, func(t *testing.T) {
			onEachHost(t, func(t *testing.T, start func(string) (filter, error)) {
				f, err := start("")
				if err != nil {
					t.Fatal(err)
				}
				var got []byte
				for b := sent; len(b) > 0; b = b[piece:] {
					got = append(got, f.send(b[:piece])...)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%d bytes passed, and aren't the %d expected", len(got), len(want))
				}
				if n := f.metric("pii.topic.t.records"); n != 3 {
					t.Errorf("%d records were counted, want 3", n)
				}
				if n := f.metric("pii.email.value"); n != 2 {
					t.Errorf("%d addresses were counted, want 2", n)
				}
			})
		})
	}
}

// TestConfiguration: what the module doesn't understand it refuses, so that a mistyped key doesn't switch a protection off.
func TestConfiguration(t *testing.T) {
	onEachHost(t, func(t *testing.T, start func(string) (filter, error)) {
		for _, refused := range []string{
			"{", "[]", `{"filter": []}`, `{"filters": [{"name": "other"}]}`, `{} {}`,
			`{"filters": [{"name": "pii"}, {"name": "pii"}]}`, `{"filters": [{"name": "pii", "config": {"mistyped": true}}]}`,
		} {
			if _, err := start(refused); err == nil {
				t.Errorf("%s is accepted", refused)
			}
		}
		if _, err := start(`{"filters": [{"name": "pii", "config": {"keys": "detect"}}], "max_frame_bytes": 1048576}`); err != nil {
			t.Error(err)
		}
	})
}

// TestErrorsSayWhatIsWrong reads what the log holds of a refusal.
func TestErrorsSayWhatIsWrong(t *testing.T) {
	_, err := hosts["native"](t, `{"filters": [{"name": "other"}]}`)
	if err == nil || !strings.Contains(err.Error(), `no filter has the name "other"`) {
		t.Errorf("got %v", err)
	}
}
