package wasmhost

import (
	"math"
)

// read returns a view of guest memory, valid until the next call into the guest: memory may move when it grows.
func (v *vm) read(ptr, size uint32) ([]byte, bool) {
	if v.mem == nil {
		return nil, false
	}
	return v.mem.Read(ptr, size)
}

func (v *vm) write32(ptr, value uint32) bool {
	return v.mem != nil && v.mem.WriteUint32Le(ptr, value)
}

func (v *vm) write64(ptr uint32, value uint64) bool {
	return v.mem != nil && v.mem.WriteUint64Le(ptr, value)
}

// statusOf turns the outcome of a write to guest memory into a status.
func statusOf(written bool) uint32 {
	if !written {
		return uint32(StatusInvalidMemoryAccess)
	}
	return uint32(StatusOK)
}

// give copies p into memory that the guest allocates, and writes its address and size to where the guest wants them.
// Nothing is allocated for an empty p.
func (v *vm) give(p []byte, addrPtr, sizePtr uint32) uint32 {
	addr := uint32(0)
	if len(p) > 0 {
		var ok bool
		if addr, ok = v.allocate(len(p)); !ok || !v.mem.Write(addr, p) {
			return uint32(StatusInvalidMemoryAccess)
		}
	}
	return statusOf(v.write32(addrPtr, addr) && v.write32(sizePtr, uint32(len(p))))
}

// allocate asks the guest for size bytes, and checks that what it gets is inside of the guest's memory. A trap in the
// allocator is a trap of the callback that is running.
func (v *vm) allocate(size int) (addr uint32, ok bool) {
	if v.allocator == nil || v.mem == nil || int64(size) > math.MaxUint32 {
		return 0, false
	}
	before := v.phase
	v.phase = phaseAlloc
	v.allocStack[0] = uint64(size)
	err := v.allocator.CallWithStack(&v.callCtx, v.allocStack[:])
	v.phase = before
	if err != nil {
		panic(allocError{err})
	}
	addr = uint32(v.allocStack[0])
	if _, ok := v.mem.Read(addr, uint32(size)); addr == 0 || !ok {
		return 0, false
	}
	return addr, true
}

// allocError carries the failure of an allocator through the host call that needed the memory.
type allocError struct{ err error }

func (e allocError) Error() string { return "in the allocator: " + e.err.Error() }
func (e allocError) Unwrap() error { return e.err }
