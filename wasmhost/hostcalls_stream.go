package wasmhost

func proxyContinueStream(v *vm, s []uint64) uint32 {
	typ := StreamType(u32(s, 0))
	if typ > StreamUpstream {
		return uint32(StatusBadArgument)
	}
	stream := v.streams[v.effective]
	if stream == nil || typ < StreamDownstream {
		return uint32(StatusOK) // nothing to continue, which Envoy doesn't mind
	}
	if v.effective == v.current && v.runsDirection(typ) {
		v.resume = true
		return uint32(StatusOK)
	}
	v.addEvent(event{stream: stream, kind: eventContinue, typ: typ})
	return uint32(StatusOK)
}

// runsDirection tells whether the running callback is the one for data of this direction.
func (v *vm) runsDirection(typ StreamType) bool {
	return v.running == cbDownstreamData && typ == StreamDownstream || v.running == cbUpstreamData && typ == StreamUpstream
}

func proxyCloseStream(v *vm, s []uint64) uint32 {
	typ := StreamType(u32(s, 0))
	if typ > StreamUpstream {
		return uint32(StatusBadArgument)
	}
	stream := v.streams[v.effective]
	if stream == nil || typ < StreamDownstream {
		return uint32(StatusOK)
	}
	if v.effective == v.current {
		v.drop = true
	}
	v.addEvent(event{stream: stream, kind: eventClose, typ: typ})
	return uint32(StatusOK)
}

// addEvent keeps an event for when the VM is unlocked. Repeating one does nothing.
func (v *vm) addEvent(e event) {
	for _, old := range v.events {
		if old.stream == e.stream && old.kind == e.kind && old.typ == e.typ {
			return
		}
	}
	v.events = append(v.events, e)
}
