package wasmhost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	pageSize = 64 << 10 // of WebAssembly

	defaultMemoryLimit     = 256 << 20
	defaultSharedLimit     = 64 << 20
	defaultShutdownTimeout = 5 * time.Second
)

// Config configures a Runtime. Its zero value works.
type Config struct {
	// Logger gets what guests log, and what happens to VMs. Default: slog.Default(). It is called while the VM is
	// locked, so a slow handler slows its streams down. Levels: trace is slog.LevelDebug-4, critical slog.LevelError+4.
	Logger *slog.Logger

	// CacheDir is a folder that keeps compiled modules between runs of the process; it is made with mode 0700 when
	// missing. It holds native code that will be run: NewRuntime refuses a folder that others own or may write to.
	// Empty: compiled modules are kept in memory only.
	CacheDir string

	// MemoryLimitBytes bounds the memory of each VM. Default: 256 MiB. It is rounded down to pages of 64 KiB.
	MemoryLimitBytes uint64

	// SharedDataLimitBytes bounds what guests of all plugins keep in shared data, and QueueLimitBytes what they keep
	// in shared queues. Default: 64 MiB each. Past it the guest gets InternalFailure.
	SharedDataLimitBytes, QueueLimitBytes uint64

	// ShutdownTimeout bounds how long Plugin.Close waits for a guest that deferred its end (proxy_on_done returned
	// false) to call proxy_done. Default: 5 s.
	ShutdownTimeout time.Duration

	// ForeignFunctions can be called by guests by proxy_call_foreign_function, besides the built-in compress and
	// uncompress (zlib).
	ForeignFunctions map[string]ForeignFunction

	// HTTPDestinations are where guests may send HTTP requests to by proxy_http_call, by the names that they use. To others the
	// guest gets BadArgument. A call that takes too long, or an answer of more than 4 MiB, is told to the guest as a failure.
	HTTPDestinations map[string]HTTPDestination

	// TrustedSHA256 lists the digests, in hexadecimal, of modules that are trusted to return, see PluginConfig.Trusted.
	TrustedSHA256 []string
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MemoryLimitBytes == 0 {
		c.MemoryLimitBytes = defaultMemoryLimit
	}
	if c.SharedDataLimitBytes == 0 {
		c.SharedDataLimitBytes = defaultSharedLimit
	}
	if c.QueueLimitBytes == 0 {
		c.QueueLimitBytes = defaultSharedLimit
	}
	if c.ShutdownTimeout == 0 {
		c.ShutdownTimeout = defaultShutdownTimeout
	}
	return c
}

// memoryLimitPages is at least one page and at most all that 32 bits can address.
func (c Config) memoryLimitPages() uint32 {
	return uint32(min(max(c.MemoryLimitBytes/pageSize, 1), math.MaxUint16+1))
}

// Runtime holds what plugins share: the compiler and its cache, shared data and queues. Its methods may be called from
// any goroutine.
type Runtime struct {
	cfg     Config
	engines [2]wazero.Runtime // for untrusted and for trusted modules
	cache   wazero.CompilationCache
	foreign map[string]foreignFunc

	destinations map[string]destination
	http         *http.Transport // of destinations without a client of their own

	shared *sharedData
	queues *sharedQueues

	compiling sync.Mutex // wazero advises against compiling one module twice at a time

	mu      sync.Mutex
	closed  bool
	plugins map[*Plugin]struct{}
}

// NewRuntime makes a Runtime; the caller closes it.
func NewRuntime(ctx context.Context, cfg Config) (*Runtime, error) {
	cfg = cfg.withDefaults()
	destinations, transport, err := newDestinations(cfg.HTTPDestinations)
	if err != nil {
		return nil, err
	}
	cache, err := newCache(cfg.CacheDir)
	if err != nil {
		return nil, err
	}
	return &Runtime{
		cfg:     cfg,
		engines: [2]wazero.Runtime{newEngine(ctx, cfg, cache, false), newEngine(ctx, cfg, cache, true)},
		cache:   cache,
		foreign: foreignFunctions(cfg.ForeignFunctions),
		shared:  newSharedData(cfg.SharedDataLimitBytes),
		queues:  newSharedQueues(cfg.QueueLimitBytes),
		plugins: map[*Plugin]struct{}{},

		destinations: destinations, http: transport,
	}, nil
}

// newEngine is the only place where wazero is configured. WithCloseOnContextDone lets a time limit stop a guest that makes
// no host call, at the price that the package documentation tells.
func newEngine(ctx context.Context, cfg Config, cache wazero.CompilationCache, trusted bool) wazero.Runtime {
	return wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().
		WithCompilationCache(cache).
		WithMemoryLimitPages(cfg.memoryLimitPages()).
		WithCloseOnContextDone(!trusted).
		WithDebugInfoEnabled(false))
}

func newCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		return wazero.NewCompilationCache(), nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("wasmhost: cannot make the cache folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("wasmhost: cannot use the cache folder: %w", err)
	}
	if goruntime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("wasmhost: cache folder %s may be written by others, who could run code in this process: "+
			"chmod go-w it: %w", dir, fs.ErrPermission)
	}
	if ownedByOthers(info) {
		return nil, fmt.Errorf("wasmhost: cache folder %s belongs to another user, who could run code in this process: "+
			"name a folder of your own: %w", dir, fs.ErrPermission)
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, fmt.Errorf("wasmhost: cannot use the cache folder: %w", err)
	}
	return cache, nil
}

func (r *Runtime) engine(trusted bool) wazero.Runtime {
	if trusted {
		return r.engines[1]
	}
	return r.engines[0]
}

// trusts tells whether a module is on the list of those that are trusted.
func (r *Runtime) trusts(wasm []byte) bool {
	if len(r.cfg.TrustedSHA256) == 0 {
		return false
	}
	sum := digest(wasm)
	return slices.ContainsFunc(r.cfg.TrustedSHA256, func(s string) bool { return strings.EqualFold(s, sum) })
}

// compile compiles a module, on all processors.
func (r *Runtime) compile(ctx context.Context, wasm []byte, trusted bool) (wazero.CompiledModule, error) {
	r.compiling.Lock()
	defer r.compiling.Unlock()
	ctx = experimental.WithCompilationWorkers(ctx, goruntime.GOMAXPROCS(0))
	return r.engine(trusted).CompileModule(ctx, wasm)
}

// Close closes all plugins, see Plugin.Close, then frees the compiled code. When a plugin can't be closed before ctx is
// done, because a guest doesn't return, its code stays in memory and Close returns an error; it may be called again.
func (r *Runtime) Close(ctx context.Context) error {
	var errs []error
	for _, p := range r.shut() {
		errs = append(errs, p.Close(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return err // code that may still be running can't be unmapped
	}
	r.http.CloseIdleConnections()
	return errors.Join(r.engines[0].Close(ctx), r.engines[1].Close(ctx), r.cache.Close(ctx))
}

func (r *Runtime) shut() []*Plugin {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var all []*Plugin
	for p := range r.plugins {
		all = append(all, p)
	}
	return all
}

func (r *Runtime) add(p *Plugin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	r.plugins[p] = struct{}{}
	return nil
}

func (r *Runtime) remove(p *Plugin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.plugins, p)
}

var _ api.Closer = (*Runtime)(nil)
