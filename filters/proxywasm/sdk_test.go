package proxywasm_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/testguest"
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

// load runs the test guest with a configuration in one VM.
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
	})
	return p, out, err
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

func (e *events) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

func open(t *testing.T, p *wasmhost.Plugin) (*wasmhost.Stream, *events) {
	t.Helper()
	e := &events{}
	s, err := p.NewStream(t.Context(), wasmhost.StreamConfig{Events: e, Properties: func(path []string) ([]byte, bool) {
		return []byte("127.0.0.1:9"), strings.Join(path, ".") == "source.address"
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	if _, err := s.OnNewConnection(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, e
}

// send gives text to the guest and returns what it leaves in the buffer.
func send(t *testing.T, s *wasmhost.Stream, text string) (string, wasmhost.Action, error) {
	t.Helper()
	var b conn.Buffer
	if err := b.Splice(0, 0, []byte(text)); err != nil {
		t.Fatal(err)
	}
	a, err := s.OnDownstreamData(t.Context(), &b, false)
	return string(b.Bytes()), a, err
}

func TestBuffers(t *testing.T) {
	p, _, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, p)
	for in, want := range map[string]string{
		"Upper":                          "UPPER",
		"nothing":                        "nothing",
		"Again":                          "Again",
		"Deep":                           "Deep",
		"D" + strings.Repeat("x", 9000):  "D" + strings.Repeat("x", 9000),
		"U" + strings.Repeat("y", 3<<20): "U" + strings.Repeat("Y", 3<<20),
	} {
		got, action, err := send(t, s, in)
		if err != nil || action != wasmhost.ActionContinue || got != want {
			t.Errorf("%.9s: %d bytes, %v, %v", in, len(got), action, err)
		}
	}
	if _, action, err := send(t, s, "Hold"); err != nil || action != wasmhost.ActionPause {
		t.Errorf("pause: %v, %v", action, err)
	}
	var b conn.Buffer
	if err := b.Splice(0, 0, []byte("from the server")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OnUpstreamData(t.Context(), &b, true); err != nil || string(b.Bytes()) != "FROM THE SERVER" {
		t.Errorf("upstream: %q, %v", b.Bytes(), err)
	}
}

func TestHostCalls(t *testing.T) {
	p, _, err := load(t, "of the plugin")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, p)
	got, _, err := send(t, s, "Report")
	if err != nil {
		t.Fatal(err)
	}
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
}

// TestFailuresEndOneStream: what goes wrong for one stream must not touch another one of the same VM.
func TestFailuresEndOneStream(t *testing.T) {
	p, out, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	other, otherEvents := open(t, p)
	for in, want := range map[string]string{
		"Panic with secret bytes": "the filter panicked (the value is withheld",
		"Index":                   "index out of range",
		"Error":                   "guest: an error on purpose",
	} {
		s, e := open(t, p)
		for range 2 { // the second time the filter isn't called any more
			if _, action, err := send(t, s, in); err != nil || action != wasmhost.ActionPause {
				t.Errorf("%s: %v, %v; nothing may pass", in, action, err)
			}
		}
		if e.count() != 1 {
			t.Errorf("%s: the stream was closed %d times, want once", in, e.count())
		}
		if strings.Count(out.String(), want) != 1 {
			t.Errorf("%s: the log doesn't say %q once", in, want)
		}
	}
	if strings.Contains(out.String(), "secret bytes") {
		t.Error("bytes of a stream are in the log")
	}
	if got, _, err := send(t, other, "Us"); err != nil || got != "US" || otherEvents.count() != 0 {
		t.Errorf("the other stream: %q, %v", got, err)
	}
	if st := p.Stats(); st.Failures != 0 {
		t.Errorf("%d VMs lost", st.Failures)
	}
}

func TestPanicInNewStream(t *testing.T) {
	p, _, err := load(t, "panic in NewStream")
	if err != nil {
		t.Fatal(err)
	}
	s, e := open(t, p)
	if got, action, err := send(t, s, "text"); action != wasmhost.ActionPause {
		t.Errorf("%q passed: %v, %v", got, action, err)
	}
	if e.count() == 0 {
		t.Error("the stream wasn't closed")
	}
}

func TestExitCostsTheVM(t *testing.T) {
	p, _, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, p)
	_, _, err = send(t, s, "Xit")
	var guest *wasmhost.GuestError
	if !errors.As(err, &guest) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationIsRefused(t *testing.T) {
	for _, config := range []string{"refuse", "panic"} {
		if _, _, err := load(t, config); err == nil {
			t.Errorf("%s: no error", config)
		}
	}
}

func TestEndIsTold(t *testing.T) {
	p, out, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, p)
	if err := s.OnDownstreamConnectionClose(t.Context(), wasmhost.PeerRemote); err != nil {
		t.Fatal(err)
	}
	s.Close(t.Context())
	for _, want := range []string{"closed by 2", "stream ended"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log doesn't say %q", want)
		}
	}
}
