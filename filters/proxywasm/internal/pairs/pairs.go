// Package pairs serialises header maps (Proxy-Wasm spec, "Serialization"): the number of pairs, the lengths of each one's name and value, and then
// these, each with a NUL after it. Numbers are 32 bits, little-endian.
package pairs

// Header is one line of a header map. Hosts give names in lower case.
type Header struct{ Name, Value string }

const (
	wordLen   = 4
	lengthLen = 2 * wordLen // of the lengths of one pair
)

// Append appends the serialised form to dst.
func Append(dst []byte, headers []Header) []byte {
	dst = appendWord(dst, len(headers))
	for _, h := range headers {
		dst = appendWord(appendWord(dst, len(h.Name)), len(h.Value))
	}
	for _, h := range headers {
		dst = append(append(dst, h.Name...), 0)
		dst = append(append(dst, h.Value...), 0)
	}
	return dst
}

func appendWord(b []byte, n int) []byte {
	return append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func word(b []byte) int {
	_ = b[wordLen-1]
	return int(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
}

// Parse reads the serialised form; false if it isn't one. Without any bytes there are no headers.
func Parse(b []byte) (headers []Header, ok bool) {
	if len(b) == 0 {
		return nil, true
	}
	if len(b) < wordLen || word(b) > (len(b)-wordLen)/lengthLen {
		return nil, false
	}
	n := word(b)
	lengths, text := b[wordLen:wordLen+n*lengthLen], b[wordLen+n*lengthLen:]
	headers = make([]Header, 0, n)
	for ; len(lengths) > 0; lengths = lengths[lengthLen:] {
		var h Header
		if h.Name, text, ok = cut(text, word(lengths)); !ok {
			return nil, false
		}
		if h.Value, text, ok = cut(text, word(lengths[wordLen:])); !ok {
			return nil, false
		}
		headers = append(headers, h)
	}
	return headers, len(text) == 0
}

// cut splits a string of n bytes and its NUL off b.
func cut(b []byte, n int) (s string, rest []byte, ok bool) {
	if n >= len(b) || b[n] != 0 {
		return "", nil, false
	}
	return string(b[:n]), b[n+1:], true
}
