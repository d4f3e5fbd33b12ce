package wire

import "math"

// UUID is a topic's, directory's or member's id. The zero UUID means none.
type UUID = [16]byte

// Int16 returns the big-endian number in the first 2 bytes of p.
func Int16(p []byte) int16 { return int16(Uint16(p)) }

// Uint16 returns the big-endian number in the first 2 bytes of p.
func Uint16(p []byte) uint16 {
	_ = p[1]
	return uint16(p[0])<<8 | uint16(p[1])
}

// Int32 returns the big-endian number in the first 4 bytes of p.
func Int32(p []byte) int32 { return int32(Uint32(p)) }

// Uint32 returns the big-endian number in the first 4 bytes of p.
func Uint32(p []byte) uint32 {
	_ = p[3]
	return uint32(p[0])<<24 | uint32(p[1])<<16 | uint32(p[2])<<8 | uint32(p[3])
}

// Int64 returns the big-endian number in the first 8 bytes of p.
func Int64(p []byte) int64 {
	_ = p[7]
	return int64(uint64(p[0])<<56 | uint64(p[1])<<48 | uint64(p[2])<<40 | uint64(p[3])<<32 |
		uint64(p[4])<<24 | uint64(p[5])<<16 | uint64(p[6])<<8 | uint64(p[7]))
}

// Float64 returns the IEEE 754 number in the first 8 bytes of p.
func Float64(p []byte) float64 { return math.Float64frombits(uint64(Int64(p))) }

// The compiler joins the stores of unsigned numbers only.

// PutUint16 writes v into the first 2 bytes of p, big-endian.
func PutUint16(p []byte, v uint16) {
	_ = p[1]
	p[0], p[1] = byte(v>>8), byte(v)
}

// PutUint32 writes v into the first 4 bytes of p, big-endian.
func PutUint32(p []byte, v uint32) {
	_ = p[3]
	p[0], p[1], p[2], p[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}

// PutUint64 writes v into the first 8 bytes of p, big-endian.
func PutUint64(p []byte, v uint64) {
	_ = p[7]
	p[0], p[1], p[2], p[3] = byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32)
	p[4], p[5], p[6], p[7] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}

// PutInt16 writes v into the first 2 bytes of p, big-endian.
func PutInt16(p []byte, v int16) { PutUint16(p, uint16(v)) }

// PutInt32 writes v into the first 4 bytes of p, big-endian.
func PutInt32(p []byte, v int32) { PutUint32(p, uint32(v)) }

// PutInt64 writes v into the first 8 bytes of p, big-endian.
func PutInt64(p []byte, v int64) { PutUint64(p, uint64(v)) }

// PutFloat64 writes v into the first 8 bytes of p as IEEE 754, big-endian.
func PutFloat64(p []byte, v float64) { PutInt64(p, int64(math.Float64bits(v))) }
