package interop

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost"
)

// guests are the modules, by SDK.
var guests = map[string]func(t *testing.T) []byte{
	"go":   func(t *testing.T) []byte { return goGuest(t) },
	"rust": func(t *testing.T) []byte { return readFile(t, filepath.Join("testdata", "rust.wasm")) },
}

// buildGoGuest builds the guest once for all tests.
var buildGoGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "interop-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "go.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./goguest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWASM=")
	if b, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building goguest: %w\n%s", err, b)
	}
	return os.ReadFile(out)
})

func goGuest(t *testing.T) []byte {
	t.Helper()
	b, err := buildGoGuest()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// forEachGuest runs a test with a runtime of its own for each SDK.
func forEachGuest(t *testing.T, test func(t *testing.T, h *host)) {
	for sdk, guest := range guests {
		t.Run(sdk, func(t *testing.T) { test(t, newHost(t, guest(t))) })
	}
}

// host is a runtime, a guest to load into it, and what the guest logs.
type host struct {
	runtime *wasmhost.Runtime
	module  []byte
	log     lockedBuffer
}

func newHost(t *testing.T, module []byte) *host {
	h := &host{module: module}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "nasp-test") // compiling a guest takes seconds, with -race many
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	h.runtime, err = wasmhost.NewRuntime(t.Context(), wasmhost.Config{CacheDir: cache, Logger: slog.New(slog.NewTextHandler(&h.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.runtime.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the guest's log:\n%s", h.log.String())
		}
	})
	return h
}

func (h *host) load(t *testing.T, config wasmhost.PluginConfig) *wasmhost.Plugin {
	t.Helper()
	config.TimeLimit = time.Minute // machines are noisy
	p, err := h.runtime.Load(t.Context(), h.module, config)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stream is a connection whose bytes are kept by us while the guest pauses.
type stream struct {
	*wasmhost.Stream
	t          *testing.T
	downstream buffer
	resumed    chan wasmhost.StreamType
	closed     chan wasmhost.StreamType
}

const clientAddress = "192.0.2.7:4711"

func newStream(t *testing.T, p *wasmhost.Plugin) *stream {
	t.Helper()
	s := &stream{t: t, resumed: make(chan wasmhost.StreamType, 8), closed: make(chan wasmhost.StreamType, 8)}
	var err error
	s.Stream, err = p.NewStream(t.Context(), wasmhost.StreamConfig{Events: s, Properties: func(path []string) ([]byte, bool) {
		return []byte(clientAddress), strings.Join(path, ".") == "source.address"
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	if a, err := s.OnNewConnection(t.Context()); err != nil || a != wasmhost.ActionContinue {
		t.Fatalf("a new connection: %v, %v", a, err)
	}
	return s
}

func (s *stream) ContinueStream(d wasmhost.StreamType) { s.resumed <- d }
func (s *stream) CloseStream(d wasmhost.StreamType)    { s.closed <- d }

// send shows the guest more bytes from the client, and returns what goes on to the server, "" while the guest pauses.
func (s *stream) send(data string, end bool) (string, wasmhost.Action) {
	s.t.Helper()
	s.downstream = append(s.downstream, data...)
	action, err := s.OnDownstreamData(s.t.Context(), &s.downstream, end)
	if err != nil {
		s.t.Fatal(err)
	}
	if action != wasmhost.ActionContinue {
		return "", action
	}
	out := string(s.downstream)
	s.downstream = nil
	return out, action
}

func TestEdits(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		s := newStream(t, h.load(t, wasmhost.PluginConfig{}))
		long := strings.Repeat("many bytes ", 300_000)
		for _, test := range []struct{ sent, want string }{
			{"as it is", "as it is"},
			{"start of all", "<start of all"},
			{"end of all", "end of all>"},
			{"middle # of # all", "middle [middle] of # all"},
			{"replace all", "replaced"},
			{"property", clientAddress},
			{"start " + long, "<start " + long},
			{"middle " + long + "#" + long, "middle " + long + "[middle]" + long},
			{"", ""},
		} {
			if got, action := s.send(test.sent, false); got != test.want || action != wasmhost.ActionContinue {
				t.Errorf("%.40q became %.40q (%d bytes), %v; want %.40q (%d bytes)", test.sent, got, len(got), action, test.want, len(test.want))
			}
		}
		up := buffer("from the Server")
		action, err := s.OnUpstreamData(t.Context(), &up, false)
		if string(up) != "FROM THE SERVER" || action != wasmhost.ActionContinue || err != nil {
			t.Errorf("upstream: %q, %v, %v", up, action, err)
		}
	})
}

func TestPause(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		s := newStream(t, h.load(t, wasmhost.PluginConfig{}))
		type step struct {
			sent, want string
			end        bool
		}
		for _, steps := range [][]step{
			{{sent: "pause one"}, {sent: " two"}, {sent: " three.", want: "pause one two three."}},
			{{sent: "pause once.", want: "pause once."}},
			{{sent: "pause one"}, {sent: "", end: true, want: "pause one"}},
		} {
			for _, step := range steps {
				got, action := s.send(step.sent, step.end)
				if got != step.want || (action == wasmhost.ActionPause) != (step.want == "") {
					t.Errorf("%q: %q, %v; want %q", step.sent, got, action, step.want)
				}
			}
		}
	})
}

func TestTickResumes(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		p := h.load(t, wasmhost.PluginConfig{VMs: 1})
		one, other := newStream(t, p), newStream(t, p)
		for range 3 {
			if _, action := one.send("hold this", false); action != wasmhost.ActionPause {
				t.Fatalf("got %v, want a pause", action)
			}
			if d := receive(t, one.resumed); d != wasmhost.StreamDownstream {
				t.Errorf("%v is resumed, want downstream", d)
			}
			one.downstream = nil // it has gone on
		}
		if len(other.resumed) > 0 {
			t.Error("a stream that holds nothing is resumed")
		}
		await(t, "more ticks", func() bool { return metric(p, "interop.ticks").Value > 10 })
	})
}

func TestClose(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		s := newStream(t, h.load(t, wasmhost.PluginConfig{}))
		s.send("close this", false)
		if d := receive(t, s.closed); d != wasmhost.StreamDownstream {
			t.Errorf("%v is closed, want downstream", d)
		}
	})
}

func TestMetrics(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		p := h.load(t, wasmhost.PluginConfig{})
		s := newStream(t, p)
		for _, want := range []string{"counter=2 gauge=2", "counter=4 gauge=4"} {
			if got, _ := s.send("metrics", false); got != want {
				t.Errorf("the guest reads %s, want %s", got, want)
			}
		}
		for name, want := range map[string]wasmhost.MetricType{
			"interop.counter": wasmhost.MetricCounter, "interop.gauge": wasmhost.MetricGauge, "interop.histogram": wasmhost.MetricHistogram,
		} {
			if m := metric(p, name); m.Type != want {
				t.Errorf("%s is a %v, want a %v", name, m.Type, want)
			}
		}
		if m := metric(p, "interop.histogram"); m.Count != 2 || m.Value != uint64(2*len("metrics")) {
			t.Errorf("the histogram has %d values with the sum %d", m.Count, m.Value)
		}
	})
}

// TestStreamEnds counts the callbacks of a connection's life, in their order.
func TestStreamEnds(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		p := h.load(t, wasmhost.PluginConfig{})
		s := newStream(t, p)
		expect := func(name string, want uint64) {
			t.Helper()
			if got := metric(p, name).Value; got != want {
				t.Errorf("%s is %d, want %d", name, got, want)
			}
		}
		expect("interop.connections", 1)
		if err := s.OnUpstreamConnectionClose(t.Context(), wasmhost.PeerRemote); err != nil {
			t.Fatal(err)
		}
		if err := s.OnDownstreamConnectionClose(t.Context(), wasmhost.PeerLocal); err != nil {
			t.Fatal(err)
		}
		expect("interop.upstream.2", 1)
		expect("interop.downstream.1", 1)
		expect("interop.done", 0)
		s.Close(t.Context())
		s.Close(t.Context())
		expect("interop.done", 1)
	})
}

// TestSharedData has two plugins and two VMs that count together.
func TestSharedData(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		config := wasmhost.PluginConfig{VMID: "together", VMs: 2}
		p, q := h.load(t, config), h.load(t, config)
		for i, s := range []*stream{newStream(t, p), newStream(t, p), newStream(t, q)} {
			if got, want := first(s.send("shared", false)), fmt.Sprintf("n=%d mismatch", i+1); got != want {
				t.Errorf("stream %d gets %q, want %q", i, got, want)
			}
		}
		if n := p.Stats().VMs; n != 2 {
			t.Errorf("%d VMs, want one for each stream of the plugin", n)
		}
		apart := newStream(t, h.load(t, wasmhost.PluginConfig{VMID: "apart"}))
		if got := first(apart.send("shared", false)); got != "n=1 mismatch" {
			t.Errorf("another VM ID gets %q", got)
		}
	})
}

func TestQueue(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		p := h.load(t, wasmhost.PluginConfig{VMs: 2})
		const item = "queue item"
		var streams []*stream
		for range 2 {
			streams = append(streams, newStream(t, p))
		}
		const n = 20
		for i := range n {
			if got := first(streams[i%len(streams)].send(item, false)); got != item {
				t.Errorf("got %q", got)
			}
		}
		await(t, "the queue to be read", func() bool { return metric(p, "interop.dequeued").Value == uint64(n*len(item)) })
	})
}

func TestConfiguration(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		h.load(t, wasmhost.PluginConfig{VMConfiguration: []byte("of-vm"), Configuration: []byte("of-plugin")})
		for _, want := range []string{"vm=of-vm", "plugin=of-plugin"} {
			if !strings.Contains(h.log.String(), want) {
				t.Errorf("the guest didn't log %q", want)
			}
		}
		if _, err := h.runtime.Load(t.Context(), h.module, wasmhost.PluginConfig{Configuration: []byte("refuse")}); err == nil {
			t.Error("a configuration that the guest refuses is accepted")
		}
	})
}

// TestManyStreams runs streams at the same time, each with bytes of its own.
func TestManyStreams(t *testing.T) {
	forEachGuest(t, func(t *testing.T, h *host) {
		const streams, rounds = 20, 50
		p := h.load(t, wasmhost.PluginConfig{VMs: 2})
		var done sync.WaitGroup
		for i := range streams {
			s := newStream(t, p)
			done.Go(func() {
				for j := range rounds {
					sent := fmt.Sprintf("start %d.%d", i, j)
					b := buffer(sent)
					if _, err := s.OnDownstreamData(t.Context(), &b, false); err != nil || string(b) != "<"+sent {
						t.Errorf("%q became %q, %v", sent, b, err)
						return
					}
				}
			})
		}
		done.Wait()
		if n := metric(p, "interop.connections").Value; n != streams {
			t.Errorf("the guest saw %d connections, want %d", n, streams)
		}
		if failures := p.Stats().Failures; failures != 0 {
			t.Errorf("the guest failed %d times", failures)
		}
	})
}

func first(out string, _ wasmhost.Action) string { return out }

// metric returns the metric of that name, or a zero one.
func metric(p *wasmhost.Plugin, name string) wasmhost.Metric {
	for _, m := range p.Metrics().Snapshot() {
		if m.Name == name {
			return m
		}
	}
	return wasmhost.Metric{}
}

// guard bounds what must not hang.
const guard = time.Minute

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(guard):
		t.Fatal("nothing happens")
		panic("unreachable")
	}
}

func await(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	for deadline := time.Now().Add(guard); !isTrue(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// buffer is a wasmhost.Buffer.
type buffer []byte

func (b *buffer) Len() int      { return len(*b) }
func (b *buffer) Bytes() []byte { return *b }
func (b *buffer) Splice(start, n int, p []byte) error {
	if start < 0 || n < 0 || start+n > len(*b) {
		return fmt.Errorf("splice of [%d, %d+%d) in %d bytes", start, start, n, len(*b))
	}
	*b = bytes.Join([][]byte{(*b)[:start], p, (*b)[start+n:]}, nil)
	return nil
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
