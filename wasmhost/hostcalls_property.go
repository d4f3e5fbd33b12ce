package wasmhost

import (
	"bytes"
	"strings"
)

// maxPropertyBytes bounds what a guest may set on one stream, names included.
const maxPropertyBytes = 64 << 10

func proxyGetProperty(v *vm, s []uint64) uint32 {
	raw, ok := v.read(u32(s, 0), u32(s, 1))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	if len(raw) > maxPropertyBytes {
		return uint32(StatusNotFound) // there is none with such a name
	}
	path := splitPath(raw)
	if path == nil {
		return uint32(StatusSerializationFailure)
	}
	value, ok := v.property(path)
	if !ok {
		return uint32(StatusNotFound)
	}
	return v.give(value, u32(s, 2), u32(s, 3))
}

// splitPath splits a path at its NULs; one at its end doesn't count. Nil for an empty path.
func splitPath(raw []byte) []string {
	text := strings.TrimSuffix(string(raw), "\x00")
	if len(raw) == 0 {
		return nil
	}
	return strings.Split(text, "\x00")
}

// property finds a value: the plugin's own, then the stream's, then what the guest has set on it.
func (v *vm) property(path []string) ([]byte, bool) {
	if len(path) == 1 {
		cfg := &v.plugin.cfg
		switch path[0] {
		case "plugin_name":
			return []byte(cfg.Name), true
		case "plugin_root_id":
			return []byte(cfg.RootID), true
		case "plugin_vm_id":
			return []byte(cfg.VMID), true
		}
	}
	stream := v.streams[v.effective]
	if stream == nil {
		return nil, false
	}
	if stream.cfg.Properties != nil {
		if value, ok := stream.cfg.Properties(path); ok {
			return value, true
		}
	}
	value, ok := stream.properties[strings.Join(path, "\x00")]
	return value, ok
}

// proxySetProperty keeps a value with the stream. Without a stream there is nothing to keep it with.
func proxySetProperty(v *vm, s []uint64) uint32 {
	raw, ok1 := v.read(u32(s, 0), u32(s, 1))
	value, ok2 := v.read(u32(s, 2), u32(s, 3))
	if !ok1 || !ok2 {
		return uint32(StatusInvalidMemoryAccess)
	}
	stream := v.streams[v.effective]
	if stream == nil {
		return uint32(StatusNotFound)
	}
	if len(raw) > maxPropertyBytes {
		return uint32(StatusInternalFailure)
	}
	path := splitPath(raw)
	if path == nil {
		return uint32(StatusBadArgument)
	}
	return uint32(stream.setProperty(strings.Join(path, "\x00"), value))
}

func (s *Stream) setProperty(key string, value []byte) Status {
	size := s.propBytes + len(value)
	if old, ok := s.properties[key]; ok {
		size -= len(old)
	} else {
		size += len(key) + entryOverhead
	}
	if size > maxPropertyBytes {
		return StatusInternalFailure
	}
	if s.properties == nil {
		s.properties = map[string][]byte{}
	}
	s.propBytes = size
	s.properties[key] = bytes.Clone(value)
	return StatusOK
}
