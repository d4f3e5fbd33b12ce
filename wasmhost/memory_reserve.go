//go:build linux || darwin || freebsd

package wasmhost

import (
	"strconv"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// guestMemory is the memory of one guest, which never moves: the address space for all that the guest may get is reserved at once, and pages come
// as they are touched. On Go's heap a memory is copied as a whole whenever it outgrows its slice, which takes hundreds of milliseconds for a
// large one, in which nothing can stop it. It is left there if the system refuses, for example because of a limit of the process (ulimit -v),
// and where addresses are short.
type guestMemory struct {
	reserved []byte
	heap     []byte // instead
}

// Allocate implements experimental.MemoryAllocator. It is called once: a guest has one memory.
func (m *guestMemory) Allocate(_, most uint64) experimental.LinearMemory {
	if strconv.IntSize == 64 && most > 0 {
		m.reserved, _ = syscall.Mmap(-1, 0, int(most), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	}
	return m
}

// Reallocate implements experimental.LinearMemory.
func (m *guestMemory) Reallocate(size uint64) []byte {
	if m.reserved != nil {
		if size > uint64(len(m.reserved)) {
			return nil
		}
		return m.reserved[:size:size]
	}
	if more := int(size) - len(m.heap); more > 0 {
		m.heap = append(m.heap, make([]byte, more)...)
	}
	return m.heap
}

// Free implements experimental.LinearMemory. Nothing may look at the memory afterwards.
func (m *guestMemory) Free() {
	if m.reserved != nil {
		_ = syscall.Munmap(m.reserved) // can't fail for what Mmap returned
	}
	m.reserved, m.heap = nil, nil
}
