package wasmhost

// bytesOf returns a view of a buffer. Data is there only for the callback that it was passed to, and in its context.
func (v *vm) bytesOf(typ bufferType) ([]byte, Status) {
	switch {
	case typ > bufferForeignFunctionsArgs:
		return nil, StatusBadArgument
	case typ == bufferVMConfiguration:
		return v.plugin.cfg.VMConfiguration, StatusOK
	case typ == bufferPluginConfiguration:
		return v.plugin.cfg.Configuration, StatusOK
	case typ == v.bufferType && v.effective == v.current:
		return v.buffer.Bytes(), StatusOK
	default:
		return nil, StatusNotFound
	}
}

func proxyGetBufferBytes(v *vm, s []uint64) uint32 {
	b, status := v.bytesOf(bufferType(u32(s, 0)))
	if status != StatusOK {
		return uint32(status)
	}
	addrPtr, sizePtr := u32(s, 3), u32(s, 4)
	start, end := clip(len(b), u32(s, 1), u32(s, 2))
	return v.give(b[start:end], addrPtr, sizePtr)
}

// clip returns the part of length bytes that begins at start and is size long, as far as it exists.
func clip(length int, start, size uint32) (from, to int) {
	n := uint64(length)
	first := min(uint64(start), n)
	return int(first), int(min(first+uint64(size), n))
}

// proxySetBufferBytes replaces a range: at start 0 it prepends or rewrites, from the end on it appends. In between
// Envoy refuses, where the specification allows it, as we do.
func proxySetBufferBytes(v *vm, s []uint64) uint32 {
	typ := bufferType(u32(s, 0))
	b, status := v.bytesOf(typ)
	if status != StatusOK {
		return uint32(status)
	}
	if _, fixed := v.buffer.(readOnly); fixed || typ != v.bufferType {
		return uint32(StatusBadArgument) // a configuration can't be written to
	}
	p, ok := v.read(u32(s, 3), u32(s, 4))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	start, end := clip(len(b), u32(s, 1), u32(s, 2))
	if v.buffer.Splice(start, end-start, p) != nil {
		return uint32(StatusInternalFailure) // it has grown past its bound
	}
	return uint32(StatusOK)
}

func proxyGetBufferStatus(v *vm, s []uint64) uint32 {
	b, status := v.bytesOf(bufferType(u32(s, 0)))
	if status != StatusOK {
		return uint32(status)
	}
	return statusOf(v.write32(u32(s, 1), uint32(len(b))) && v.write32(u32(s, 2), 0))
}
