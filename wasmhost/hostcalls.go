package wasmhost

import (
	"context"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// phase tells what a VM is doing, and so which host calls it may make. The others trap, as in Envoy.
type phase uint8

const (
	phaseStart phase = 1 << iota // _initialize, main, _start
	phaseAlloc                   // the allocator, within another host call
	phaseRun                     // every callback

	phaseAny = phaseStart | phaseAlloc | phaseRun
)

func (p phase) String() string {
	switch p {
	case phaseStart:
		return "while the module starts"
	case phaseAlloc:
		return "by the allocator"
	default:
		return "now"
	}
}

// hostFunc is a host call. It gets the parameters as wazero passes them: the upper half of an i32 is garbage, so they
// are read by u32. What it returns is the i32 that the guest gets.
type hostFunc func(v *vm, params []uint64) uint32

// hostCall is one row of the table of imports.
type hostCall struct {
	fn        hostFunc
	signature string // see callbacks
	during    phase
	voidToo   bool // guests of ABI 0.1.0 import it with or without its result
}

// proxyCalls are the imports of module env. They are built on demand, so that the functions may refer to the table.
func proxyCalls() map[string]hostCall {
	calls := map[string]hostCall{
		"proxy_log": {fn: proxyLog, signature: "iii:i", during: phaseAny},

		"emscripten_notify_memory_growth": {fn: ignore, signature: "i:", during: phaseAny},
		"pthread_equal":                   {fn: pthreadEqual, signature: "ii:i", during: phaseAny},
	}
	add := func(signature string, fn hostFunc, names ...string) {
		for _, name := range names {
			calls["proxy_"+name] = hostCall{fn: fn, signature: signature, during: phaseRun}
		}
	}
	add("i:i", proxyGetLogLevel, "get_log_level")
	add("i:i", proxyGetCurrentTime, "get_current_time_nanoseconds")
	add("i:i", proxySetTickPeriod, "set_tick_period_milliseconds")
	add(":i", proxyDone, "done")
	add("i:i", proxySetEffectiveContext, "set_effective_context")
	add("ii:i", proxyGetConfiguration, "get_configuration")
	add("iii:i", proxyGetStatus, "get_status")

	add("iiiii:i", proxyGetBufferBytes, "get_buffer_bytes")
	add("iiiii:i", proxySetBufferBytes, "set_buffer_bytes")
	add("iii:i", proxyGetBufferStatus, "get_buffer_status")

	add("ii:i", proxyGetHeaderMapSize, "get_header_map_size")
	add("iii:i", proxyGetHeaderMapPairs, "get_header_map_pairs")
	add("iii:i", proxySetHeaderMapPairs, "set_header_map_pairs")
	add("iii:i", proxyRemoveHeaderMapValue, "remove_header_map_value")
	add("iiiii:i", proxyGetHeaderMapValue, "get_header_map_value")
	add("iiiii:i", proxyAddHeaderMapValue, "add_header_map_value")
	add("iiiii:i", proxyReplaceHeaderMapValue, "replace_header_map_value")

	add("i:i", proxyContinueStream, "continue_stream")
	add("i:i", proxyCloseStream, "close_stream")
	add(":i", proxyContinueRequest, "continue_request")
	add(":i", proxyContinueResponse, "continue_response")
	add(":i", nothing, "clear_route_cache")
	for _, name := range []string{"proxy_continue_request", "proxy_continue_response", "proxy_clear_route_cache"} {
		c := calls[name]
		c.voidToo = true
		calls[name] = c
	}
	add("iiiiiiii:i", proxySendLocalResponse, "send_local_response")

	add("iiiiiiiiii:i", proxyHTTPCall, "http_call")
	add("iiiiiiiiiiii:i", proxyGRPCCall, "grpc_call")
	add("iiiiiiiii:i", proxyGRPCStream, "grpc_stream")
	add("iiii:i", proxyGRPCSend, "grpc_send")
	add("i:i", noSuchCall, "grpc_cancel", "grpc_close")

	add("iiiii:i", proxySetSharedData, "set_shared_data")
	add("iiiii:i", proxyGetSharedData, "get_shared_data")
	add("iii:i", proxyRegisterSharedQueue, "register_shared_queue")
	add("iiiii:i", proxyResolveSharedQueue, "resolve_shared_queue")
	add("iii:i", proxyEnqueueSharedQueue, "enqueue_shared_queue")
	add("iii:i", proxyDequeueSharedQueue, "dequeue_shared_queue")

	add("iiii:i", proxyDefineMetric, "define_metric")
	add("iI:i", proxyRecordMetric, "record_metric")
	add("iI:i", proxyIncrementMetric, "increment_metric")
	add("ii:i", proxyGetMetric, "get_metric")

	add("iiii:i", proxyGetProperty, "get_property")
	add("iiii:i", proxySetProperty, "set_property")
	add("iiiiii:i", proxyCallForeignFunction, "call_foreign_function")
	return calls
}

// hostModules are all modules that a guest may import from.
func hostModules() map[string]map[string]hostCall {
	wasi := wasiCalls()
	return map[string]map[string]hostCall{
		"env":                    proxyCalls(),
		"wasi_snapshot_preview1": wasi,
		"wasi_unstable":          wasi,
	}
}

// makeImports makes the host modules that the guest imports, with just the functions that it imports and with the types
// that it expects: so a guest can't clash with another one that expects other types.
func (m *module) makeImports(ctx context.Context) error {
	if len(m.compiled.ImportedMemories()) > 0 {
		return fmt.Errorf("it imports a memory; Proxy-Wasm needs a module that has its own")
	}
	known := hostModules()
	builders := map[string]wazero.HostModuleBuilder{}
	for _, def := range m.compiled.ImportedFunctions() {
		modName, name, _ := def.Import()
		call, ok := known[modName][name]
		if !ok {
			return fmt.Errorf("it imports %s.%s, which is no part of the Proxy-Wasm ABI", modName, name)
		}
		h, err := bind(call, name, def)
		if err != nil {
			return fmt.Errorf("its import %s.%s %w", modName, name, err)
		}
		b := builders[modName]
		if b == nil {
			b = m.engine.NewHostModuleBuilder(modName)
			builders[modName] = b
		}
		b.NewFunctionBuilder().WithGoModuleFunction(h, def.ParamTypes(), def.ResultTypes()).WithName(name).Export(name)
	}
	return m.instantiateImports(ctx, builders)
}

func (m *module) instantiateImports(ctx context.Context, builders map[string]wazero.HostModuleBuilder) error {
	m.imports = map[string]api.Module{}
	for name, b := range builders {
		code, err := b.Compile(ctx)
		if err != nil {
			return fmt.Errorf("cannot compile the host module %s: %w", name, err)
		}
		m.hostCode = append(m.hostCode, code)
		// Without a name, since each plugin has its own.
		inst, err := m.engine.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			return fmt.Errorf("cannot make the host module %s: %w", name, err)
		}
		m.imports[name] = inst
	}
	return nil
}

// boundCall is a host call as one guest imports it.
type boundCall struct {
	fn     hostFunc
	name   string
	during phase
	result bool
}

func bind(c hostCall, name string, def api.FunctionDefinition) (*boundCall, error) {
	want, got := c.signature, signatureOf(def.ParamTypes(), def.ResultTypes())
	void, _, _ := strings.Cut(want, ":")
	if got != want && !(c.voidToo && got == void+":") {
		return nil, fmt.Errorf("has type %s, expected %s", describe(got), describe(want))
	}
	return &boundCall{fn: c.fn, name: name, during: c.during, result: len(def.ResultTypes()) > 0}, nil
}

// Call implements api.GoModuleFunction.
func (b *boundCall) Call(ctx context.Context, mod api.Module, stack []uint64) {
	v := vmFrom(ctx)
	if v.phase&b.during == 0 {
		panic(&forbiddenCallError{call: b.name, phase: v.phase})
	}
	if v.watchdog.overdue() {
		panic(ErrTimeLimit)
	}
	if v.mem == nil { // a start section runs before instantiation is over
		v.mem = mod.Memory()
	}
	result := b.fn(v, stack)
	if b.result {
		stack[0] = uint64(result)
	}
}

// callContext is the context of every call into a VM. It is a part of the VM, so that a call allocates nothing, and
// tells host calls which VM made them.
type callContext struct {
	context.Context // of who called the host
	vm              *vm
}

type vmKey struct{}

// Value answers for the VM only: wazero looks up a key at each call, and shouldn't search a long chain for it.
func (c *callContext) Value(key any) any {
	if key == (vmKey{}) {
		return c.vm
	}
	return nil
}

// Done is closed when a call takes too long, which ends an untrusted guest. That the caller gives up doesn't: other
// streams share the VM. It is read by goroutines of wazero that may outlive the call, so it touches nothing that changes.
func (c *callContext) Done() <-chan struct{} { return c.vm.watchdog.expired }

// Err goes with Done.
func (c *callContext) Err() error {
	if c.vm.watchdog.overdue() {
		return context.DeadlineExceeded
	}
	return nil
}

func vmFrom(ctx context.Context) *vm {
	if c, ok := ctx.(*callContext); ok {
		return c.vm
	}
	return ctx.Value(vmKey{}).(*vm) // during instantiation it is wrapped
}

func u32(s []uint64, i int) uint32 { return api.DecodeU32(s[i]) }

// nothing is for calls that have no meaning here but must not fail.
func nothing(*vm, []uint64) uint32 { return uint32(StatusOK) }

func ignore(*vm, []uint64) uint32 { return 0 }

func pthreadEqual(_ *vm, s []uint64) uint32 {
	if u32(s, 0) == u32(s, 1) {
		return 1
	}
	return 0
}
