package wasmhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// rootID is the id of the root context of each VM. Streams count on from it.
const rootID = 1

// vm is one instance of a plugin's module. All fields but those of background are guarded by sem.
type vm struct {
	plugin *Plugin
	sem    chan struct{} // one slot: whoever fills it may call the guest

	mod       api.Module
	mem       api.Memory
	fns       [numCallbacks]api.Function // nil where the guest has no such export; never changed once the VM is up
	allocator api.Function               // of its own, since it is called while another function runs

	callCtx    callContext
	stack      [maxParams]uint64
	allocStack [1]uint64

	// Of the running call.
	phase      phase
	running    callback
	current    uint32 // the context that the callback is for
	effective  uint32 // the context that host calls act on
	buffer     Buffer // of the running data callback
	bufferType bufferType
	resume     bool        // the guest asked to continue the direction of the running data callback
	callMaps   [2]*Headers // of the answer to an HTTP call, while the guest is told of it
	drop       bool        // the guest closed the stream of the running callback

	streams   map[uint32]*Stream
	nextID    uint32
	born      time.Time // zero while it boots
	complaint string    // the last error that the guest logged while it booted
	load      int       // streams that belong to this VM; guarded by pool.mu
	lost      bool      // it failed; guarded by pool.mu
	recycling bool      // a replacement is on its way; guarded by pool.mu
	recycleAt uint64    // bytes of memory

	memorySize atomic.Uint64 // in bytes, after the last call

	closing   bool          // takes no more streams
	finishing bool          // proxy_on_done was called for the root context
	done      chan struct{} // closed when the guest calls proxy_done then
	gone      error         // why this VM takes no more calls

	watchdog watchdog

	httpCalls    int // under way
	nextHTTPCall uint32

	events  []event
	metrics []*metric
	output  [2]lineWriter
	background
}

// newVM makes an instance, and runs it up to the point where it takes streams. Nothing is left of it when this fails.
func (p *Plugin) newVM(ctx context.Context) (*vm, error) {
	v := &vm{
		plugin:     p,
		sem:        make(chan struct{}, 1),
		bufferType: bufferNone,
		streams:    map[uint32]*Stream{},
		nextID:     rootID + 1,
		done:       make(chan struct{}),
	}
	v.callCtx = callContext{Context: context.Background(), vm: v}
	v.watchdog.init(p.cfg.TimeLimit)
	v.initOutput()
	v.initBackground()
	v.sem <- struct{}{}
	defer v.unlock()
	if err := v.boot(ctx); err != nil {
		v.retire(err)
		return nil, err
	}
	v.watchdog.started()
	v.recycleAt = v.recycleBytes()
	v.born = time.Now()
	return v, nil
}

func (v *vm) boot(ctx context.Context) error {
	if err := v.instantiate(ctx); err != nil {
		return err
	}
	if err := v.start(ctx); err != nil {
		return err
	}
	return v.configure(ctx)
}

// instantiate makes the instance and looks its functions up.
func (v *vm) instantiate(ctx context.Context) error {
	m := v.plugin.module
	resolve := func(name string) api.Module {
		if mod, ok := m.imports[name]; ok {
			return mod
		}
		return nil
	}
	v.phase = phaseStart
	defer v.endCall()
	v.callCtx.Context = ctx
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions() // the start functions are called by start
	v.watchdog.begin()
	memory := &guestMemory{}
	ctx = experimental.WithMemoryAllocator(experimental.WithImportResolver(&v.callCtx, resolve), memory)
	mod, err := m.engine.InstantiateModule(ctx, m.compiled, cfg)
	if v.watchdog.end() {
		if err == nil {
			_ = mod.Close(context.Background())
		}
		err = v.tooLong()
	}
	if err != nil {
		memory.Free()
		return v.guestError("instantiation", err)
	}
	v.mod, v.mem = mod, mod.Memory()
	for cb := range callbacks {
		v.fns[cb] = mod.ExportedFunction(callbacks[cb].name)
	}
	if v.allocator = v.fns[cbMalloc]; v.allocator == nil {
		v.allocator = v.fns[cbMemoryAllocate]
	}
	return nil
}

// start runs the module's initialisation: a reactor's _initialize and then its main, or else a command's _start.
func (v *vm) start(ctx context.Context) error {
	calls := []callback{cbStart}
	if v.fns[cbInitialize] != nil {
		calls = []callback{cbInitialize, cbMainVoid}
		if v.fns[cbMain] != nil {
			calls[1] = cbMain
		}
	}
	for _, cb := range calls {
		if err := v.callIn(ctx, phaseStart, cb, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// configure makes the root context.
func (v *vm) configure(ctx context.Context) error {
	cfg := &v.plugin.cfg
	if err := v.call(ctx, cbContextCreate, rootID, 0); err != nil {
		return err
	}
	for _, c := range []struct {
		cb   callback
		conf []byte
	}{{cbVMStart, cfg.VMConfiguration}, {cbValidateConfiguration, cfg.Configuration}, {cbConfigure, cfg.Configuration}} {
		if v.fns[c.cb] == nil {
			continue
		}
		if err := v.call(ctx, c.cb, rootID, uint64(len(c.conf))); err != nil {
			return err
		}
		if uint32(v.stack[0]) == 0 {
			return fmt.Errorf("wasmhost: plugin %q refused its configuration: %s returned false: %s",
				cfg.Name, c.cb, cmp.Or(v.complaint, "the guest doesn't say why"))
		}
	}
	return nil
}

// lock waits for the VM until ctx is done.
func (v *vm) lock(ctx context.Context) error {
	select {
	case v.sem <- struct{}{}:
		return nil
	default:
	}
	select {
	case v.sem <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wasmhost: plugin %q: gave up waiting for its VM: %w", v.plugin.cfg.Name, context.Cause(ctx))
	}
}

// unlock lets the next caller in, and then tells the embedder what happened in the meantime: it may call back.
func (v *vm) unlock() {
	events := v.events
	v.events = nil
	<-v.sem
	for _, e := range events {
		e.fire()
	}
}

// call calls an export for a context, with up to two more parameters; none, and no error, when the guest doesn't have it.
// Its result is in v.stack[0]. After an error the VM is gone.
func (v *vm) call(ctx context.Context, cb callback, id uint32, params ...uint64) error {
	return v.callIn(ctx, phaseRun, cb, uint64(id), params...)
}

func (v *vm) callIn(ctx context.Context, ph phase, cb callback, first uint64, params ...uint64) error {
	if v.fns[cb] == nil {
		return nil
	}
	v.stack[0] = first
	copy(v.stack[1:], params)
	v.current = uint32(first)
	return v.invoke(ctx, ph, cb)
}

// invoke calls an export with the parameters that are in v.stack, for the context v.current.
func (v *vm) invoke(ctx context.Context, ph phase, cb callback) error {
	v.phase, v.running, v.effective = ph, cb, v.current
	v.callCtx.Context = ctx
	v.watchdog.begin()
	err := v.fns[cb].CallWithStack(&v.callCtx, v.stack[:])
	if v.watchdog.end() {
		err = v.tooLong()
	}
	id := v.current
	v.endCall()
	if err == nil || ph == phaseStart && exitedWell(err) {
		size := uint64(v.mem.Size())
		v.memorySize.Store(size)
		if v.recycleAt > 0 && size >= v.recycleAt {
			v.plugin.pool.recycle(v)
		}
		return nil
	}
	err = v.guestError(cb.String(), err)
	v.fail(err, id)
	return err
}

// endCall forgets the running call, so that nothing of it leaks into the next.
func (v *vm) endCall() {
	v.callCtx.Context = context.Background()
	v.phase, v.current, v.effective = 0, 0, 0
	v.buffer, v.bufferType = nil, bufferNone
	v.callMaps = [2]*Headers{}
}

// tooLong is the cause of the failure of a call that took longer than it may.
func (v *vm) tooLong() error {
	limit := v.plugin.cfg.TimeLimit
	if v.born.IsZero() {
		limit *= startFactor
	}
	return fmt.Errorf("%w of %v", ErrTimeLimit, limit)
}

// exitedWell tells a main function that ended by exit(0).
func exitedWell(err error) bool {
	var exit *sys.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == 0
}

func (v *vm) guestError(callback string, err error) error {
	return &GuestError{Plugin: v.plugin.cfg.Name, Callback: callback, Err: err}
}

// fail takes a VM whose guest failed out of service. Its streams are told after the VM is unlocked, but for the one whose
// call returns the error.
func (v *vm) fail(err error, told uint32) {
	if v.gone != nil || v.born.IsZero() {
		return // while it boots, newVM does the rest
	}
	for id, s := range v.streams {
		if id != told {
			v.events = append(v.events, event{stream: s, kind: eventFailed, err: err})
		}
	}
	v.plugin.logger().LogAttrs(context.Background(), slog.LevelError, "the guest failed, its VM is discarded",
		slog.String("plugin", v.plugin.cfg.Name), slog.Int("streams", len(v.streams)), slog.String("error", detail(err)))
	v.retire(err)
	v.plugin.pool.lost(v)
}

// detail is the whole text of an error, with the guest's stack.
func detail(err error) string {
	var g *GuestError
	if errors.As(err, &g) {
		return g.Callback + ": " + g.Err.Error()
	}
	return err.Error()
}

// retire frees all that the VM holds. It makes no call into the guest.
func (v *vm) retire(why error) {
	if v.gone != nil {
		return
	}
	v.gone = why
	v.stopBackground()
	v.watchdog.stop()
	v.plugin.runtime.queues.forget(v)
	v.flushOutput()
	clear(v.streams)
	if v.mod != nil {
		_ = v.mod.Close(context.Background()) // nothing of it can fail without files or sockets
	}
	v.mem = nil // it is unmapped
}

// shutdown ends all contexts, those of streams first, and frees the VM. It fails only when the guest is still running
// when ctx is done; then it may be called again.
func (v *vm) shutdown(ctx context.Context) error {
	if err := v.lock(ctx); err != nil {
		return err
	}
	v.closing = true
	for _, s := range v.streams {
		v.events = append(v.events, event{stream: s, kind: eventFailed, err: ErrClosed})
		if s.end(ctx) != nil {
			break
		}
	}
	if v.endRoot(ctx) {
		// The guest deferred its end: its timers and queues may bring it about.
		v.unlock()
		v.awaitDone(ctx)
		if err := v.lock(ctx); err != nil {
			return err
		}
	}
	defer v.unlock()
	for _, cb := range []callback{cbLog, cbDelete} {
		if v.gone == nil {
			_ = v.call(ctx, cb, rootID) // a trap retires the VM, as is wanted anyway
		}
	}
	v.retire(ErrClosed)
	return nil
}

// endRoot tells the guest that its root context ends, once, and reports whether the guest defers that.
func (v *vm) endRoot(ctx context.Context) (deferred bool) {
	if v.gone != nil || v.finishing || v.fns[cbDone] == nil {
		return false
	}
	v.finishing = true
	err := v.call(ctx, cbDone, rootID)
	return err == nil && uint32(v.stack[0]) == 0
}

func (v *vm) awaitDone(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, v.plugin.runtime.cfg.ShutdownTimeout)
	defer cancel()
	select {
	case <-v.done:
	case <-ctx.Done():
	case <-v.ctx.Done(): // the guest failed
	}
}

// background is what a VM does on its own: timers and queue notifications. It has its own lock, because other VMs
// notify this one while they hold their own sem.
type background struct {
	ctx  context.Context // done when the VM is gone
	stop context.CancelFunc

	mu      sync.Mutex
	stopped bool
	ready   map[uint32]int // notifications due, by queue
	pumping bool

	tick       *time.Timer // guarded by sem, as the next two
	tickPeriod time.Duration
	tickRound  int
}
