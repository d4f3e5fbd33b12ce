package wasmhost

// A TCP stream has no header maps. As in Envoy, every call for one is answered by BadArgument, after the same checks of
// memory.

func proxyNoHeaderMap(*vm, []uint64) uint32 { return uint32(StatusBadArgument) }

// proxyNoHeaderMapKey is for the calls that pass a key, or pairs.
func proxyNoHeaderMapKey(v *vm, s []uint64) uint32 {
	if _, ok := v.read(u32(s, 1), u32(s, 2)); !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	return uint32(StatusBadArgument)
}
