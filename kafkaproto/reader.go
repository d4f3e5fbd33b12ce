package kafkaproto

import "math"

// reader reads Kafka's primitive types with a sticky error: after the first one all reads give zero values. Every length
// from the wire is checked against what is left before it is used.
type reader struct {
	b   []byte
	off int
	err *ParseError
}

func (r *reader) fail(what, why string) {
	if r.err == nil {
		r.err = &ParseError{What: what, Offset: r.off, Why: why}
	}
}

func (r *reader) left() int { return len(r.b) - r.off }

// take returns the next n bytes, nil on failure.
func (r *reader) take(what string, n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > r.left() {
		r.fail(what, "reaches beyond the end")
		return nil
	}
	b := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return b
}

func (r *reader) int8(what string) int8 {
	if b := r.take(what, 1); b != nil {
		return int8(b[0])
	}
	return 0
}

func (r *reader) int16(what string) int16 {
	if b := r.take(what, 2); b != nil {
		return int16(be16(b))
	}
	return 0
}

func (r *reader) int32(what string) int32 {
	if b := r.take(what, 4); b != nil {
		return int32(be32(b))
	}
	return 0
}

// uvarint reads an UNSIGNED_VARINT of up to 32 bits.
func (r *reader) uvarint(what string) uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.take(what, 1)
		if b == nil {
			return 0
		}
		v |= uint64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			if v > math.MaxUint32 {
				break
			}
			return uint32(v)
		}
	}
	r.fail(what, "is no number of 32 bits")
	return 0
}

// varint reads a zigzag VARINT or VARLONG.
func (r *reader) varint(what string) int64 {
	var v uint64
	for shift := 0; shift < 70; shift += 7 {
		if r.err != nil {
			return 0
		}
		if r.off == len(r.b) {
			break
		}
		c := r.b[r.off]
		r.off++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int64(v>>1) ^ -int64(v&1)
		}
	}
	r.fail(what, "is no number of 64 bits")
	return 0
}

// length turns a length from the wire into one that is inside the input; -1 stands for null.
func (r *reader) length(what string, n int64) int {
	if r.err != nil {
		return 0
	}
	if n < -1 || n > int64(r.left()) {
		r.fail(what, "has a length beyond the end")
		return 0
	}
	return int(n)
}

// string reads a STRING or COMPACT_STRING, nil for null.
func (r *reader) string(what string, flexible bool) []byte {
	n := -1
	if flexible {
		n = r.length(what, int64(r.uvarint(what))-1)
	} else {
		n = r.length(what, int64(r.int16(what)))
	}
	if n < 0 {
		return nil
	}
	return r.take(what, n)
}

// bytes reads BYTES or COMPACT_BYTES, nil for null.
func (r *reader) bytes(what string, flexible bool) []byte {
	n := -1
	if flexible {
		n = r.length(what, int64(r.uvarint(what))-1)
	} else {
		n = r.length(what, int64(r.int32(what)))
	}
	if n < 0 {
		return nil
	}
	return r.take(what, n)
}

// arrayLen reads the length of an ARRAY or COMPACT_ARRAY. Each element takes a byte at least, so a longer array is refused.
func (r *reader) arrayLen(what string, flexible bool) int {
	if flexible {
		return max(0, r.length(what, int64(r.uvarint(what))-1))
	}
	return max(0, r.length(what, int64(r.int32(what))))
}

// skipTags passes over the tagged fields (KIP-482) of a flexible version.
func (r *reader) skipTags(flexible bool) {
	if !flexible {
		return
	}
	for n := r.uvarint("tagged fields"); n > 0 && r.err == nil; n-- {
		r.uvarint("tag")
		r.take("tagged field", r.length("tagged field", int64(r.uvarint("tagged field"))))
	}
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func putBE32(b []byte, v uint32) {
	b[0], b[1], b[2], b[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}
