package wasmhost

import (
	"encoding/binary"
	"slices"
	"strings"
)

const (
	// maxPairs and maxPairsBytes bound a header map, as in Envoy. The bytes are those of the serialised form.
	maxPairs      = 1024
	maxPairsBytes = 1 << 20
)

// Header is one line of a header map. Names that a guest sets are in lower case; :method and its like are headers too.
type Header struct{ Name, Value string }

// Headers is a header map: in order, and with repeated names. Names are compared without regard to case.
type Headers []Header

// Get returns the first value of a name.
func (h Headers) Get(name string) (value string, ok bool) {
	i := slices.IndexFunc(h, func(e Header) bool { return strings.EqualFold(e.Name, name) })
	if i < 0 {
		return "", false
	}
	return h[i].Value, true
}

func (h *Headers) add(name, value string) { *h = append(*h, Header{strings.ToLower(name), value}) }

// replace leaves one line of the name, where the first one was.
func (h *Headers) replace(name, value string) {
	for i, e := range *h {
		if strings.EqualFold(e.Name, name) {
			rest := slices.Clone((*h)[i+1:])
			rest.remove(name)
			*h = append(append((*h)[:i:i], Header{strings.ToLower(name), value}), rest...)
			return
		}
	}
	h.add(name, value)
}

func (h *Headers) remove(name string) {
	*h = slices.DeleteFunc(*h, func(e Header) bool { return strings.EqualFold(e.Name, name) })
}

// fits tells whether the map is within the bounds of the ABI.
func (h Headers) fits() bool {
	return len(h) <= maxPairs && 4+h.size()+10*len(h) <= maxPairsBytes
}

// size is the number of bytes of names and values.
func (h Headers) size() (n int) {
	for _, e := range h {
		n += len(e.Name) + len(e.Value)
	}
	return n
}

// appendPairs appends the serialised form: the number of pairs, the lengths of each one's name and value, and then these,
// each with a NUL after it. Numbers are 32 bits, little-endian.
func (h Headers) appendPairs(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(h)))
	for _, e := range h {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Name)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Value)))
	}
	for _, e := range h {
		b = append(append(b, e.Name...), 0)
		b = append(append(b, e.Value...), 0)
	}
	return b
}

// parsePairs reads the serialised form. An empty p is an empty map.
func parsePairs(p []byte) (h Headers, ok bool) {
	if len(p) == 0 {
		return nil, true
	}
	if len(p) < 4 || len(p) > maxPairsBytes {
		return nil, false
	}
	n := binary.LittleEndian.Uint32(p)
	if n > maxPairs || uint64(len(p)) < 4+8*uint64(n) {
		return nil, false
	}
	lengths, text := p[4:4+8*n], p[4+8*n:]
	next := func(size uint32) (s string) {
		if uint64(len(text)) <= uint64(size) || text[size] != 0 {
			ok = false
			return ""
		}
		s, text = string(text[:size]), text[size+1:]
		return s
	}
	ok = true
	for i := uint32(0); i < n && ok; i++ {
		name := next(binary.LittleEndian.Uint32(lengths[8*i:]))
		h = append(h, Header{name, next(binary.LittleEndian.Uint32(lengths[8*i+4:]))})
	}
	return h, ok && len(text) == 0
}
