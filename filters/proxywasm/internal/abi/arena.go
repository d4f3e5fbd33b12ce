package abi

import "unsafe"

// arena is the memory that the host's answers are written to: bumped for each allocation, reset for each callback, so that
// steady traffic allocates nothing. Within one callback no two answers share memory.
type arena struct {
	chunks [][]byte // all in use since the last reset; the last is the one that is filled
	used   int      // bytes used of the last chunk
	target []byte   // where the answer of the host call under way should go instead
}

const (
	arenaChunk = 64 << 10
	// arenaKeep bounds what stays allocated between callbacks: one large frame doesn't occupy a VM's memory for ever.
	arenaKeep = 4 << 20
	// arenaMax bounds one answer of the host.
	arenaMax = 128 << 20
)

// alloc returns n bytes that nothing else uses until reset.
func (a *arena) alloc(n int) []byte {
	if last := len(a.chunks) - 1; last >= 0 && n <= len(a.chunks[last])-a.used {
		b := a.chunks[last][a.used : a.used+n : a.used+n]
		a.used += (n + 7) &^ 7 // the host may store numbers
		a.used = min(a.used, len(a.chunks[last]))
		return b
	}
	size := arenaChunk
	for size < n && size < arenaKeep {
		size *= 2
	}
	a.chunks = append(a.chunks, make([]byte, max(size, n)))
	a.used = 0
	return a.alloc(n)
}

// reset makes the largest chunk that is small enough to keep the only one.
func (a *arena) reset() {
	var keep []byte
	for _, c := range a.chunks {
		if len(c) > len(keep) && len(c) <= arenaKeep {
			keep = c
		}
	}
	clear(a.chunks)
	a.chunks, a.used = a.chunks[:0], 0
	if keep != nil {
		a.chunks = append(a.chunks, keep)
	}
}

// find returns the n bytes at the address p, or false if they aren't memory of this arena.
func (a *arena) find(p, n uint32) ([]byte, bool) {
	if t := a.target; len(t) > 0 && int(n) <= len(t) && uintptr(p) == uintptr(unsafe.Pointer(unsafe.SliceData(t))) {
		return t[:n], true
	}
	for i := len(a.chunks) - 1; i >= 0; i-- {
		c := a.chunks[i]
		base := uintptr(unsafe.Pointer(unsafe.SliceData(c)))
		if off := uintptr(p) - base; uintptr(p) >= base && off <= uintptr(len(c)) && uintptr(n) <= uintptr(len(c))-off {
			return c[off : off+uintptr(n) : off+uintptr(n)], true
		}
	}
	return nil, false
}

var memory arena

// Allocate is what proxy_on_memory_allocate returns: nil if the host asks for more than a filter may hold.
func Allocate(n uint32) *byte {
	if n == 0 || n > arenaMax {
		return nil
	}
	if int(n) <= len(memory.target) {
		return unsafe.SliceData(memory.target)
	}
	return unsafe.SliceData(memory.alloc(int(n)))
}

// ResetArena ends the life of all bytes that host calls returned.
func ResetArena() { memory.reset() }
