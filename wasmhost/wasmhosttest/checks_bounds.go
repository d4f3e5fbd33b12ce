package wasmhosttest

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// boundChecks want a host to bound what guests can make it keep, and to answer InternalFailure beyond.
var boundChecks = []check{
	{"bounds/buffer", nil, boundedBuffer},
	{"bounds/header maps", []string{"pairs-bounded"}, boundedHeaders},
	{"bounds/shared data", []string{"shared-bounded"}, boundedSharedData},
	{"bounds/queues", []string{"queue-bounded"}, boundedQueues},
	{"bounds/properties", nil, boundedProperties},
	{"bounds/http_call", nil, boundedCalls},
	{"bounds/local responses", nil, boundedResponses},
	{"bounds/huge arguments", []string{"huge-arguments"}, hugeArguments},
	{"bounds/a million metrics", []string{"million-metrics"}, millionMetrics},
	{"bounds/memory", []string{"memory-bounded"}, boundedMemory},
	{"bounds/log", []string{"log-bounded"}, boundedLog},
}

func boundedBuffer(t *T) {
	b := &Buffer{Data: []byte("Hello"), Max: 6}
	t.run(setup{}, b, func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "123")
		g.Want(puppet.InternalFailure, "proxy_set_buffer_bytes", 2, 0, 0, ptr, size)
		g.Want(puppet.OK, "proxy_set_buffer_bytes", 2, 0, 2, ptr, size)
	})
	if b.String() != "123llo" {
		t.Errorf("the buffer became %q", b)
	}
}

func boundedHeaders(t *T) {
	const maxPairs, maxBytes = 1024, 1 << 20
	t.runHTTP(setup{}, &[]Header{}, func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "k")
		for range maxPairs {
			g.Want(puppet.OK, "proxy_add_header_map_value", 0, ptr, size, ptr, size)
		}
		g.Want(puppet.InternalFailure, "proxy_add_header_map_value", 0, ptr, size, ptr, size)
		g.Want(puppet.OK, "proxy_replace_header_map_value", 0, ptr, size, ptr, size)
		big, n := g.Put(puppet.ArgB, "new")
		g.Want(puppet.OK, "proxy_remove_header_map_value", 0, ptr, size)
		if !g.Grow(200) {
			t.Error("memory doesn't grow")
		}
		const million = 6 << 16 // the address of a million pairs, all of them empty
		g.Put(million, "\x40\x42\x0f\x00")
		g.Want(puppet.BadArgument, "proxy_set_header_map_pairs", 0, million, 4+10*1_000_000)
		g.Want(puppet.OK, "proxy_add_header_map_value", 0, ptr, size, 0, maxBytes/2)
		g.Want(puppet.InternalFailure, "proxy_add_header_map_value", 0, big, n, 0, maxBytes/2)
		g.Want(puppet.InternalFailure, "proxy_replace_header_map_value", 0, big, n, 0, maxBytes/2)
		g.Want(puppet.OK, "proxy_replace_header_map_value", 0, ptr, size, 0, maxBytes/2)
	})
}

func boundedSharedData(t *T) {
	t.run(setup{runtime: RuntimeConfig{StorageLimitBytes: 10_000}}, data(""), func(g *puppet.Call) {
		set := func(status Status, key string, n int) { t.setShared(g, status, key, strings.Repeat("x", n), 0) }
		set(puppet.OK, "big", 9_000)
		set(puppet.InternalFailure, "other", 1_000)
		set(puppet.OK, "big", 9_100)
		set(puppet.OK, "big", 0)
		set(puppet.OK, "other", 9_000)
		failed := 0
		for i := range 1000 { // keys count too
			ptr, size := g.Put(puppet.ArgA, "key"+itoa(uint32(i)))
			if g.Call("proxy_set_shared_data", ptr, size, 0, 0, 0) == puppet.InternalFailure {
				failed++
			}
		}
		if failed == 0 {
			t.Error("keys without values are not bounded")
		}
	})
}

func boundedQueues(t *T) {
	t.run(setup{runtime: RuntimeConfig{StorageLimitBytes: 10_000}}, data(""), func(g *puppet.Call) {
		queue := t.register(g, "q")
		ptr, size := g.Put(puppet.ArgB, strings.Repeat("x", 9_000))
		g.Want(puppet.OK, "proxy_enqueue_shared_queue", queue, ptr, size)
		g.Want(puppet.InternalFailure, "proxy_enqueue_shared_queue", queue, ptr, size)
		g.Want(puppet.InternalFailure, "proxy_register_shared_queue", ptr, size, puppet.OutA)
		g.Want(puppet.OK, "proxy_dequeue_shared_queue", queue, puppet.OutA, puppet.OutB)
		g.Want(puppet.OK, "proxy_enqueue_shared_queue", queue, ptr, size)
	})
}

func boundedProperties(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		if !g.Grow(1000) {
			t.Error("memory doesn't grow")
		}
		ptr, size := g.Put(puppet.ArgA, "name")
		g.Want(puppet.InternalFailure, "proxy_set_property", ptr, size, 0, 50<<20)
		for range 10 { // replacing a value doesn't add up
			g.Want(puppet.OK, "proxy_set_property", ptr, size, 0, 30_000)
		}
		failed := 0
		for i := range 10_000 {
			ptr, size := g.Put(puppet.ArgA, itoa(uint32(i)))
			if g.Call("proxy_set_property", ptr, size, 0, 1000) == puppet.InternalFailure {
				failed++
				break
			}
		}
		if failed == 0 {
			t.Error("a stream's properties are not bounded")
		}
	})
}

// boundedCalls: the calls are under way when the host is closed.
func boundedCalls(t *T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(done)
	t.run(setup{runtime: RuntimeConfig{HTTPDestinations: map[string]string{"there": server.URL}}}, data(""), func(g *puppet.Call) {
		args := httpCallArgs(g, "there", httpRequest("/"), nil, "", 600_000)
		if !g.Grow(1000) {
			t.Error("memory doesn't grow")
		}
		args[5] = 50 << 20
		g.Want(puppet.InternalFailure, "proxy_http_call", args...)
		args[5] = 0
		for range 10_000 {
			if status := g.Call("proxy_http_call", args...); status != puppet.OK {
				g.Want(puppet.InternalFailure, "proxy_http_call", args...)
				return
			}
		}
		t.Error("ten thousand calls at a time")
	})
}

func boundedResponses(t *T) {
	t.runHTTP(setup{}, &[]Header{}, func(g *puppet.Call) {
		if !g.Grow(1000) {
			t.Error("memory doesn't grow")
		}
		g.Want(puppet.InternalFailure, "proxy_send_local_response", 200, 0, 0, 0, 50<<20, 0, 0, all)
		g.Want(puppet.InternalFailure, "proxy_send_local_response", 200, 0, 50<<20, 0, 0, 0, 0, all)
	})
}

// hugeArguments: the host neither copies all of the guest's memory nor works on it for long.
func hugeArguments(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		if !g.Grow(2000) {
			t.Error("memory doesn't grow")
		}
		const huge = 100 << 20
		g.Want(puppet.NotFound, "proxy_get_property", 0, huge, puppet.OutA, puppet.OutB)
		g.Want(puppet.InternalFailure, "proxy_set_property", 0, huge, 0, 1)
		g.Want(puppet.NotFound, "proxy_call_foreign_function", 0, huge, 0, 0, puppet.OutA, puppet.OutB)
		name, size := g.Put(puppet.ArgA, "compress")
		g.Want(puppet.InternalFailure, "proxy_call_foreign_function", name, size, 0, huge, puppet.OutA, puppet.OutB)
		g.Want(puppet.InternalFailure, "proxy_define_metric", 0, 0, huge, puppet.OutA)
		g.Want(puppet.InternalFailure, "proxy_set_shared_data", 0, 1, 0, huge, 0)
		g.Want(puppet.InternalFailure, "proxy_set_shared_data", 0, huge, 0, 1, 0)
		g.Want(puppet.InternalFailure, "proxy_register_shared_queue", 0, huge, puppet.OutA)
		g.Want(puppet.BadArgument, "proxy_http_call", 0, huge, 0, huge, 0, huge, 0, huge, 0, puppet.OutA)
		g.Want(puppet.OK, "proxy_log", 2, 0, huge)
		// A million pieces of output, each of which is most of the memory: 0x06060606 bytes from there on.
		const pieces = 8 << 20
		g.Fill(pieces, 6, 8<<20)
		g.Put(puppet.OutA, "\x00\x00\x00\x00")
		if errno := g.Call("wasi_snapshot_preview1.fd_write", 1, pieces, 1<<20, puppet.OutA); errno != success && errno != fault {
			t.Errorf("fd_write: %d", errno)
		}
	})
}

// millionMetrics: the guest defines them in a loop, and traps at any status but OK and InternalFailure. It continues if some were
// refused, and pauses when none was.
func millionMetrics(t *T) {
	plugin := t.load(nil, setup{module: Guest("million_metrics"), plugin: PluginConfig{TimeLimit: 10 * timeLimit}})
	s := t.stream(plugin, StreamConfig{})
	t.want(Continue)(s.OnDownstreamData(t.Context(), data(""), false))
	if n := len(plugin.Metrics()); n == 0 || n >= 1_000_000 {
		t.Errorf("the host keeps %d metrics", n)
	}
}

func boundedMemory(t *T) {
	t.run(setup{runtime: RuntimeConfig{MemoryLimitBytes: 4 << 20}}, data("Hello"), func(g *puppet.Call) {
		n := 0
		for n < 1000 && g.Grow(1) {
			n++
		}
		if n > 64 || n < 32 {
			t.Errorf("memory of 4 MiB grew by %d pages", n)
		}
		g.Want(puppet.OK, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB) // all is well
		if got := g.Result(); got != "Hello" {
			t.Errorf("got %q", got)
		}
		g.SetHeap(5 << 20) // the allocator doesn't notice
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
	})
}

func boundedLog(t *T) {
	var log messageLog
	t.run(setup{runtime: RuntimeConfig{Log: log.add}}, data(""), func(g *puppet.Call) {
		if !g.Grow(1000) {
			t.Error("memory doesn't grow")
		}
		g.Fill(8<<20, 'x', 50<<20)
		for range 10 {
			g.Want(puppet.OK, "proxy_log", 2, 8<<20, 50<<20)
		}
	})
	n := 0
	for _, m := range log.messages() {
		n += len(m)
	}
	if n == 0 || n > 50<<20 {
		t.Errorf("%d bytes were logged", n)
	}
}
