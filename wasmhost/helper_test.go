package wasmhost

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero/api"
	"go.uber.org/goleak"
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

func guest(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
	if err != nil {
		t.Fatalf("%v (run testdata/build.sh)", err)
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

// puppet drives the guest calls.wasm: its hooks run in the middle of the guest's callbacks, and make host calls as the
// guest.
type puppet struct {
	t  testing.TB
	mu sync.Mutex
	on map[string]hook
	// calls lists the callbacks that ran, with the context ids.
	calls []string
}

// hook gets the parameters of a callback, and returns its result.
type hook func(g *puppetCall, params [3]uint32) uint32

// run loads calls.wasm, runs fn within proxy_on_downstream_data of a stream with the bytes of b, and reports a failure of
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

// want checks the status of a host call.
func (g *puppetCall) want(status Status, name string, args ...uint64) {
	g.t.Helper()
	if got := g.call(name, args...); got != status {
		g.t.Errorf("%s%v = %d, want %d", name, args, got, status)
	}
}

func newPuppet(t testing.TB) *puppet { return &puppet{t: t, on: map[string]hook{}} }

// set makes fn run in a callback. It is given without its prefix proxy_on_.
func (p *puppet) set(callback string, fn hook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on["proxy_on_"+callback] = fn
}

func (p *puppet) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.calls, " ")
}

var puppetCallbacks = table(abiExports)

// foreign is the foreign function "hook". A callback without a hook returns 1 when that means success, else 0.
func (p *puppet) foreign(v *vm, arg []byte) ([]byte, Status) {
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(arg[4*i:]) }
	name := puppetCallbacks[word(0)].name
	params := [3]uint32{word(1), word(2), word(3)}
	p.mu.Lock()
	p.calls = append(p.calls, fmt.Sprintf("%s(%d)", strings.TrimPrefix(name, "proxy_on_"), params[0]))
	fn := p.on[name]
	p.mu.Unlock()
	if fn != nil {
		return nil, Status(fn(&puppetCall{t: p.t, v: v}, params))
	}
	switch name {
	case "proxy_on_vm_start", "proxy_validate_configuration", "proxy_on_configure", "proxy_on_done":
		return nil, 1
	}
	return nil, 0
}

// puppetCall makes host calls from within a callback.
type puppetCall struct {
	t testing.TB
	v *vm
}

// call makes a host call with the guest's trampoline, and returns the status.
func (g *puppetCall) call(name string, args ...uint64) Status {
	module := "env"
	if mod, fn, ok := strings.Cut(name, "."); ok {
		module, name = mod, fn
	} else {
		name = "proxy_" + name
	}
	fn := g.v.mod.ExportedFunction(module + "." + name)
	if fn == nil {
		panic("calls.wasm can't call " + module + "." + name)
	}
	res, err := fn.Call(&g.v.callCtx, args...)
	if err != nil {
		panic(err) // the callback traps, as it would without the hook in between
	}
	if len(res) == 0 {
		return 0
	}
	return Status(res[0])
}

// trap ends the guest.
func (g *puppetCall) trap() {
	_, err := g.v.mod.ExportedFunction("trap").Call(&g.v.callCtx)
	panic(err)
}

// put writes bytes where the guest isn't and returns pointer and size as parameters.
func (g *puppetCall) put(at uint32, p string) (ptr, size uint64) {
	if !g.v.mem.Write(at, []byte(p)) {
		panic("outside of memory")
	}
	return uint64(at), uint64(len(p))
}

func (g *puppetCall) u32(at uint32) uint32 {
	n, _ := g.v.mem.ReadUint32Le(at)
	return n
}

func (g *puppetCall) u64(at uint32) uint64 {
	n, _ := g.v.mem.ReadUint64Le(at)
	return n
}

// result reads the bytes whose address and size a host call wrote to outAddr and outSize.
func (g *puppetCall) result() string {
	b, ok := g.v.mem.Read(g.u32(outAddr), g.u32(outSize))
	if !ok {
		panic("the host gave a range outside of memory")
	}
	return string(b)
}

func (g *puppetCall) global(name string) api.MutableGlobal {
	return g.v.mod.ExportedGlobal(name).(api.MutableGlobal)
}

// Where hooks have host calls write to, and where they put their arguments.
const (
	outAddr = 256
	outSize = 260
	outMore = 264
	argA    = 1024
	argB    = 8192
)

// loadPuppet loads calls.wasm.
func loadPuppet(t testing.TB, p *puppet, rc Config, pc PluginConfig) *Plugin {
	t.Helper()
	r := newTestRuntime(t, rc)
	r.foreign["hook"] = p.foreign
	return load(t, r, "calls", pc)
}
