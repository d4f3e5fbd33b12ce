package wasmhost

// proxyGRPCCall and proxyGRPCStream refuse: there is no destination for gRPC. They are passed service, its name, its method, initial
// metadata, and a call also its message.
func proxyGRPCCall(v *vm, s []uint64) uint32   { return v.noDestination(s[:10]) }
func proxyGRPCStream(v *vm, s []uint64) uint32 { return v.noDestination(s[:8]) }

// noDestination gets the addresses and sizes of what a guest passes.
func (v *vm) noDestination(ranges []uint64) uint32 {
	for i := 0; i < len(ranges); i += 2 {
		if _, ok := v.read(u32(ranges, i), u32(ranges, i+1)); !ok {
			return uint32(StatusInvalidMemoryAccess)
		}
	}
	return uint32(StatusInternalFailure)
}

// noSuchCall is the answer to what a guest does to a gRPC call that it can't have made.
func noSuchCall(*vm, []uint64) uint32 { return uint32(StatusNotFound) }

func proxyGRPCSend(v *vm, s []uint64) uint32 {
	if _, ok := v.read(u32(s, 1), u32(s, 2)); !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	return noSuchCall(v, s)
}
