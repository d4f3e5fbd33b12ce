package wasmhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest"
	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// cacheDir keeps compiled guests between test runs: with -race compiling a Go guest takes 20 s.
var cacheDir string

func TestMain(m *testing.M) {
	dir, err := os.UserCacheDir()
	if err == nil {
		cacheDir = filepath.Join(dir, "nasp-test")
		err = os.MkdirAll(cacheDir, 0o700)
	}
	if err == nil {
		goleak.VerifyTestMain(m)
		return
	}
	if cacheDir, err = os.MkdirTemp("", "nasp-test"); err != nil { // there is no home folder
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(cacheDir)
		os.Exit(code)
	}))
}

// logRecorder keeps what is logged.
type logRecorder struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logRecorder) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logRecorder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logRecorder) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level}))
}

func newTestRuntime(t testing.TB, cfg Config) *Runtime {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.CacheDir == "" {
		cfg.CacheDir = cacheDir
	}
	r, err := NewRuntime(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// guest returns a module: of testdata, the puppet, or one of the conformance kit.
func guest(t testing.TB, name string) []byte {
	t.Helper()
	if name == "puppet" {
		return puppet.Module("0.2.1")
	}
	b, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
	if errors.Is(err, fs.ErrNotExist) {
		return wasmhosttest.Guest(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t testing.TB, r *Runtime, name string, cfg PluginConfig) *Plugin {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = name
	}
	p, err := r.Load(t.Context(), guest(t, name), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newStream(t testing.TB, p *Plugin, cfg StreamConfig) *Stream {
	t.Helper()
	s, err := p.NewStream(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// testBuffer is a Buffer with a bound.
type testBuffer struct {
	b   []byte
	max int
}

func (b *testBuffer) Len() int      { return len(b.b) }
func (b *testBuffer) Bytes() []byte { return b.b }
func (b *testBuffer) Splice(start, n int, p []byte) error {
	if start < 0 || n < 0 || start+n > len(b.b) {
		return fmt.Errorf("splice [%d,+%d) of %d bytes", start, n, len(b.b))
	}
	if b.max > 0 && len(b.b)-n+len(p) > b.max {
		return fmt.Errorf("too long")
	}
	b.b = []byte(string(b.b[:start]) + string(p) + string(b.b[start+n:]))
	return nil
}

func buffer(s string) *testBuffer { return &testBuffer{b: []byte(s)} }

// eventRecorder keeps what a guest does to its stream.
type eventRecorder struct {
	mu     sync.Mutex
	events []string
	signal chan string // may be nil
}

func (e *eventRecorder) add(s string) {
	e.mu.Lock()
	e.events = append(e.events, s)
	e.mu.Unlock()
	if e.signal != nil {
		e.signal <- s
	}
}

func (e *eventRecorder) ContinueStream(t StreamType) { e.add("continue " + t.String()) }
func (e *eventRecorder) CloseStream(t StreamType)    { e.add("close " + t.String()) }
func (e *eventRecorder) StreamFailed(err error)      { e.add("failed") }

func (e *eventRecorder) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.events, ", ")
}

// hook gets the parameters of a callback, and returns its result.
type hook func(g *puppetCall, params [3]uint32) uint32

// guestPuppet drives guests, see package puppet. Callbacks are named without proxy_on_, and host calls without proxy_.
type guestPuppet struct{ *puppet.Puppet }

func newPuppet(t testing.TB) *guestPuppet { return &guestPuppet{puppet.New(t)} }

// set makes fn run in a callback.
func (p *guestPuppet) set(callback string, fn hook) {
	if fn == nil {
		p.On("proxy_on_"+callback, nil)
		return
	}
	p.On("proxy_on_"+callback, func(g *puppet.Call, params [5]uint32) uint32 {
		return fn(&puppetCall{g}, [3]uint32(params[:]))
	})
}

// foreign is the foreign function by which the guest is driven.
func (p *guestPuppet) foreign(_ *vm, arg []byte) ([]byte, Status) {
	command, status := p.Foreign(arg)
	return command, Status(status)
}

// puppetCall makes host calls from within a callback.
type puppetCall struct{ *puppet.Call }

func importName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return "proxy_" + name
}

// call makes a host call and returns its status.
func (g *puppetCall) call(name string, args ...uint64) Status {
	return Status(g.Call.Call(importName(name), args...))
}

// want makes a host call and checks its status.
func (g *puppetCall) want(status Status, name string, args ...uint64) {
	g.TB().Helper()
	g.Want(puppet.Status(status), importName(name), args...)
}

// Where hooks have host calls write to, and where they put their arguments.
const (
	outAddr = puppet.OutA
	outSize = puppet.OutB
	argA    = puppet.ArgA
	argB    = puppet.ArgB

	all = 0xffffffff // as a size: as many bytes as there are
)

// run loads the puppet, runs fn within proxy_on_downstream_data of a stream with the bytes of b, and reports a failure of
// the guest.
func run(t testing.TB, rc Config, pc PluginConfig, sc StreamConfig, b Buffer, fn func(g *puppetCall)) Action {
	t.Helper()
	pup := newPuppet(t)
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 { fn(g); return 0 })
	s := newStream(t, loadPuppet(t, pup, rc, pc), sc)
	a, err := s.OnDownstreamData(t.Context(), b, false)
	if err != nil {
		t.Error(detail(err))
	}
	return a
}

// loadPuppet loads the guest that p drives.
func loadPuppet(t testing.TB, p *guestPuppet, rc Config, pc PluginConfig) *Plugin {
	t.Helper()
	r := newTestRuntime(t, rc)
	r.foreign[puppet.FunctionName] = p.foreign
	return load(t, r, "puppet", pc)
}
