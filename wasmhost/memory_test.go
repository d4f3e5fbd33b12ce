package wasmhost

import (
	"fmt"
	"os"
	goruntime "runtime"
	"testing"
	"unsafe"
)

// TestMemoryStaysInPlace: growing a guest's memory copies nothing, and its pages are zero.
func TestMemoryStaysInPlace(t *testing.T) {
	switch goruntime.GOOS {
	case "linux", "darwin", "freebsd":
	default:
		t.Skip("memories are on Go's heap here")
	}
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{})
	mem := p.pool.vms[0].mem
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		base := func() *byte {
			b, _ := mem.Read(0, 1)
			return unsafe.SliceData(b)
		}
		before, size := base(), mem.Size()
		if ok := g.Grow(1000); !ok || base() != before {
			t.Errorf("grown: %v; from %p to %p", ok, before, base())
		}
		if b, ok := mem.Read(size, 1000*pageSize); !ok || b[0] != 0 || b[len(b)-1] != 0 {
			t.Error("the new pages can't be read, or aren't zero")
		}
		if g.Grow(4000) {
			t.Error("the memory has grown beyond its limit")
		}
		return 0
	})
	s := newStream(t, p, StreamConfig{})
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
}

// TestMemoryOnTheHeap: where the system gives no memory that stays, it grows by being copied.
func TestMemoryOnTheHeap(t *testing.T) {
	var m guestMemory
	b := m.Reallocate(pageSize)
	b[1] = 7
	if b = m.Reallocate(3 * pageSize); len(b) != 3*pageSize || b[1] != 7 {
		t.Errorf("%d bytes, %d at 1", len(b), b[1])
	}
	m.Free()
}

// TestMemoryIsGivenBack: by VMs that end, and by those that don't come to life. Each has 256 MiB of addresses.
func TestMemoryIsGivenBack(t *testing.T) {
	if goruntime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	size := func() (pages int64) {
		b, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			t.Skip(err)
		}
		if _, err := fmt.Sscan(string(b), &pages); err != nil {
			t.Fatal(err)
		}
		return pages * int64(os.Getpagesize())
	}
	r := newTestRuntime(t, Config{})
	p := load(t, r, "xor", PluginConfig{VMs: 1})
	for name, try := range map[string]func(){
		"ended": func() {
			v, err := p.newVM(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := v.shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"trap in the start section": func() {
			if _, err := r.Load(t.Context(), guest(t, "bad_start_section"), PluginConfig{}); err == nil {
				t.Fatal("it starts")
			}
		},
		"trap in _start": func() {
			if _, err := r.Load(t.Context(), guest(t, "bad_start"), PluginConfig{}); err == nil {
				t.Fatal("it starts")
			}
		},
	} {
		try()
		before := size()
		for range 20 {
			try()
		}
		if grown := size() - before; grown > 2<<30 {
			t.Errorf("%s: the process has %d MiB of addresses more", name, grown>>20)
		}
	}
}
