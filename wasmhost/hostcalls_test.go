package wasmhost

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

const all = 0xffffffff // as a size: as many bytes as there are

func TestGetBufferBytes(t *testing.T) {
	for _, tt := range []struct {
		typ, start, size uint64
		status           Status
		want             string
	}{
		{2, 0, 5, StatusOK, "Hello"},
		{2, 0, 3, StatusOK, "Hel"},
		{2, 1, 3, StatusOK, "ell"},
		{2, 4, 1, StatusOK, "o"},
		{2, 3, 100, StatusOK, "lo"},
		{2, 0, all, StatusOK, "Hello"},
		{2, 2, all, StatusOK, "llo"},
		{2, all, all, StatusOK, ""},
		{2, 5, 1, StatusOK, ""},
		{2, 6, 1, StatusOK, ""},
		{2, 0, 0, StatusOK, ""},
		{6, 0, all, StatusOK, "vm conf"},
		{7, 7, all, StatusOK, "conf"},
		{0, 0, all, StatusNotFound, ""},
		{1, 0, all, StatusNotFound, ""},
		{3, 0, all, StatusNotFound, ""},
		{4, 0, all, StatusNotFound, ""},
		{5, 0, all, StatusNotFound, ""},
		{8, 0, all, StatusNotFound, ""},
		{9, 0, all, StatusBadArgument, ""},
		{all, 0, all, StatusBadArgument, ""},
		// The upper half of a parameter is garbage on wazero's stack.
		{0xabcd<<32 | 2, 0xabcd<<32 | 1, 0xabcd<<32 | 2, StatusOK, "el"},
	} {
		t.Run(fmt.Sprintf("%#x,%#x,%#x", tt.typ, tt.start, tt.size), func(t *testing.T) {
			pc := PluginConfig{VMConfiguration: []byte("vm conf"), Configuration: []byte("plugin conf")}
			run(t, Config{}, pc, StreamConfig{}, buffer("Hello"), func(g *puppetCall) {
				g.put(outAddr, "\xff\xff\xff\xff\xff\xff\xff\xff")
				g.want(tt.status, "get_buffer_bytes", tt.typ, tt.start, tt.size, outAddr, outSize)
				if tt.status != StatusOK {
					return
				}
				if got := g.result(); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				allocations := g.global("allocations").Get()
				if tt.want == "" && (g.u32(outAddr) != 0 || allocations != 0) {
					t.Errorf("nothing was asked for: address %d after %d allocations", g.u32(outAddr), allocations)
				}
			})
		})
	}
}

func TestSetBufferBytes(t *testing.T) {
	for _, tt := range []struct {
		start, size uint64
		data, want  string
	}{
		{0, 5, "Goodbye", "Goodbye"},
		{0, all, "Goodbye", "Goodbye"},
		{0, 5, "", ""},
		{0, 0, "> ", "> Hello"}, // prepend
		{0, 1, "J", "Jello"},
		{0, 2, "", "llo"},
		{0, 100, "x", "x"},
		{1, 3, "ipp", "Hippo"},
		{1, 3, "", "Ho"},
		{2, 0, "--", "He--llo"},
		{4, 1, "!", "Hell!"},
		{4, all, "!", "Hell!"},
		{5, 0, "!", "Hello!"}, // append
		{5, all, "!", "Hello!"},
		{6, 3, "!", "Hello!"},
		{all, all, "!", "Hello!"},
	} {
		t.Run(fmt.Sprintf("%#x,%#x,%q", tt.start, tt.size, tt.data), func(t *testing.T) {
			b := buffer("Hello")
			run(t, Config{}, PluginConfig{}, StreamConfig{}, b, func(g *puppetCall) {
				ptr, size := g.put(argA, tt.data)
				g.want(StatusOK, "set_buffer_bytes", 2, tt.start, tt.size, ptr, size)
				g.want(StatusOK, "get_buffer_status", 2, outAddr, outSize)
				if n, flags := g.u32(outAddr), g.u32(outSize); n != uint32(len(tt.want)) || flags != 0 {
					t.Errorf("buffer status %d, %d, want %d, 0", n, flags, len(tt.want))
				}
			})
			if got := string(b.b); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetBufferBytesRefused(t *testing.T) {
	b := &testBuffer{b: []byte("Hello"), max: 6}
	run(t, Config{}, PluginConfig{}, StreamConfig{}, b, func(g *puppetCall) {
		ptr, size := g.put(argA, "123")
		g.want(StatusNotFound, "set_buffer_bytes", 3, 0, 0, ptr, size)
		g.want(StatusNotFound, "set_buffer_bytes", 0, 0, 0, ptr, size)
		g.want(StatusBadArgument, "set_buffer_bytes", 6, 0, 0, ptr, size)
		g.want(StatusBadArgument, "set_buffer_bytes", 7, 0, 0, ptr, size)
		g.want(StatusBadArgument, "set_buffer_bytes", 9, 0, 0, ptr, size)
		g.want(StatusInvalidMemoryAccess, "set_buffer_bytes", 2, 0, 0, all, size)
		g.want(StatusInternalFailure, "set_buffer_bytes", 2, 0, 0, ptr, size) // past the bound
		g.want(StatusNotFound, "get_buffer_status", 3, outAddr, outSize)
		g.want(StatusBadArgument, "get_buffer_status", 9, outAddr, outSize)
	})
	if string(b.b) != "Hello" {
		t.Errorf("the buffer became %q", b.b)
	}
}

func TestBufferBelongsToItsCallback(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	a, b := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
	pup.set("upstream_data", func(g *puppetCall, params [3]uint32) uint32 {
		g.want(StatusNotFound, "get_buffer_bytes", 2, 0, all, outAddr, outSize)
		g.want(StatusOK, "get_buffer_bytes", 3, 0, all, outAddr, outSize)
		if got := g.result(); got != "up" {
			t.Errorf("got %q", got)
		}
		g.want(StatusOK, "set_effective_context", uint64(a.id))
		g.want(StatusNotFound, "get_buffer_bytes", 3, 0, all, outAddr, outSize)
		g.want(StatusOK, "set_effective_context", 0)
		g.want(StatusOK, "get_buffer_bytes", 3, 0, all, outAddr, outSize)
		return 0
	})
	pup.set("log", func(g *puppetCall, params [3]uint32) uint32 {
		g.want(StatusNotFound, "get_buffer_bytes", 2, 0, all, outAddr, outSize)
		g.want(StatusNotFound, "get_buffer_bytes", 3, 0, all, outAddr, outSize)
		return 0
	})
	if _, err := b.OnUpstreamData(t.Context(), buffer("up"), false); err != nil {
		t.Fatal(err)
	}
	b.Close(t.Context())
}

// TestAllocator: what the guest's allocator does must never let the host write outside of memory.
func TestAllocator(t *testing.T) {
	for _, tt := range []struct {
		name   string
		mode   uint64
		status Status
		traps  string
	}{
		{"works", 0, StatusOK, ""},
		{"returns 0", 1, StatusInvalidMemoryAccess, ""},
		{"returns a range past the end", 2, StatusInvalidMemoryAccess, ""},
		{"traps", 3, 0, "unreachable"},
		{"makes a forbidden call", 4, 0, "proxy_done may not be called by the allocator"},
		{"logs and grows memory", 5, StatusOK, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pup := newPuppet(t)
			pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
				g.global("alloc_mode").Set(tt.mode)
				g.want(tt.status, "get_buffer_bytes", 2, 0, all, outAddr, outSize)
				if got := g.result(); tt.status == StatusOK && got != "Hello" {
					t.Errorf("got %q", got)
				}
				g.want(StatusNotFound, "done") // allowed again
				return 0
			})
			s := newStream(t, loadPuppet(t, pup, Config{}, PluginConfig{}), StreamConfig{})
			_, err := s.OnDownstreamData(t.Context(), buffer("Hello"), false)
			if tt.traps == "" && err != nil {
				t.Error(detail(err))
			}
			if tt.traps != "" && (err == nil || !strings.Contains(detail(err), tt.traps) || !strings.Contains(err.Error(), "proxy_on_downstream_data")) {
				t.Errorf("error %v, want one with %q", err, tt.traps)
			}
		})
	}
}

// TestInvalidMemory: a pointer outside of memory is answered, and never a panic.
func TestInvalidMemory(t *testing.T) {
	const bad, n = all, 4
	foreign := map[string]ForeignFunction{"f": func(context.Context, []byte) ([]byte, Status) { return []byte("x"), StatusOK }}
	run(t, Config{ForeignFunctions: foreign}, PluginConfig{Configuration: []byte("c")}, StreamConfig{}, buffer("Hello"), func(g *puppetCall) {
		ptr, size := g.put(argA, "name")
		f, one := g.put(argB, "f")
		g.want(StatusOK, "register_shared_queue", ptr, size, outAddr)
		queue := uint64(g.u32(outAddr))
		g.want(StatusOK, "set_shared_data", ptr, size, ptr, size, 0)
		g.want(StatusOK, "enqueue_shared_queue", queue, ptr, size)
		for _, c := range []struct {
			name string
			args []uint64
		}{
			{"log", []uint64{2, bad, n}},
			{"get_log_level", []uint64{bad}},
			{"get_current_time_nanoseconds", []uint64{bad}},
			{"get_configuration", []uint64{bad, outSize}},
			{"get_configuration", []uint64{outAddr, bad}},
			{"get_buffer_bytes", []uint64{2, 0, all, bad, outSize}},
			{"get_buffer_bytes", []uint64{2, 0, all, outAddr, bad}},
			{"get_buffer_bytes", []uint64{2, 9, all, outAddr, bad}},
			{"set_buffer_bytes", []uint64{2, 0, 0, bad, n}},
			{"set_buffer_bytes", []uint64{2, 0, 0, 0, all}},
			{"get_buffer_status", []uint64{2, bad, outSize}},
			{"get_buffer_status", []uint64{2, outAddr, bad}},
			{"set_header_map_pairs", []uint64{0, bad, n}},
			{"get_header_map_value", []uint64{0, bad, n, outAddr, outSize}},
			{"add_header_map_value", []uint64{0, bad, n, ptr, size}},
			{"replace_header_map_value", []uint64{0, bad, n, ptr, size}},
			{"remove_header_map_value", []uint64{0, bad, n}},
			{"http_call", []uint64{bad, n, 0, 0, 0, 0, 0, 0, 0, 0}},
			{"get_status", []uint64{bad, outAddr, outSize}},
			{"get_status", []uint64{outMore, bad, outSize}},
			{"set_shared_data", []uint64{bad, n, ptr, size, 0}},
			{"set_shared_data", []uint64{ptr, size, bad, n, 0}},
			{"get_shared_data", []uint64{bad, n, outAddr, outSize, outMore}},
			{"get_shared_data", []uint64{ptr, size, bad, outSize, outMore}},
			{"get_shared_data", []uint64{ptr, size, outAddr, outSize, bad}},
			{"register_shared_queue", []uint64{bad, n, outAddr}},
			{"register_shared_queue", []uint64{ptr, size, bad}},
			{"resolve_shared_queue", []uint64{bad, n, ptr, size, outAddr}},
			{"resolve_shared_queue", []uint64{0, 0, bad, n, outAddr}},
			{"resolve_shared_queue", []uint64{0, 0, ptr, size, bad}},
			{"enqueue_shared_queue", []uint64{queue, bad, n}},
			{"define_metric", []uint64{0, bad, n, outAddr}},
			{"define_metric", []uint64{0, ptr, size, bad}},
			{"get_property", []uint64{bad, n, outAddr, outSize}},
			{"set_property", []uint64{bad, n, ptr, size}},
			{"set_property", []uint64{ptr, size, bad, n}},
			{"call_foreign_function", []uint64{bad, n, 0, 0, outAddr, outSize}},
			{"call_foreign_function", []uint64{f, one, bad, n, outAddr, outSize}},
			{"call_foreign_function", []uint64{f, one, 0, 0, bad, outSize}},
			{"dequeue_shared_queue", []uint64{queue, bad, outSize}},
		} {
			g.want(StatusInvalidMemoryAccess, c.name, c.args...)
		}
	})
}

func TestLog(t *testing.T) {
	var rec logRecorder
	run(t, Config{Logger: rec.logger(slog.LevelWarn)}, PluginConfig{Name: "plug"}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		for level, text := range []string{"tracing", "debugging", "informing", "warning", "erring", "critical"} {
			ptr, size := g.put(argA, text)
			g.want(StatusOK, "log", uint64(level), ptr, size)
		}
		g.want(StatusBadArgument, "log", 6, argA, 1)
		g.want(StatusBadArgument, "log", all, argA, 1)
		g.want(StatusOK, "get_log_level", outAddr)
		if got := g.u32(outAddr); got != 3 {
			t.Errorf("log level %d, want 3 (warn)", got)
		}
	})
	for _, want := range []string{"level=WARN msg=warning plugin=plug", "level=ERROR msg=erring", "level=ERROR+4 msg=critical"} {
		if !strings.Contains(rec.String(), want) {
			t.Errorf("no %q in\n%s", want, rec.String())
		}
	}
	if strings.Contains(rec.String(), "informing") {
		t.Errorf("logged too much:\n%s", rec.String())
	}
}

func TestLogIsBounded(t *testing.T) {
	var rec logRecorder
	run(t, Config{Logger: rec.logger(slog.LevelInfo)}, PluginConfig{}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		ptr, size := g.put(argB, strings.Repeat("x", 100_000))
		g.want(StatusOK, "log", 2, ptr, size)
	})
	if n := strings.Count(rec.String(), "x"); n < maxLogBytes || n > maxLogBytes+100 {
		t.Errorf("%d bytes of 100000 logged, want about %d", n, maxLogBytes)
	}
}

func TestCurrentTime(t *testing.T) {
	run(t, Config{}, PluginConfig{}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		before := time.Now()
		g.want(StatusOK, "get_current_time_nanoseconds", outAddr)
		got := time.Unix(0, int64(g.u64(outAddr)))
		if got.Before(before) || got.After(time.Now()) {
			t.Errorf("the time is %v, and not between %v and now", got, before)
		}
	})
}

// TestWithoutMeaningOnStreams: calls that a TCP stream has no use for are answered truthfully.
func TestWithoutMeaningOnStreams(t *testing.T) {
	run(t, Config{}, PluginConfig{Configuration: []byte("conf")}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		ptr, size := g.put(argA, "key")
		for _, typ := range []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, all} {
			g.want(StatusBadArgument, "get_header_map_size", typ, outAddr)
			g.want(StatusBadArgument, "get_header_map_pairs", typ, outAddr, outSize)
			g.want(StatusBadArgument, "set_header_map_pairs", typ, ptr, size)
			g.want(StatusBadArgument, "get_header_map_value", typ, ptr, size, outAddr, outSize)
			g.want(StatusBadArgument, "add_header_map_value", typ, ptr, size, ptr, size)
			g.want(StatusBadArgument, "replace_header_map_value", typ, ptr, size, ptr, size)
			g.want(StatusBadArgument, "remove_header_map_value", typ, ptr, size)
		}
		g.want(StatusOK, "continue_request")
		g.want(StatusOK, "continue_response")
		g.want(StatusOK, "clear_route_cache")
		g.want(StatusOK, "send_local_response", 403, ptr, size, ptr, size, 0, 0, 0)
		g.want(StatusBadArgument, "http_call", ptr, size, 0, 0, 0, 0, 0, 0, 1000, outAddr)
		g.want(StatusInternalFailure, "grpc_call", ptr, size, ptr, size, ptr, size, 0, 0, 0, 0, 1000, outAddr)
		g.want(StatusInternalFailure, "grpc_stream", ptr, size, ptr, size, ptr, size, 0, 0, outAddr)
		g.want(StatusNotFound, "grpc_send", 1, ptr, size, 0)
		g.want(StatusNotFound, "grpc_cancel", 1)
		g.want(StatusNotFound, "grpc_close", 1)
		g.want(StatusOK, "get_status", outMore, outAddr, outSize)
		if g.u32(outMore) != 0 || g.u32(outAddr) != 0 || g.u32(outSize) != 0 {
			t.Error("there is a status of a call that wasn't made")
		}
		g.want(StatusOK, "get_configuration", outAddr, outSize)
		if got := g.result(); got != "conf" {
			t.Errorf("the configuration is %q", got)
		}
		g.want(1, "env.pthread_equal", 5, 5)
		g.want(0, "env.pthread_equal", 5, 6)
		g.call("env.emscripten_notify_memory_growth", 0)
	})
}

func TestEffectiveContext(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	props := func(name string) func([]string) ([]byte, bool) {
		return func([]string) ([]byte, bool) { return []byte(name), true }
	}
	a, b := newStream(t, p, StreamConfig{Properties: props("a")}), newStream(t, p, StreamConfig{Properties: props("b")})
	who := func(g *puppetCall) string {
		ptr, size := g.put(argA, "who")
		if g.call("get_property", ptr, size, outAddr, outSize) != StatusOK {
			return ""
		}
		return g.result()
	}
	expect := func(g *puppetCall, want string) {
		t.Helper()
		if got := who(g); got != want {
			t.Errorf("the effective context is of stream %q, want %q", got, want)
		}
	}
	pup.set("downstream_data", func(g *puppetCall, params [3]uint32) uint32 {
		expect(g, "a")
		g.want(StatusOK, "set_effective_context", uint64(b.id))
		expect(g, "b")
		g.want(StatusBadArgument, "set_effective_context", 99)
		expect(g, "b")
		g.want(StatusOK, "set_effective_context", rootID)
		expect(g, "")
		g.want(StatusOK, "set_effective_context", 0)
		expect(g, "a")
		g.want(StatusOK, "set_effective_context", uint64(b.id))
		return 0 // and it is not reset
	})
	pup.set("upstream_data", func(g *puppetCall, params [3]uint32) uint32 {
		expect(g, "a")
		return 0
	})
	if _, err := a.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	if _, err := a.OnUpstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	b.Close(t.Context())
	pup.set("downstream_data", func(g *puppetCall, params [3]uint32) uint32 {
		g.want(StatusBadArgument, "set_effective_context", uint64(b.id)) // it is gone
		return 0
	})
	if _, err := a.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
}

func TestContinueAndCloseStream(t *testing.T) {
	for _, tt := range []struct {
		name     string
		callback string
		returns  Action
		call     string
		typ      uint64
		status   Status
		want     Action
		events   string
	}{
		{"continue what is running", "downstream_data", ActionPause, "continue_stream", 2, StatusOK, ActionContinue, ""},
		{"continue what is running upstream", "upstream_data", ActionPause, "continue_stream", 3, StatusOK, ActionContinue, ""},
		{"continue the other direction", "downstream_data", ActionPause, "continue_stream", 3, StatusOK, ActionPause, "continue upstream"},
		{"continue from new connection", "new_connection", ActionPause, "continue_stream", 2, StatusOK, ActionPause, "continue downstream"},
		{"continue what doesn't exist", "downstream_data", ActionPause, "continue_stream", 0, StatusOK, ActionPause, ""},
		{"continue an unknown type", "downstream_data", ActionPause, "continue_stream", 4, StatusBadArgument, ActionPause, ""},
		{"close", "downstream_data", ActionContinue, "close_stream", 2, StatusOK, ActionPause, "close downstream"},
		{"close upstream", "downstream_data", ActionContinue, "close_stream", 3, StatusOK, ActionPause, "close upstream"},
		{"close what doesn't exist", "downstream_data", ActionContinue, "close_stream", 1, StatusOK, ActionContinue, ""},
		{"close an unknown type", "downstream_data", ActionContinue, "close_stream", all, StatusBadArgument, ActionContinue, ""},
		{"any action but 0 is a pause", "downstream_data", 7, "close_stream", 0, StatusOK, ActionPause, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var rec eventRecorder
			pup := newPuppet(t)
			p := loadPuppet(t, pup, Config{}, PluginConfig{})
			pup.set(tt.callback, func(g *puppetCall, _ [3]uint32) uint32 {
				g.want(tt.status, tt.call, tt.typ)
				g.want(tt.status, tt.call, tt.typ) // twice is as good as once
				if rec.String() != "" {
					t.Error("the embedder is told within the guest's call")
				}
				return uint32(tt.returns)
			})
			s := newStream(t, p, StreamConfig{Events: &rec})
			var got Action
			var err error
			switch tt.callback {
			case "new_connection":
				got, err = s.OnNewConnection(t.Context())
			case "upstream_data":
				got, err = s.OnUpstreamData(t.Context(), buffer(""), false)
			default:
				got, err = s.OnDownstreamData(t.Context(), buffer(""), false)
			}
			if err != nil || got != tt.want || rec.String() != tt.events {
				t.Errorf("%v, %v, events %q; want %v, events %q", got, err, rec.String(), tt.want, tt.events)
			}
		})
	}
}

// TestContinueAnotherStream: with the effective context a guest acts on other streams of its VM.
func TestContinueAnotherStream(t *testing.T) {
	var recA, recB eventRecorder
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	a, b := newStream(t, p, StreamConfig{Events: &recA}), newStream(t, p, StreamConfig{Events: &recB})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.want(StatusOK, "set_effective_context", uint64(b.id))
		g.want(StatusOK, "continue_stream", 2)
		g.want(StatusOK, "close_stream", 3)
		return uint32(ActionPause)
	})
	got, err := a.OnDownstreamData(t.Context(), buffer(""), false)
	if err != nil || got != ActionPause || recA.String() != "" || recB.String() != "continue downstream, close upstream" {
		t.Errorf("%v, %v, events %q and %q", got, err, recA.String(), recB.String())
	}
	// What is said to a stream that has ended is lost.
	recB.events = nil
	pup.set("done", func(g *puppetCall, _ [3]uint32) uint32 { g.want(StatusOK, "close_stream", 2); return 1 })
	b.Close(t.Context())
	if recB.String() != "" {
		t.Errorf("events after Close: %q", recB.String())
	}
	pup.set("done", nil)
}

func TestProperties(t *testing.T) {
	get := func(path []string) ([]byte, bool) {
		if slices.Equal(path, []string{"source", "address"}) {
			return []byte("192.0.2.1:9"), true
		}
		if slices.Equal(path, []string{"empty"}) {
			return nil, true
		}
		return nil, false
	}
	pc := PluginConfig{Name: "the name", RootID: "the root", VMID: "the vm"}
	run(t, Config{}, pc, StreamConfig{Properties: get}, buffer(""), func(g *puppetCall) {
		expect := func(path string, status Status, want string) {
			t.Helper()
			ptr, size := g.put(argA, path)
			g.want(status, "get_property", ptr, size, outAddr, outSize)
			if got := g.result(); status == StatusOK && got != want {
				t.Errorf("property %q is %q, want %q", path, got, want)
			}
		}
		expect("plugin_name", StatusOK, "the name")
		expect("plugin_root_id", StatusOK, "the root")
		expect("plugin_vm_id", StatusOK, "the vm")
		expect("source\x00address", StatusOK, "192.0.2.1:9")
		expect("source\x00address\x00", StatusOK, "192.0.2.1:9")
		expect("empty", StatusOK, "")
		expect("source", StatusNotFound, "")
		expect("\x00", StatusNotFound, "")
		expect("", StatusSerializationFailure, "")

		set := func(path, value string, status Status) {
			t.Helper()
			ptr, size := g.put(argA, path)
			vptr, vsize := g.put(argB, value)
			g.want(status, "set_property", ptr, size, vptr, vsize)
		}
		set("my\x00own", "one", StatusOK)
		expect("my\x00own", StatusOK, "one")
		set("my\x00own", "two", StatusOK)
		expect("my\x00own", StatusOK, "two")
		set("big", strings.Repeat("x", maxPropertyBytes), StatusInternalFailure)
		expect("big", StatusNotFound, "")
		for i := range 10 { // replacing a value doesn't add up
			set("half", strings.Repeat(fmt.Sprint(i), maxPropertyBytes/2), StatusOK)
		}
		g.want(StatusOK, "set_effective_context", rootID)
		set("my\x00own", "three", StatusNotFound) // no stream to keep it with
		expect("my\x00own", StatusNotFound, "")
		expect("source\x00address", StatusNotFound, "")
		expect("plugin_name", StatusOK, "the name")
	})
}

func TestForeignFunctions(t *testing.T) {
	type key struct{}
	rc := Config{ForeignFunctions: map[string]ForeignFunction{
		"echo": func(_ context.Context, arg []byte) ([]byte, Status) { return arg, StatusOK },
		"deny": func(context.Context, []byte) ([]byte, Status) { return []byte("x"), 42 },
		"ctx": func(ctx context.Context, _ []byte) ([]byte, Status) {
			return []byte(fmt.Sprint(ctx.Value(key{}))), StatusOK
		},
	}}
	pup := newPuppet(t)
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		call := func(name, arg string, status Status) string {
			t.Helper()
			ptr, size := g.put(argA, name)
			aptr, asize := g.put(argB, arg)
			g.put(outAddr, "\x00\x00\x00\x00\x00\x00\x00\x00")
			g.want(status, "call_foreign_function", ptr, size, aptr, asize, outAddr, outSize)
			return g.result()
		}
		if got := call("echo", "hi", StatusOK); got != "hi" {
			t.Errorf("echo gave %q", got)
		}
		g.global("alloc_mode").Set(5) // memory moves
		if got := call("echo", "moved", StatusOK); got != "moved" {
			t.Errorf("echo gave %q", got)
		}
		if got := call("echo", "", StatusOK); got != "" {
			t.Errorf("echo gave %q", got)
		}
		call("deny", "", 42)
		call("missing", "", StatusNotFound)
		if got := call("ctx", "", StatusOK); got != "a value" {
			t.Errorf("the function got the context value %q", got)
		}
		text := strings.Repeat("compress me ", 100)
		packed := call("compress", text, StatusOK)
		if len(packed) == 0 || len(packed) > 100 {
			t.Errorf("compress made %d of %d bytes", len(packed), len(text))
		}
		if got := call("uncompress", packed, StatusOK); got != text {
			t.Errorf("uncompress gave %d bytes", len(got))
		}
		call("uncompress", packed[:len(packed)-1], StatusSerializationFailure)
		call("uncompress", "rubbish", StatusSerializationFailure)
		return 0
	})
	s := newStream(t, loadPuppet(t, pup, rc, PluginConfig{}), StreamConfig{})
	if _, err := s.OnDownstreamData(context.WithValue(t.Context(), key{}, "a value"), buffer(""), false); err != nil {
		t.Error(detail(err))
	}
}

func TestUncompressIsBounded(t *testing.T) {
	if _, status := compress(nil, make([]byte, maxUncompressed+1)); status != StatusInternalFailure {
		t.Error(status)
	}
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(make([]byte, maxUncompressed+1)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	bomb := packed.Bytes()
	if p, status := uncompress(nil, bomb); status != StatusInternalFailure {
		t.Errorf("%d bytes, status %d", len(p), status)
	}
}

func TestMetrics(t *testing.T) {
	var metrics Metrics
	run(t, Config{}, PluginConfig{Metrics: &metrics}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		define := func(typ uint64, name string) uint64 {
			t.Helper()
			ptr, size := g.put(argA, name)
			g.want(StatusOK, "define_metric", typ, ptr, size, outAddr)
			id := uint64(g.u32(outAddr))
			if id&3 != typ {
				t.Errorf("metric id %d of type %d", id, typ)
			}
			return id
		}
		expect := func(id, want uint64) {
			t.Helper()
			g.want(StatusOK, "get_metric", id, outAddr)
			if got := g.u64(outAddr); got != want {
				t.Errorf("metric %d is %d, want %d", id, got, want)
			}
		}
		counter, gauge, histogram := define(0, "n"), define(1, "n"), define(2, "n")
		again := define(0, "n")
		if again == counter {
			t.Error("defining a metric again gave the same id")
		}
		minus := func(n int64) uint64 { return uint64(-n) }
		g.want(StatusOK, "increment_metric", counter, 5)
		g.want(StatusOK, "increment_metric", again, 1<<40)
		g.want(StatusBadArgument, "increment_metric", counter, 0)
		g.want(StatusBadArgument, "increment_metric", counter, minus(1))
		g.want(StatusOK, "record_metric", counter, 10) // adds
		expect(counter, 1<<40+15)
		expect(again, 1<<40+15)

		g.want(StatusOK, "increment_metric", gauge, 5)
		g.want(StatusOK, "increment_metric", gauge, minus(2))
		expect(gauge, 3)
		g.want(StatusOK, "record_metric", gauge, 100) // sets
		expect(gauge, 100)

		for _, value := range []uint64{0, 1, 1000, 1 << 63} {
			g.want(StatusOK, "record_metric", histogram, value)
		}
		g.want(StatusBadArgument, "increment_metric", histogram, 1)
		g.want(StatusBadArgument, "get_metric", histogram, outAddr)
		g.want(StatusInvalidMemoryAccess, "get_metric", gauge, all)

		for _, id := range []uint64{3, counter + 1, 4000, all} {
			g.want(StatusNotFound, "get_metric", id, outAddr)
			g.want(StatusNotFound, "record_metric", id, 1)
			g.want(StatusNotFound, "increment_metric", id, 1)
		}
		g.want(StatusBadArgument, "define_metric", 3, argA, 1, outAddr)
		g.want(StatusInternalFailure, "define_metric", 0, argA, maxMetricBytes+1, outAddr)
	})
	got := metrics.Snapshot()
	if len(got) != 3 || got[0].Value != 1<<40+15 || got[1].Value != 100 || got[2].Count != 4 {
		t.Fatalf("snapshot %+v", got)
	}
	if b := got[2].Buckets; b[0] != 1 || b[1] != 1 || b[10] != 1 || b[64] != 1 {
		t.Errorf("buckets %v", b)
	}
}

func TestMetricsAreBounded(t *testing.T) {
	var m Metrics
	for i := range maxMetrics {
		if m.define(MetricGauge, fmt.Append(nil, i)) == nil {
			t.Fatal(i)
		}
	}
	if m.define(MetricGauge, []byte("one more")) != nil || m.define(MetricGauge, []byte("0")) == nil {
		t.Error("the bound doesn't hold, or holds back metrics that exist")
	}
}

func TestSharedData(t *testing.T) {
	run(t, Config{SharedDataLimitBytes: 10_000}, PluginConfig{}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		set := func(key, value string, cas uint64, status Status) {
			t.Helper()
			ptr, size := g.put(argA, key)
			vptr, vsize := g.put(argB, value)
			g.want(status, "set_shared_data", ptr, size, vptr, vsize, cas)
		}
		get := func(key, want string) uint64 {
			t.Helper()
			ptr, size := g.put(argA, key)
			g.want(StatusOK, "get_shared_data", ptr, size, outAddr, outSize, outMore)
			if got := g.result(); got != want {
				t.Errorf("%q is %q, want %q", key, got, want)
			}
			return uint64(g.u32(outMore))
		}
		ptr, size := g.put(argA, "missing")
		g.want(StatusNotFound, "get_shared_data", ptr, size, outAddr, outSize, outMore)
		set("a", "1", 0, StatusOK)
		first := get("a", "1")
		set("b", "x", 12345, StatusOK) // a missing key takes any cas
		set("a", "2", first, StatusOK)
		second := get("a", "2")
		if first == 0 || second <= first || get("b", "x") == second {
			t.Errorf("cas %d, then %d", first, second)
		}
		set("a", "3", first, StatusCasMismatch)
		get("a", "2")
		set("a", "", 0, StatusOK) // forced
		get("a", "")
		set("big", strings.Repeat("x", 9_000), 0, StatusOK)
		set("big2", strings.Repeat("x", 1_000), 0, StatusInternalFailure)
		set("big", strings.Repeat("y", 9_100), 0, StatusOK)
		set("big", "", 0, StatusOK)
		set("big2", strings.Repeat("x", 9_000), 0, StatusOK)
	})
}

func TestSharedDataBelongsToVMID(t *testing.T) {
	r := newTestRuntime(t, Config{})
	set := func(vmID, key, value string) Status { return r.shared.set(vmID, []byte(key), []byte(value), 0) }
	set("a", "k", "of a")
	set("b", "k", "of b")
	if v, _, _ := r.shared.get("a", []byte("k")); string(v) != "of a" {
		t.Errorf("got %q", v)
	}
	if _, _, ok := r.shared.get("", []byte("k")); ok {
		t.Error("found in another VM id")
	}
}

func TestSharedDataCasWraps(t *testing.T) {
	d := newSharedData(1000)
	d.stamp = 1<<32 - 1
	d.set("", []byte("k"), nil, 0)
	if _, cas, _ := d.get("", []byte("k")); cas == 0 {
		t.Error("0 was given out as a cas")
	}
}
