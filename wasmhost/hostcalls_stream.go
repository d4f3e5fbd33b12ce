package wasmhost

func proxyContinueStream(v *vm, s []uint64) uint32 {
	typ := StreamType(u32(s, 0))
	if typ > StreamUpstream {
		return uint32(StatusBadArgument)
	}
	return v.continueStream(typ)
}

func (v *vm) continueStream(typ StreamType) uint32 {
	stream := v.streams[v.effective]
	if stream == nil || !stream.has(typ) {
		return uint32(StatusOK) // nothing to continue, which Envoy doesn't mind
	}
	if v.effective == v.current && directionOf(v.running) == typ {
		v.resume = true
		return uint32(StatusOK)
	}
	if stream.http != nil {
		stream.http.handedOn(typ == StreamResponse)
	}
	v.addEvent(event{stream: stream, kind: eventContinue, typ: typ})
	return uint32(StatusOK)
}

// has tells whether a stream of this kind has the direction: those of TCP and of HTTP have different ones.
func (s *Stream) has(typ StreamType) bool { return (s.http != nil) == (typ < StreamDownstream) }

// directionOf tells which direction's data a callback decides on.
func directionOf(cb callback) StreamType {
	switch cb {
	case cbRequestHeaders, cbRequestBody, cbRequestTrailers:
		return StreamRequest
	case cbResponseHeaders, cbResponseBody, cbResponseTrailers:
		return StreamResponse
	case cbDownstreamData:
		return StreamDownstream
	case cbUpstreamData:
		return StreamUpstream
	}
	return StreamUpstream + 1
}

func proxyCloseStream(v *vm, s []uint64) uint32 {
	typ := StreamType(u32(s, 0))
	if typ > StreamUpstream {
		return uint32(StatusBadArgument)
	}
	stream := v.streams[v.effective]
	if stream == nil || !stream.has(typ) {
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
