package wasmhost

func proxySetSharedData(v *vm, s []uint64) uint32 {
	key, ok1 := v.read(u32(s, 0), u32(s, 1))
	value, ok2 := v.read(u32(s, 2), u32(s, 3))
	if !ok1 || !ok2 {
		return uint32(StatusInvalidMemoryAccess)
	}
	return uint32(v.plugin.runtime.shared.set(v.plugin.cfg.VMID, key, value, u32(s, 4)))
}

func proxyGetSharedData(v *vm, s []uint64) uint32 {
	key, ok := v.read(u32(s, 0), u32(s, 1))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	addrPtr, sizePtr, casPtr := u32(s, 2), u32(s, 3), u32(s, 4)
	value, cas, ok := v.plugin.runtime.shared.get(v.plugin.cfg.VMID, key)
	if !ok {
		return uint32(StatusNotFound)
	}
	if !v.write32(casPtr, cas) {
		return uint32(StatusInvalidMemoryAccess)
	}
	return v.give(value, addrPtr, sizePtr)
}

func proxyRegisterSharedQueue(v *vm, s []uint64) uint32 {
	name, ok := v.read(u32(s, 0), u32(s, 1))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	token, status := v.plugin.runtime.queues.register(v.plugin.cfg.VMID, name, v)
	if status != StatusOK {
		return uint32(status)
	}
	return statusOf(v.write32(u32(s, 2), token))
}

func proxyResolveSharedQueue(v *vm, s []uint64) uint32 {
	vmID, ok1 := v.read(u32(s, 0), u32(s, 1))
	name, ok2 := v.read(u32(s, 2), u32(s, 3))
	if !ok1 || !ok2 {
		return uint32(StatusInvalidMemoryAccess)
	}
	id := string(vmID)
	if id == "" {
		id = v.plugin.cfg.VMID
	}
	token, ok := v.plugin.runtime.queues.resolve(id, name)
	if !ok {
		return uint32(StatusNotFound)
	}
	return statusOf(v.write32(u32(s, 4), token))
}

func proxyEnqueueSharedQueue(v *vm, s []uint64) uint32 {
	p, ok := v.read(u32(s, 1), u32(s, 2))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	return uint32(v.plugin.runtime.queues.enqueue(u32(s, 0), p))
}

func proxyDequeueSharedQueue(v *vm, s []uint64) uint32 {
	addrPtr, sizePtr := u32(s, 1), u32(s, 2)
	p, status := v.plugin.runtime.queues.dequeue(u32(s, 0))
	if status != StatusOK {
		return uint32(status)
	}
	return v.give(p, addrPtr, sizePtr)
}
