package wasmhost

// proxyHTTPCall answers as Envoy does to the name of an unknown cluster: no destination is configured.
func proxyHTTPCall(v *vm, s []uint64) uint32 {
	for _, i := range []int{0, 2, 4, 6} { // destination, headers, body, trailers
		if _, ok := v.read(u32(s, i), u32(s, i+1)); !ok {
			return uint32(StatusInvalidMemoryAccess)
		}
	}
	return uint32(StatusBadArgument)
}

// noDestination is the answer to gRPC calls, for which there is no destination either.
func noDestination(*vm, []uint64) uint32 { return uint32(StatusInternalFailure) }

// noSuchCall is the answer to what a guest does to a gRPC call that it can't have made.
func noSuchCall(*vm, []uint64) uint32 { return uint32(StatusNotFound) }
