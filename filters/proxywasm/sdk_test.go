package proxywasm_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/internal/testguest/filter"
	"github.com/libnasp/libnasp/wasmhost"
)

// logs is a logger's output that tests may read while it is written to.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// host runs the filter of package testguest, natively or in Wasm, in one VM.
type host interface {
	open(t *testing.T) stream
	log() string
}

// stream is a connection of a host.
type stream interface {
	// downstream gives text to the filter and returns what it leaves in the buffer, "" natively when it pauses.
	downstream(t *testing.T, text string) (string, proxywasm.Action)
	upstream(t *testing.T, text string) string
	// end closes the client's side from afar, and then the stream.
	end(t *testing.T)
	closes() int // how often the filter has closed it; natively at most once
}

// properties answers the filter's questions on each host.
func properties(path []string) ([]byte, bool) {
	return []byte("127.0.0.1:9"), strings.Join(path, ".") == "source.address"
}

// onEachHost runs one test natively and in Wasm. load starts the filter with a configuration.
func onEachHost(t *testing.T, test func(t *testing.T, load func(config string) (host, error))) {
	t.Run("native", func(t *testing.T) {
		test(t, func(config string) (host, error) {
			h, err := proxywasmtest.Start(t, filter.NewRoot, proxywasmtest.Config{
				VMID: "vm", VMConfiguration: []byte("of the vm"), Configuration: []byte(config), Properties: properties,
			})
			return nativeHost{h}, err
		})
	})
	t.Run("wasm", func(t *testing.T) {
		test(t, func(config string) (host, error) {
			p, out, err := load(t, config)
			return wasmHost{p, out}, err
		})
	})
}

// started is the host of a filter that starts.
func started(t *testing.T, h host, err error) host {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type nativeHost struct{ *proxywasmtest.Host }

func (h nativeHost) open(*testing.T) stream { return nativeStream{h.Open()} }

func (h nativeHost) log() string {
	var b strings.Builder
	for _, l := range h.Log() {
		b.WriteString(l.Message + "\n")
	}
	return b.String()
}

type nativeStream struct{ *proxywasmtest.Stream }

func (s nativeStream) downstream(_ *testing.T, text string) (string, proxywasm.Action) {
	b, a := s.Downstream([]byte(text), false)
	return string(b), a
}

func (s nativeStream) upstream(_ *testing.T, text string) string {
	b, _ := s.Upstream([]byte(text), true)
	return string(b)
}

func (s nativeStream) end(*testing.T) {
	s.DownstreamClosed(proxywasm.PeerRemote)
	s.Close()
}

func (s nativeStream) closes() int {
	if s.Closed() {
		return 1
	}
	return 0
}

// load runs the test guest in Wasm with a configuration in one VM.
func load(t *testing.T, config string) (*wasmhost.Plugin, *logs, error) {
	t.Helper()
	out := &logs{}
	r, err := wasmhost.NewRuntime(t.Context(), wasmhost.Config{
		Logger: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})), CacheDir: testguest.CacheDir(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p, err := r.Load(t.Context(), testguest.Module(t), wasmhost.PluginConfig{
		Name: "guest", VMID: "vm", VMs: 1, VMConfiguration: []byte("of the vm"), Configuration: []byte(config),
		TimeLimit: time.Minute, // machines are noisy
	})
	return p, out, err
}

type wasmHost struct {
	plugin *wasmhost.Plugin
	logs   *logs
}

func (h wasmHost) log() string { return h.logs.String() }

func (h wasmHost) open(t *testing.T) stream {
	t.Helper()
	e := &events{}
	s, err := h.plugin.NewStream(t.Context(), wasmhost.StreamConfig{Events: e, Properties: properties})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	if _, err := s.OnNewConnection(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &wasmStream{s, e}
}

type wasmStream struct {
	stream *wasmhost.Stream
	events *events
}

// events notes what a guest does to its stream.
type events struct {
	mu     sync.Mutex
	closed int
}

func (*events) ContinueStream(wasmhost.StreamType) {}

func (e *events) CloseStream(wasmhost.StreamType) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed++
}

func (s *wasmStream) closes() int {
	s.events.mu.Lock()
	defer s.events.mu.Unlock()
	return s.events.closed
}

func (s *wasmStream) downstream(t *testing.T, text string) (string, proxywasm.Action) {
	t.Helper()
	b := fill(t, text)
	a, err := s.stream.OnDownstreamData(t.Context(), b, false)
	if err != nil {
		t.Error(err)
	}
	return string(b.Bytes()), proxywasm.Action(a)
}

func (s *wasmStream) upstream(t *testing.T, text string) string {
	t.Helper()
	b := fill(t, text)
	if _, err := s.stream.OnUpstreamData(t.Context(), b, true); err != nil {
		t.Error(err)
	}
	return string(b.Bytes())
}

func (s *wasmStream) end(t *testing.T) {
	t.Helper()
	if err := s.stream.OnDownstreamConnectionClose(t.Context(), wasmhost.PeerRemote); err != nil {
		t.Error(err)
	}
	s.stream.Close(t.Context())
}

func fill(t *testing.T, text string) *conn.Buffer {
	t.Helper()
	var b conn.Buffer
	if err := b.Splice(0, 0, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestBuffers(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		s := started(t, h, err).open(t)
		for in, want := range map[string]string{
			"Upper":                          "UPPER",
			"nothing":                        "nothing",
			"Again":                          "Again",
			"Deep":                           "Deep",
			"D" + strings.Repeat("x", 9000):  "D" + strings.Repeat("x", 9000),
			"U" + strings.Repeat("y", 3<<20): "U" + strings.Repeat("Y", 3<<20),
		} {
			if got, action := s.downstream(t, in); action != proxywasm.Continue || got != want {
				t.Errorf("%.9s: %d bytes, %v", in, len(got), action)
			}
		}
		if _, action := s.downstream(t, "Hold"); action != proxywasm.Pause {
			t.Errorf("pause: %v", action)
		}
		if got := s.upstream(t, "from the server"); got != "FROM THE SERVER" {
			t.Errorf("upstream: %q", got)
		}
	})
}

func TestHostCalls(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("of the plugin")
		got, _ := started(t, h, err).open(t).downstream(t, "Report")
		const answered = "proxywasm: the host answered: "
		want := []string{
			"vm=of the vm", "config=of the plugin", "opened=true", "len=6", "beyond=proxywasm: the host gave fewer bytes than it announced",
			"source=127.0.0.1:9", "missing=" + answered + "not found", "set=ok", "mine=v",
			"inc=ok", "calls=3", "last=5",
			"put=ok", "got=shared", "cas=ok", "stale=" + answered + "compare-and-swap mismatch",
			"resolve=" + answered + "not found", "enqueue=ok",
			"foreign=" + answered + "not found", "zlib=text", "clock=true", "tick=ok", "level=ok",
		}
		if got != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// TestFailuresEndOneStream: what goes wrong for one stream must not touch another one of the same VM.
func TestFailuresEndOneStream(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		other := started(t, h, err).open(t)
		for in, want := range map[string]string{
			"Panic with secret bytes": "the filter panicked (the value is withheld",
			"Index":                   "index out of range",
			"Error":                   "guest: an error on purpose",
		} {
			s := h.open(t)
			for range 2 { // the second time the filter isn't called any more
				if _, action := s.downstream(t, in); action != proxywasm.Pause {
					t.Errorf("%s: %v; nothing may pass", in, action)
				}
			}
			if n := s.closes(); n != 1 {
				t.Errorf("%s: the stream was closed %d times, want once", in, n)
			}
			if strings.Count(h.log(), want) != 1 {
				t.Errorf("%s: the log doesn't say %q once", in, want)
			}
		}
		if strings.Contains(h.log(), "secret bytes") {
			t.Error("bytes of a stream are in the log")
		}
		if got, _ := other.downstream(t, "Us"); got != "US" || other.closes() != 0 {
			t.Errorf("the other stream: %q", got)
		}
		if w, ok := h.(wasmHost); ok && w.plugin.Stats().Failures != 0 {
			t.Error("VMs were lost")
		}
	})
}

func TestPanicInNewStream(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("panic in NewStream")
		s := started(t, h, err).open(t)
		if got, action := s.downstream(t, "text"); action != proxywasm.Pause {
			t.Errorf("%q passed: %v", got, action)
		}
		if s.closes() == 0 {
			t.Error("the stream wasn't closed")
		}
	})
}

// TestExitCostsTheVM is for Wasm alone: natively it would end the test.
func TestExitCostsTheVM(t *testing.T) {
	p, out, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	s := wasmHost{p, out}.open(t).(*wasmStream)
	_, err = s.stream.OnDownstreamData(t.Context(), fill(t, "Xit"), false)
	var guest *wasmhost.GuestError
	if !errors.As(err, &guest) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationIsRefused(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		for _, config := range []string{"refuse", "panic"} {
			if _, err := load(config); err == nil {
				t.Errorf("%s: no error", config)
			}
		}
	})
}

func TestEndIsTold(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		started(t, h, err).open(t).end(t)
		for _, want := range []string{"closed by 2", "stream ended"} {
			if !strings.Contains(h.log(), want) {
				t.Errorf("the log doesn't say %q", want)
			}
		}
	})
}
