package wire

import (
	"math"
	"math/bits"
)

// MaxString is the longest string that Kafka takes, in bytes, in flexible
// versions too.
const MaxString = math.MaxInt16

// Reader reads Kafka's primitives one after the other. After the first error
// everything it reads is zero and [Reader.Err] tells that error.
//
// The slices it returns alias the input, with their capacity cut to their
// length. Lengths are checked against what is left before they are used.
type Reader struct {
	b   []byte
	off int
	err *Error
}

// NewReader returns a reader of b.
func NewReader(b []byte) Reader { return Reader{b: b} }

// Err returns the first error, an [*Error], or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Failed tells whether there was an error.
func (r *Reader) Failed() bool { return r.err != nil }

// Offset returns how many bytes have been read; after an error, where the
// field that failed begins.
func (r *Reader) Offset() int {
	if r.err != nil {
		return r.err.Offset
	}
	return r.off
}

// Remaining returns how many bytes are left.
func (r *Reader) Remaining() int { return len(r.b) - r.off }

// End fails with TrailingBytes if anything is left to read.
func (r *Reader) End(message string) {
	if r.off < len(r.b) {
		r.Fail(TrailingBytes, message, r.off)
	}
}

// Fail records an error unless there is one already, and ends the reading.
//
//go:noinline
func (r *Reader) Fail(kind Kind, field string, offset int) {
	if r.err == nil {
		r.err = &Error{Kind: kind, Field: field, Offset: offset}
	}
	r.b, r.off = nil, 0
}

// BadVersion fails because the message isn't known in version.
func (r *Reader) BadVersion(message string, version, min, max int16) {
	if r.err == nil {
		r.err = &Error{
			Kind: UnsupportedVersion, Field: message, Offset: r.off,
			Version: version, Min: min, Max: max,
		}
	}
	r.b, r.off = nil, 0
}

// Next returns the next n bytes, or nil if fewer are left; the caller then
// calls Short to name the field. n isn't negative.
func (r *Reader) Next(n int) []byte {
	if n > len(r.b)-r.off {
		return nil
	}
	p := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return p
}

// Rest returns the bytes that are left, without reading them.
func (r *Reader) Rest() []byte { return r.b[r.off:] }

// Skip passes over n bytes of Rest.
func (r *Reader) Skip(n int) { r.off += n }

// Short fails with Truncated in a run of fixed-size fields. Each field stands
// in fields as its name followed by one byte below 0x20, its width.
//
//go:noinline
func (r *Reader) Short(fields string) {
	at, left, start := r.off, len(r.b)-r.off, 0
	for i := 0; i < len(fields); i++ {
		if fields[i] >= 0x20 {
			continue
		}
		width := int(fields[i])
		if left < width {
			r.Fail(Truncated, fields[start:i], at)
			return
		}
		at, left, start = at+width, left-width, i+1
	}
	r.Fail(Truncated, fields, at)
}

// Uvarint reads an unsigned varint of at most 32 bits.
func (r *Reader) Uvarint(field string) uint32 {
	if r.off < len(r.b) && r.b[r.off] < 0x80 {
		v := r.b[r.off]
		r.off++
		return uint32(v)
	}
	return r.longUvarint(field)
}

func (r *Reader) longUvarint(field string) uint32 {
	var v uint32
	for i, c := range r.b[r.off:] {
		// The fifth byte holds the upper four bits.
		if i == 4 && c > 0x0f {
			r.Fail(BadVarint, field, r.off)
			return 0
		}
		v |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.off += i + 1
			return v
		}
	}
	r.Fail(Truncated, field, r.off)
	return 0
}

// String reads a string: an int16 length, or a compact one if flex. Null is
// nil and only taken if nullable; an empty string is never nil.
//
//go:noinline
func (r *Reader) String(flex, nullable bool, field string) []byte {
	start := r.off
	var n int
	if flex {
		n = r.compactLen(field)
	} else if p := r.Next(2); p != nil {
		n = int(Int16(p))
	} else {
		r.Fail(Truncated, field, start)
	}
	if n > MaxString {
		r.Fail(TooLong, field, start)
	}
	return r.span(n, nullable, field, start)
}

// Bytes reads a byte array: an int32 length, or a compact one if flex. Null
// is nil and only taken if nullable; an empty array is never nil.
//
//go:noinline
func (r *Reader) Bytes(flex, nullable bool, field string) []byte {
	start := r.off
	return r.span(r.length(flex, field), nullable, field, start)
}

// span takes n bytes, or null for n < 0.
func (r *Reader) span(n int, nullable bool, field string, start int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 {
		if !nullable {
			r.Fail(NullNotAllowed, field, start)
		}
		return nil
	}
	if n > len(r.b)-r.off {
		r.Fail(LengthBeyondInput, field, start)
		return nil
	}
	p := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return p
}

// length reads an int32 length, or a compact one if flex: -1 stands for null.
func (r *Reader) length(flex bool, field string) int {
	if flex {
		return r.compactLen(field)
	}
	p := r.Next(4)
	if p == nil {
		r.Fail(Truncated, field, r.off)
		return 0
	}
	// Java takes every negative length for null.
	return max(int(Int32(p)), -1)
}

func (r *Reader) compactLen(field string) int {
	start := r.off
	v := r.Uvarint(field)
	if v > math.MaxInt32 {
		r.Fail(LengthBeyondInput, field, start)
		return 0
	}
	return int(v) - 1
}

// Len reads an array's length: an int32, or a compact one if flex. It returns
// -1 for null, which is only taken if nullable. min is the fewest bytes that
// an element has on the wire; a count of elements that can't be there fails.
func (r *Reader) Len(flex, nullable bool, min int, field string) int {
	start := r.off
	n := r.length(flex, field)
	if n < 0 && !nullable {
		r.Fail(NullNotAllowed, field, start)
		return 0
	}
	if n > 0 && n > (len(r.b)-r.off)/min {
		if r.err == nil {
			r.Fail(LengthBeyondInput, field, start)
		}
		return 0
	}
	return n
}

// Marker reads the byte that stands before a struct that can be null, and
// tells whether the struct follows.
func (r *Reader) Marker(field string) bool {
	p := r.Next(1)
	if p == nil {
		r.Fail(Truncated, field, r.off)
		return false
	}
	return int8(p[0]) >= 0
}

// TagMarker is as Marker for a struct in a tagged field, where Kafka writes a
// varint: 0 is null.
func (r *Reader) TagMarker(field string) bool { return r.Uvarint(field) != 0 }

// Resize returns s with length n, never nil for n = 0. What s held is kept, up
// to its capacity, so that elements decoded into again bring their slices.
func Resize[T any](s []T, n int) []T {
	if n <= cap(s) && s != nil {
		return s[:n]
	}
	grown := make([]T, n)
	copy(grown, s[:cap(s)])
	return grown
}

// Empty returns s cut to length 0, never nil.
func Empty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s[:0]
}

// Varint reads a zigzag varint of at most 32 bits, as record batches use it.
func (r *Reader) Varint(field string) int32 {
	v := r.Uvarint(field)
	return int32(v>>1) ^ -int32(v&1)
}

// Varlong reads a zigzag varint of at most 64 bits, as record batches use it.
func (r *Reader) Varlong(field string) int64 {
	var v uint64
	for i, c := range r.b[r.off:] {
		if i == 9 && c > 1 {
			r.Fail(BadVarint, field, r.off)
			return 0
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.off += i + 1
			return int64(v>>1) ^ -int64(v&1)
		}
	}
	r.Fail(Truncated, field, r.off)
	return 0
}

// UvarintSize returns the number of bytes that v takes as a varint: 1 to 5.
func UvarintSize(v uint32) int { return (bits.Len32(v|1) + 6) / 7 }

// UvarlongSize returns the number of bytes that v takes as a varint: 1 to 10.
func UvarlongSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }
