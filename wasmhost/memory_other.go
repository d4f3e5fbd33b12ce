//go:build !(linux || darwin || freebsd)

package wasmhost

import "github.com/tetratelabs/wazero/experimental"

// guestMemory leaves the memories of guests on Go's heap: see memory_reserve.go.
type guestMemory struct{ heap []byte }

// Allocate implements experimental.MemoryAllocator.
func (m *guestMemory) Allocate(uint64, uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory.
func (m *guestMemory) Reallocate(size uint64) []byte {
	if more := int(size) - len(m.heap); more > 0 {
		m.heap = append(m.heap, make([]byte, more)...)
	}
	return m.heap
}

// Free implements experimental.LinearMemory.
func (m *guestMemory) Free() { m.heap = nil }
