package wasmhosttest

import (
	"slices"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var generalChecks = []check{
	{"general/log", nil, logMessages},
	{"general/log level", nil, logLevel},
	{"general/time", []string{"time-64-bits"}, currentTime},
	{"general/get_configuration", []string{"proxy_on_vm_start", "proxy_on_configure", "abi-0.1.0-get_configuration"}, getConfiguration},
	{"general/effective context", []string{"effective-leak"}, effectiveContext},
	{"general/status of calls", nil, statusOfCalls},
	{"general/gRPC", nil, grpc},
	{"general/env", nil, env},
}

func logMessages(t *T) {
	var log messageLog
	t.run(setup{runtime: RuntimeConfig{Log: log.add, LogLevel: 3}}, data(""), func(g *puppet.Call) {
		for level, text := range []string{"tracing", "debugging", "informing", "warning", "erring", "critical"} {
			ptr, size := g.Put(puppet.ArgA, text)
			g.Want(puppet.OK, "proxy_log", uint64(level), ptr, size)
		}
		g.Want(puppet.OK, "proxy_log", 3, 0, 0)
		g.Want(puppet.BadArgument, "proxy_log", 6, puppet.ArgA, 1)
		g.Want(puppet.BadArgument, "proxy_log", all, puppet.ArgA, 1)
		g.Want(puppet.InvalidMemoryAccess, "proxy_log", 3, all, 4)
		g.Want(puppet.InvalidMemoryAccess, "proxy_log", 3, 0, all)
	})
	got := slices.DeleteFunc(log.messages(), func(m string) bool { return m == "3:" })
	if want := []string{"3:warning", "4:erring", "5:critical"}; !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}

func logLevel(t *T) {
	for level := range uint32(6) {
		t.run(setup{runtime: RuntimeConfig{LogLevel: level}}, data(""), func(g *puppet.Call) {
			g.Want(puppet.OK, "proxy_get_log_level", puppet.OutA)
			if got := g.Uint32(puppet.OutA); got != level {
				t.Errorf("level %d, want %d", got, level)
			}
			g.Want(puppet.InvalidMemoryAccess, "proxy_get_log_level", all)
		})
	}
}

func currentTime(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		before := time.Now()
		g.Want(puppet.OK, "proxy_get_current_time_nanoseconds", puppet.OutA)
		if got := time.Unix(0, int64(g.Uint64(puppet.OutA))); got.Before(before) || got.After(time.Now()) {
			t.Errorf("the time is %v, and not between %v and now", got, before)
		}
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_current_time_nanoseconds", all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_current_time_nanoseconds", all-6)
	})
}

func getConfiguration(t *T) {
	for _, abi := range puppet.Versions {
		p := t.puppet()
		for callback, want := range map[string]string{"proxy_on_vm_start": "of the VM", "proxy_on_configure": "of the plugin"} {
			p.On(callback, func(g *puppet.Call, params [5]uint32) uint32 {
				if params[1] != uint32(len(want)) {
					t.Errorf("%s is told %d bytes, want %d", callback, params[1], len(want))
				}
				g.Want(puppet.OK, "proxy_get_configuration", puppet.OutA, puppet.OutB)
				if got := g.Result(); got != want {
					t.Errorf("%s: %q, want %q", callback, got, want)
				}
				g.Want(puppet.InvalidMemoryAccess, "proxy_get_configuration", all, puppet.OutB)
				g.Want(puppet.InvalidMemoryAccess, "proxy_get_configuration", puppet.OutA, all)
				return 1
			})
		}
		t.load(p, setup{abi: abi, plugin: PluginConfig{VMConfiguration: []byte("of the VM"), Configuration: []byte("of the plugin")}})
	}
}

func effectiveContext(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	var ids []uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { ids = append(ids, params[0], params[1]); return 0 })
	named := func(name string) StreamConfig {
		return StreamConfig{Properties: func(path []string) ([]byte, bool) { return []byte(name), path[0] == "who" }}
	}
	a, b := t.stream(plugin, named("a")), t.stream(plugin, named("b"))
	root, idB := uint64(ids[1]), uint64(ids[2])
	who := func(g *puppet.Call, want string) {
		t.Helper()
		ptr, size := g.Put(puppet.ArgA, "who")
		got := ""
		if g.Call("proxy_get_property", ptr, size, puppet.OutA, puppet.OutB) == puppet.OK {
			got = g.Result()
		}
		if got != want {
			t.Errorf("the effective context is of stream %q, want %q", got, want)
		}
	}
	t.onData(p, a, data(""), func(g *puppet.Call) {
		who(g, "a")
		g.Want(puppet.OK, "proxy_set_effective_context", idB)
		who(g, "b")
		g.Want(puppet.BadArgument, "proxy_set_effective_context", 4_000_000)
		who(g, "b")
		g.Want(puppet.OK, "proxy_set_effective_context", root)
		who(g, "")
		g.Want(puppet.OK, "proxy_set_effective_context", 0)
		who(g, "a")
		g.Want(puppet.OK, "proxy_set_effective_context", idB) // and isn't set back
	})
	t.onData(p, a, data(""), func(g *puppet.Call) { who(g, "a") })
	b.Close(t.Context())
	t.onData(p, a, data(""), func(g *puppet.Call) { g.Want(puppet.BadArgument, "proxy_set_effective_context", idB) })
}

// statusOfCalls: without a call there is nothing to tell, which is no error.
func statusOfCalls(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		g.Put(puppet.OutA, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		g.Want(puppet.OK, "proxy_get_status", puppet.OutC, puppet.OutA, puppet.OutB)
		if code, n := g.Uint32(puppet.OutC), g.Uint32(puppet.OutB); code != 0 || n != 0 {
			t.Errorf("code %d with a message of %d bytes", code, n)
		}
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_status", all, puppet.OutA, puppet.OutB)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_status", puppet.OutC, all, puppet.OutB)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_status", puppet.OutC, puppet.OutA, all)
	})
}

// grpc: a destination that isn't configured is refused, and nothing can be done to a call that was never made.
func grpc(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "nowhere")
		g.Want(puppet.InternalFailure, "proxy_grpc_call", ptr, size, ptr, size, ptr, size, 0, 0, 0, 0, 1000, puppet.OutA)
		g.Want(puppet.InternalFailure, "proxy_grpc_stream", ptr, size, ptr, size, ptr, size, 0, 0, puppet.OutA)
		for i := range 5 {
			args := []uint64{ptr, size, ptr, size, ptr, size, ptr, size, ptr, size, 1000, puppet.OutA}
			args[2*i] = all
			g.Want(puppet.InvalidMemoryAccess, "proxy_grpc_call", args...)
			if i < 4 {
				g.Want(puppet.InvalidMemoryAccess, "proxy_grpc_stream", append(args[:8:8], puppet.OutA)...)
			}
		}
		g.Want(puppet.NotFound, "proxy_grpc_send", 1, ptr, size, 0)
		g.Want(puppet.InvalidMemoryAccess, "proxy_grpc_send", 1, all, size, 0)
		g.Want(puppet.NotFound, "proxy_grpc_cancel", 1)
		g.Want(puppet.NotFound, "proxy_grpc_close", 1)
	})
}

func env(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		g.Want(1, "pthread_equal", 5, 5)
		g.Want(0, "pthread_equal", 5, 6)
		g.Want(0, "emscripten_notify_memory_growth", 0)
	})
}
