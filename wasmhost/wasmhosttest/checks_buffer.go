package wasmhosttest

import (
	"fmt"
	"strings"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var bufferChecks = []check{
	{"buffer/get", []string{"get-past-end", "get-all", "garbage"}, getBuffer},
	{"buffer/set", []string{"set-start", "set-end", "set-middle", "set-replaces-range"}, setBuffer},
	{"buffer/refused", nil, refuseBuffer},
	{"buffer/belongs to its callback", []string{"proxy_on_upstream_data", "effective-own-buffer"}, bufferOfCallback},
	{"buffer/invalid memory", []string{"overflow"}, invalidBufferMemory},
	{"buffer/allocator", []string{"allocator-null", "allocator-beyond", "allocator-trap", "allocator-calls", "memory-moves", "allocator-not-empty"}, allocator},
	{"buffer/allocator of each version", []string{"malloc-first"}, allocatorOfVersion},
	{"buffer/no allocator", []string{"allocator-missing"}, noAllocator},
	{"buffer/large", nil, largeBuffer},
}

func getBuffer(t *T) {
	s := setup{plugin: PluginConfig{VMConfiguration: []byte("vm conf"), Configuration: []byte("plugin conf")}}
	p := t.puppet()
	stream := t.stream(t.load(p, s), s.stream)
	for _, tt := range []struct {
		typ, start, size uint64
		status           Status
		want             string
	}{
		{2, 0, 5, puppet.OK, "Hello"},
		{2, 0, 3, puppet.OK, "Hel"},
		{2, 1, 3, puppet.OK, "ell"},
		{2, 4, 1, puppet.OK, "o"},
		{2, 3, 100, puppet.OK, "lo"},
		{2, 0, all, puppet.OK, "Hello"},
		{2, 2, all, puppet.OK, "llo"}, // the sum doesn't fit in 32 bits
		{2, all, all, puppet.OK, ""},
		{2, 5, 1, puppet.OK, ""},
		{2, 6, 1, puppet.OK, ""},
		{2, 0, 0, puppet.OK, ""},
		{6, 0, all, puppet.OK, "vm conf"},
		{7, 7, all, puppet.OK, "conf"},
		{0, 0, all, puppet.NotFound, ""},
		{1, 0, all, puppet.NotFound, ""},
		{3, 0, all, puppet.NotFound, ""},
		{4, 0, all, puppet.NotFound, ""},
		{5, 0, all, puppet.NotFound, ""},
		{8, 0, all, puppet.NotFound, ""},
		{9, 0, all, puppet.BadArgument, ""},
		{all, 0, all, puppet.BadArgument, ""},
		// The upper halves are garbage that the guest's own code has left.
		{0xabcd<<32 | 2, 0xabcd<<32 | 1, 0xabcd<<32 | 2, puppet.OK, "el"},
	} {
		t.onData(p, stream, data("Hello"), func(g *puppet.Call) {
			what := fmt.Sprintf("buffer %#x from %#x, %#x bytes", tt.typ, tt.start, tt.size)
			g.Put(puppet.OutA, "\xff\xff\xff\xff\xff\xff\xff\xff")
			before := g.Allocations()
			g.Want(tt.status, "proxy_get_buffer_bytes", tt.typ, tt.start, tt.size, puppet.OutA, puppet.OutB)
			if tt.status != puppet.OK {
				return
			}
			if tt.want == "" {
				if at, n, calls := g.Uint32(puppet.OutA), g.Uint32(puppet.OutB), g.Allocations()-before; at != 0 || n != 0 || calls != 0 {
					t.Errorf("%s: address %d, size %d, %d allocations, want none", what, at, n, calls)
				}
				return
			}
			if got := g.Result(); got != tt.want {
				t.Errorf("%s: got %q, want %q", what, got, tt.want)
			}
		})
	}
}

func setBuffer(t *T) {
	p := t.puppet()
	stream := t.stream(t.load(p, setup{}), StreamConfig{})
	for _, tt := range []struct {
		start, size uint64
		put, want   string
	}{
		{0, 5, "Goodbye", "Goodbye"},
		{0, all, "Goodbye", "Goodbye"},
		{0, 5, "", ""},
		{0, 0, "> ", "> Hello"},
		{0, 1, "J", "Jello"},
		{0, 2, "", "llo"},
		{0, 100, "x", "x"},
		{1, 3, "ipp", "Hippo"},
		{1, 3, "", "Ho"},
		{2, 0, "--", "He--llo"},
		{4, 1, "!", "Hell!"},
		{4, all, "!", "Hell!"},
		{5, 0, "!", "Hello!"},
		{5, all, "!", "Hello!"},
		{6, 3, "!", "Hello!"},
		{all, all, "!", "Hello!"},
	} {
		b := data("Hello")
		t.onData(p, stream, b, func(g *puppet.Call) {
			ptr, size := g.Put(puppet.ArgA, tt.put)
			g.Want(puppet.OK, "proxy_set_buffer_bytes", 2, tt.start, tt.size, ptr, size)
			g.Want(puppet.OK, "proxy_get_buffer_status", 2, puppet.OutA, puppet.OutB)
			if n, flags := g.Uint32(puppet.OutA), g.Uint32(puppet.OutB); n != uint32(len(tt.want)) || flags != 0 {
				t.Errorf("status %d bytes, flags %d, want %d, 0", n, flags, len(tt.want))
			}
		})
		if got := b.String(); got != tt.want {
			t.Errorf("%q for %d bytes from %d: got %q, want %q", tt.put, tt.size, tt.start, got, tt.want)
		}
	}
}

func refuseBuffer(t *T) {
	b := data("Hello")
	t.run(setup{plugin: PluginConfig{Configuration: []byte("c")}}, b, func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "123")
		g.Want(puppet.NotFound, "proxy_set_buffer_bytes", 3, 0, 0, ptr, size)
		g.Want(puppet.NotFound, "proxy_set_buffer_bytes", 0, 0, 0, ptr, size)
		g.Want(puppet.BadArgument, "proxy_set_buffer_bytes", 6, 0, 0, ptr, size)
		g.Want(puppet.BadArgument, "proxy_set_buffer_bytes", 7, 0, 0, ptr, size)
		g.Want(puppet.BadArgument, "proxy_set_buffer_bytes", 9, 0, 0, ptr, size)
		g.Want(puppet.NotFound, "proxy_get_buffer_status", 3, puppet.OutA, puppet.OutB)
		g.Want(puppet.BadArgument, "proxy_get_buffer_status", 9, puppet.OutA, puppet.OutB)
	})
	if b.String() != "Hello" {
		t.Errorf("the buffer became %q", b)
	}
}

func bufferOfCallback(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	var ids []uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { ids = append(ids, params[0]); return 0 })
	t.stream(plugin, StreamConfig{})
	s := t.stream(plugin, StreamConfig{})
	p.On("proxy_on_upstream_data", func(g *puppet.Call, params [5]uint32) uint32 {
		get := func(status Status, typ uint64) {
			g.TB().Helper()
			g.Want(status, "proxy_get_buffer_bytes", typ, 0, all, puppet.OutA, puppet.OutB)
		}
		get(puppet.NotFound, 2)
		get(puppet.OK, 3)
		if got := g.Result(); got != "up" {
			t.Errorf("got %q", got)
		}
		g.Want(puppet.OK, "proxy_set_effective_context", uint64(ids[0]))
		get(puppet.NotFound, 3)
		g.Want(puppet.OK, "proxy_set_effective_context", 0)
		get(puppet.OK, 3)
		return 0
	})
	p.On("proxy_on_log", func(g *puppet.Call, _ [5]uint32) uint32 {
		for typ := range uint64(4) {
			g.Want(puppet.NotFound, "proxy_get_buffer_bytes", typ, 0, all, puppet.OutA, puppet.OutB)
		}
		return 0
	})
	_, err := s.OnUpstreamData(t.Context(), data("up"), false)
	t.must(err)
	s.Close(t.Context())
}

func invalidBufferMemory(t *T) {
	b := data("Hello")
	t.run(setup{}, b, func(g *puppet.Call) {
		get := func(args ...uint64) {
			g.TB().Helper()
			g.Want(puppet.InvalidMemoryAccess, "proxy_get_buffer_bytes", append([]uint64{2}, args...)...)
		}
		get(0, all, all, puppet.OutB)
		get(0, all, puppet.OutA, all)
		get(0, all, all-3, puppet.OutB)
		get(9, all, puppet.OutA, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_buffer_bytes", 2, 0, 0, all, 4)
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_buffer_bytes", 2, 0, 0, 0, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_buffer_bytes", 2, 0, 0, all-3, 8) // wraps around
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_buffer_status", 2, all, puppet.OutB)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_buffer_status", 2, puppet.OutA, all)
	})
	if b.String() != "Hello" {
		t.Errorf("the buffer became %q", b)
	}
}

// allocator: whatever the guest's allocator does, the host neither writes outside of memory nor crashes.
func allocator(t *T) {
	for _, tt := range []struct {
		name   string
		mode   puppet.AllocatorMode
		status Status
		traps  bool
	}{
		{"works", puppet.Allocate, puppet.OK, false},
		{"null", puppet.AllocateNull, puppet.InvalidMemoryAccess, false},
		{"beyond memory", puppet.AllocateBeyond, puppet.InvalidMemoryAccess, false},
		{"allowed calls, and growth", puppet.AllocateGrow, puppet.OK, false},
		{"traps", puppet.AllocateTrap, puppet.OK, true},
		{"forbidden call", puppet.AllocateCall, puppet.OK, true},
	} {
		var log messageLog
		p := t.puppet()
		s := t.stream(t.load(p, setup{runtime: RuntimeConfig{Log: log.add}}), StreamConfig{})
		p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
			g.SetAllocator(tt.mode)
			if tt.traps {
				g.Call("proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
				t.Errorf("%s: the host call returned", tt.name)
				return 0
			}
			g.Want(tt.status, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
			if tt.status == puppet.OK && g.Result() != "Hello" {
				t.Errorf("%s: got %q", tt.name, g.Result())
			}
			g.SetAllocator(puppet.Allocate)
			g.Want(puppet.NotFound, "proxy_done") // which the allocator may not call
			return 0
		})
		_, err := s.OnDownstreamData(t.Context(), data("Hello"), false)
		if tt.traps {
			t.failed(err, "proxy_on_downstream_data")
		} else if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.mode == puppet.AllocateGrow && !log.has("2:puppet") {
			t.Errorf("%s: the allocator logged %q", tt.name, log.messages())
		}
	}
}

func largeBuffer(t *T) {
	text := strings.Repeat("0123456789abcdef", 200_000)
	b := data(text)
	t.run(setup{}, b, func(g *puppet.Call) {
		g.Want(puppet.OK, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
		at, size := g.Uint32(puppet.OutA), g.Uint32(puppet.OutB)
		if int(size) != len(text) {
			t.Errorf("%d bytes of %d", size, len(text))
			return
		}
		g.Fill(at+1_000_000, '#', 1000)
		g.Want(puppet.OK, "proxy_set_buffer_bytes", 2, 0, all, uint64(at), uint64(size))
	})
	if want := text[:1_000_000] + strings.Repeat("#", 1000) + text[1_001_000:]; b.String() != want {
		t.Error("the buffer isn't what the guest wrote")
	}
}

// allocatorOfVersion: the modules differ in which allocator they have; one that they shouldn't be asked for traps.
func allocatorOfVersion(t *T) {
	for _, abi := range puppet.Versions {
		t.run(setup{abi: abi}, data("Hello"), func(g *puppet.Call) {
			g.Want(puppet.OK, "proxy_get_buffer_bytes", 2, 0, all, puppet.OutA, puppet.OutB)
			if got := g.Result(); got != "Hello" {
				t.Errorf("%s: got %q", abi, got)
			}
		})
	}
}

// noAllocator: the guest traps when it gets another status than it should.
func noAllocator(t *T) {
	s := t.stream(t.load(nil, setup{module: Guest("no_allocator")}), StreamConfig{})
	t.want(Continue)(s.OnDownstreamData(t.Context(), data("Hello"), false))
}
