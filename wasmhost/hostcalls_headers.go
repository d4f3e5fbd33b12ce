package wasmhost

import "slices"

// mapOf finds a header map of the context that host calls act on. A TCP stream has none; as in Envoy every call for one that
// isn't there is answered by BadArgument.
func (v *vm) mapOf(typ uint32) (h *Headers, writable bool) {
	if typ >= mapHTTPCallHeaders {
		if typ >= numMaps || v.running != cbHTTPCallResponse {
			return nil, false
		}
		return v.callMaps[typ-mapHTTPCallHeaders], false
	}
	stream := v.streams[v.effective]
	if stream == nil || stream.http == nil || typ >= numHTTPMaps {
		return nil, false
	}
	m := &stream.http.maps[typ]
	return m.headers, m.writable
}

func proxyGetHeaderMapSize(v *vm, s []uint64) uint32 {
	h, _ := v.mapOf(u32(s, 0))
	if h == nil {
		return uint32(StatusBadArgument)
	}
	return statusOf(v.write32(u32(s, 1), uint32(h.size())))
}

func proxyGetHeaderMapPairs(v *vm, s []uint64) uint32 {
	h, _ := v.mapOf(u32(s, 0))
	switch {
	case h == nil:
		return uint32(StatusBadArgument)
	case len(*h) == 0:
		return v.give(nil, u32(s, 1), u32(s, 2))
	}
	addrPtr, sizePtr := u32(s, 1), u32(s, 2)
	return v.give(h.appendPairs(nil), addrPtr, sizePtr)
}

func proxyGetHeaderMapValue(v *vm, s []uint64) uint32 {
	key, ok := v.read(u32(s, 1), u32(s, 2))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	h, _ := v.mapOf(u32(s, 0))
	if h == nil {
		return uint32(StatusBadArgument)
	}
	addrPtr, sizePtr := u32(s, 3), u32(s, 4)
	value, ok := h.Get(string(key))
	if !ok && v.plugin.module.abi != "0.1.0" { // there it is OK and empty
		return uint32(StatusNotFound)
	}
	return v.give([]byte(value), addrPtr, sizePtr)
}

// edit changes a copy of a header map, and keeps it if it is within the bounds.
func (v *vm) edit(typ uint32, change func(h *Headers)) uint32 {
	h, writable := v.mapOf(typ)
	if h == nil || !writable {
		return uint32(StatusBadArgument)
	}
	changed := slices.Clone(*h)
	change(&changed)
	if !changed.fits() {
		return uint32(StatusInternalFailure)
	}
	*h = changed
	return uint32(StatusOK)
}

func proxySetHeaderMapPairs(v *vm, s []uint64) uint32 {
	p, ok := v.read(u32(s, 1), u32(s, 2))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	pairs, ok := parsePairs(p)
	if !ok {
		return uint32(StatusBadArgument)
	}
	return v.edit(u32(s, 0), func(h *Headers) {
		*h = nil
		for _, e := range pairs {
			h.add(e.Name, e.Value)
		}
	})
}

func proxyAddHeaderMapValue(v *vm, s []uint64) uint32     { return v.editValue(s, (*Headers).add) }
func proxyReplaceHeaderMapValue(v *vm, s []uint64) uint32 { return v.editValue(s, (*Headers).replace) }

func (v *vm) editValue(s []uint64, change func(h *Headers, name, value string)) uint32 {
	name, ok1 := v.read(u32(s, 1), u32(s, 2))
	value, ok2 := v.read(u32(s, 3), u32(s, 4))
	if !ok1 || !ok2 {
		return uint32(StatusInvalidMemoryAccess)
	}
	return v.edit(u32(s, 0), func(h *Headers) { change(h, string(name), string(value)) })
}

func proxyRemoveHeaderMapValue(v *vm, s []uint64) uint32 {
	name, ok := v.read(u32(s, 1), u32(s, 2))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	return v.edit(u32(s, 0), func(h *Headers) { h.remove(string(name)) })
}
