package wasmhost

// noDestination is the answer to gRPC calls, for which there is no destination.
func noDestination(*vm, []uint64) uint32 { return uint32(StatusInternalFailure) }

// noSuchCall is the answer to what a guest does to a gRPC call that it can't have made.
func noSuchCall(*vm, []uint64) uint32 { return uint32(StatusNotFound) }
