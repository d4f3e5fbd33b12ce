package wasmhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"
)

// FailurePolicy tells what becomes of new streams while a plugin has no working VM.
type FailurePolicy uint8

const (
	// FailClosed refuses new streams. It is the default.
	FailClosed FailurePolicy = iota
	// FailOpen lets new streams go on without the plugin.
	FailOpen
)

func (p FailurePolicy) String() string { return nameOf([]string{"closed", "open"}, uint32(p)) }

const (
	defaultMinBackoff = 200 * time.Millisecond
	defaultMaxBackoff = 30 * time.Second
)

// PluginConfig configures a plugin. Its zero value works.
type PluginConfig struct {
	// Name is for logs, errors and the property plugin_name.
	Name string
	// RootID and VMID are what the guest gets as plugin_root_id and plugin_vm_id. Plugins with the same VMID, also the
	// empty one, share shared data and queues.
	RootID, VMID string
	// VMConfiguration and Configuration are given to proxy_on_vm_start and proxy_on_configure. They must not be
	// changed afterwards.
	VMConfiguration, Configuration []byte
	// VMs bounds the number of VMs. Default: GOMAXPROCS. One is started by Load, others when all have a stream.
	VMs int
	// SHA256 is the digest, in hexadecimal, that the module must have. Empty: any.
	SHA256 string
	// Trusted says that the guest always returns within 1 ms or makes a host call in the meantime. Then it runs at full
	// speed, but a guest that breaks this promise can't be stopped, and holds up the garbage collector and with it
	// the whole process. Modules of Config.TrustedSHA256 are trusted without this. All others are untrusted: a call
	// that takes too long is ended, which makes calls and loops slower. The package documentation has figures.
	Trusted bool
	// TimeLimit bounds each call into the guest; starting a VM may take ten times as long. A call that takes longer costs
	// the guest its VM, like a trap; it ends within a quarter more than the limit. A trusted guest is ended at its next
	// host call, or return. Time in host calls counts. Default: 1 s, and 10 s for trusted guests.
	TimeLimit time.Duration
	// FailurePolicy applies to new streams while no VM works.
	FailurePolicy FailurePolicy
	// MinBackoff and MaxBackoff bound the delay before a failed VM is replaced, which doubles with each failure.
	// Default: 200 ms and 30 s.
	MinBackoff, MaxBackoff time.Duration
	// Metrics holds the metrics that the guest defines. Default: one for this plugin alone, see Plugin.Metrics.
	Metrics *Metrics
	// RecycleBytes is the size of guest memory from which on a VM is replaced by a new one: memory of a guest never shrinks.
	// Streams stay until they end. Default: half of Config.MemoryLimitBytes.
	RecycleBytes uint64
	// LogLines and LogBytes bound what guests log each second; what is more is dropped and counted. Default: 1000 lines and
	// 1 MiB.
	LogLines, LogBytes int
	// Environment is what the guest sees as its environment variables. Default: none. Those of the process are never given to guests.
	Environment map[string]string
}

func (c PluginConfig) withDefaults() PluginConfig {
	if c.VMs <= 0 {
		c.VMs = goruntime.GOMAXPROCS(0)
	}
	if c.MinBackoff <= 0 {
		c.MinBackoff = defaultMinBackoff
	}
	if c.MaxBackoff <= 0 {
		c.MaxBackoff = defaultMaxBackoff
	}
	if c.TimeLimit <= 0 {
		c.TimeLimit = defaultUntrustedTimeLimit
		if c.Trusted {
			c.TimeLimit = defaultTrustedTimeLimit
		}
	}
	c.MaxBackoff = max(c.MaxBackoff, c.MinBackoff)
	if c.LogLines <= 0 {
		c.LogLines = defaultLogLines
	}
	if c.LogBytes <= 0 {
		c.LogBytes = defaultLogBytes
	}
	if c.Metrics == nil {
		c.Metrics = new(Metrics)
	}
	return c
}

// Plugin is one guest module with one configuration. Its methods may be called from any goroutine.
type Plugin struct {
	runtime    *Runtime
	cfg        PluginConfig
	module     *module
	pool       pool
	ctx        context.Context // done when the plugin is being closed
	cancel     context.CancelFunc
	logRate    logRate
	goroutines sync.WaitGroup // everything that runs on its own
	stats      struct{ failures, restarts, skipped, refused, recycled atomic.Uint64 }
	environ    [][]byte // NAME=value and a NUL, each

	closing sync.Mutex
	closed  bool
}

// Load compiles wasm and starts a first VM, so that a module that can't run or a configuration that the guest refuses
// shows here. It keeps nothing of wasm.
func (r *Runtime) Load(ctx context.Context, wasm []byte, cfg PluginConfig) (*Plugin, error) {
	cfg.Trusted = cfg.Trusted || r.trusts(wasm)
	cfg = cfg.withDefaults()
	fail := func(err error) error { return fmt.Errorf("wasmhost: cannot load plugin %q: %w", cfg.Name, err) }
	if err := checkDigest(wasm, cfg.SHA256); err != nil {
		return nil, fail(err)
	}
	if cfg.RecycleBytes == 0 {
		cfg.RecycleBytes = r.cfg.MemoryLimitBytes / 2
	}
	p := &Plugin{runtime: r, cfg: cfg}
	p.logRate.maxLines, p.logRate.maxBytes = float64(cfg.LogLines), float64(cfg.LogBytes)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.pool = pool{plugin: p, size: cfg.VMs}
	p.environ = environ(cfg.Environment)
	p.closing.Lock() // should the runtime be closed now, it waits
	defer p.closing.Unlock()
	if err := r.add(p); err != nil {
		return nil, fail(err)
	}
	if err := p.load(ctx, wasm); err != nil {
		return nil, fail(errors.Join(err, p.close(ctx)))
	}
	return p, nil
}

func (p *Plugin) load(ctx context.Context, wasm []byte) (err error) {
	if p.module, err = p.runtime.newModule(ctx, wasm, p.cfg.Trusted); err != nil {
		return err
	}
	v, err := p.newVM(ctx)
	if err != nil {
		return err
	}
	p.pool.put(v)
	return nil
}

// LoadFile is Load for a module in a file.
func (r *Runtime) LoadFile(ctx context.Context, path string, cfg PluginConfig) (*Plugin, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("wasmhost: cannot load plugin %q: %w", cfg.Name, err)
	}
	return r.Load(ctx, wasm, cfg)
}

// ABIVersion returns the version of the ABI that the guest speaks, for example "0.2.1".
func (p *Plugin) ABIVersion() string { return p.module.abi }

// Trusted tells whether the guest runs without termination checks, see PluginConfig.Trusted.
func (p *Plugin) Trusted() bool { return p.cfg.Trusted }

// Exports tells whether the guest exports a function of this name.
func (p *Plugin) Exports(name string) bool {
	_, ok := p.module.exports[name]
	return ok
}

// HandlesDownstream tells whether the guest wants to see bytes from the client.
func (p *Plugin) HandlesDownstream() bool { return p.module.has(cbDownstreamData) }

// HandlesUpstream tells whether the guest wants to see bytes from the server.
func (p *Plugin) HandlesUpstream() bool { return p.module.has(cbUpstreamData) }

// Metrics returns the metrics of the guest.
func (p *Plugin) Metrics() *Metrics { return p.cfg.Metrics }

// Stats counts what happened to a plugin's VMs and streams.
type Stats struct {
	VMs      int    // working now
	Streams  int    // on those
	Memory   uint64 // of guests now, in bytes
	Failures uint64 // of guests, each of which cost a VM
	Restarts uint64 // VMs that replaced a failed one
	Recycled uint64 // VMs that were replaced because their memory had grown
	Skipped  uint64 // streams that went on without the plugin, by FailOpen
	Refused  uint64 // streams that were refused for want of a VM, by FailClosed
	// LogDropped counts messages of guests that were not logged, see PluginConfig.LogLines.
	LogDropped uint64
}

// Stats returns the counts so far.
func (p *Plugin) Stats() Stats {
	s := Stats{
		Failures: p.stats.failures.Load(),
		Restarts: p.stats.restarts.Load(),
		Skipped:  p.stats.skipped.Load(),
		Refused:  p.stats.refused.Load(),
		Recycled: p.stats.recycled.Load(),

		LogDropped: p.logRate.total(),
	}
	p.pool.mu.Lock()
	defer p.pool.mu.Unlock()
	s.VMs = len(p.pool.vms)
	for _, list := range [][]*vm{p.pool.vms, p.pool.draining} {
		for _, v := range list {
			s.Streams += v.load
			s.Memory += v.memorySize.Load()
		}
	}
	return s
}

// NewStream makes a stream on the VM that has the fewest. ctx bounds the wait for the VM. While there is no working VM
// the error is ErrUnavailable or ErrSkip, by the FailurePolicy. The caller closes the stream.
func (p *Plugin) NewStream(ctx context.Context, cfg StreamConfig) (*Stream, error) {
	return p.newStream(ctx, cfg, nil)
}

func (p *Plugin) newStream(ctx context.Context, cfg StreamConfig, http *httpState) (*Stream, error) {
	for p.ctx.Err() == nil {
		v := p.pool.take(ctx)
		if v == nil {
			return nil, p.unavailable(nil)
		}
		s, err := v.newStream(ctx, cfg, http)
		if err == nil {
			return s, nil
		}
		p.pool.release(v)
		var guest *GuestError
		switch {
		case errors.Is(err, ErrClosed):
			// The plugin is being closed.
		case !errors.As(err, &guest):
			return nil, err // ctx is done
		case guest.Callback == cbContextCreate.String():
			return nil, p.unavailable(err)
		}
		// It failed while this stream waited for it: try another one.
	}
	return nil, fmt.Errorf("%w: plugin %q", ErrClosed, p.cfg.Name)
}

// unavailable is what NewStream returns without a VM; cause may be nil.
func (p *Plugin) unavailable(cause error) error {
	err := ErrUnavailable
	if p.cfg.FailurePolicy == FailOpen {
		err = ErrSkip
		p.stats.skipped.Add(1)
	} else {
		p.stats.refused.Add(1)
	}
	if cause != nil {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return fmt.Errorf("%w: plugin %q", err, p.cfg.Name)
}

// Close ends all streams and then the root context of each VM (on_done, on_log, on_delete), and frees them. A guest
// that defers its end is waited for as long as Config.ShutdownTimeout says. When ctx is done while a guest is still running Close
// returns an error and may be called again.
func (p *Plugin) Close(ctx context.Context) error {
	p.closing.Lock()
	defer p.closing.Unlock()
	return p.close(ctx)
}

func (p *Plugin) close(ctx context.Context) error {
	if p.closed {
		return nil
	}
	p.cancel()
	var wg sync.WaitGroup
	vms := p.pool.close()
	errs := make([]error, len(vms))
	for i, v := range vms {
		wg.Go(func() { errs[i] = v.shutdown(ctx) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.goroutines.Wait()
	p.closed = true
	p.runtime.remove(p)
	if p.module == nil {
		return nil
	}
	return p.module.close(ctx)
}

func (p *Plugin) logger() *slog.Logger { return p.runtime.cfg.Logger }
