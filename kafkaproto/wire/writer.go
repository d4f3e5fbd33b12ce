package wire

import "math"

// Encoding holds the first error of an encoding. Its zero value is ready.
type Encoding struct{ err *Error }

// Fail records an error unless there is one already.
//
//go:noinline
func (e *Encoding) Fail(kind Kind, field string) {
	if e.err == nil {
		e.err = &Error{Kind: kind, Field: field, Offset: -1}
	}
}

// Err returns the first error, an [*Error], or nil.
func (e *Encoding) Err() error {
	if e.err == nil {
		return nil
	}
	return e.err
}

// The compiler joins the stores of unsigned numbers only.

// AppendInt16 appends v, big-endian.
func AppendInt16(b []byte, v int16) []byte {
	u := uint16(v)
	return append(b, byte(u>>8), byte(u))
}

// AppendInt32 appends v, big-endian.
func AppendInt32(b []byte, v int32) []byte {
	u := uint32(v)
	return append(b, byte(u>>24), byte(u>>16), byte(u>>8), byte(u))
}

// AppendInt64 appends v, big-endian.
func AppendInt64(b []byte, v int64) []byte {
	u := uint64(v)
	return append(b, byte(u>>56), byte(u>>48), byte(u>>40), byte(u>>32),
		byte(u>>24), byte(u>>16), byte(u>>8), byte(u))
}

// AppendUint16 appends v, big-endian.
func AppendUint16(b []byte, v uint16) []byte { return AppendInt16(b, int16(v)) }

// AppendUint32 appends v, big-endian.
func AppendUint32(b []byte, v uint32) []byte { return AppendInt32(b, int32(v)) }

// AppendFloat64 appends v as IEEE 754, big-endian.
func AppendFloat64(b []byte, v float64) []byte {
	return AppendInt64(b, int64(math.Float64bits(v)))
}

// Bool returns the byte for v.
func Bool(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// AppendUvarint appends v as an unsigned varint.
func AppendUvarint(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// AppendVarint appends v as a zigzag varint.
func AppendVarint(b []byte, v int32) []byte {
	return AppendUvarint(b, uint32(v<<1)^uint32(v>>31))
}

// AppendVarlong appends v as a zigzag varint.
func AppendVarlong(b []byte, v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	for u >= 0x80 {
		b = append(b, byte(u)|0x80)
		u >>= 7
	}
	return append(b, byte(u))
}

// VarintSize returns the number of bytes of v as a zigzag varint.
func VarintSize(v int32) int { return UvarintSize(uint32(v<<1) ^ uint32(v>>31)) }

// VarlongSize returns the number of bytes of v as a zigzag varint.
func VarlongSize(v int64) int { return UvarlongSize(uint64(v<<1) ^ uint64(v>>63)) }

// AppendString appends s with its length before it; nil is written as empty.
//
//go:noinline
func AppendString(b []byte, flex bool, s []byte, e *Encoding, field string) []byte {
	if len(s) > MaxString {
		e.Fail(TooLong, field)
		return b
	}
	if flex {
		b = AppendUvarint(b, uint32(len(s))+1)
	} else {
		b = AppendInt16(b, int16(len(s)))
	}
	return append(b, s...)
}

// AppendNullableString appends s, which may be nil for null if nullable.
//
//go:noinline
func AppendNullableString(b []byte, flex, nullable bool, s []byte, e *Encoding, field string) []byte {
	if s != nil {
		return AppendString(b, flex, s, e, field)
	}
	if !nullable {
		e.Fail(NullNotAllowed, field)
	}
	if flex {
		return append(b, 0)
	}
	return append(b, 0xff, 0xff)
}

// AppendBytes appends s with its length before it; nil is written as empty.
//
//go:noinline
func AppendBytes(b []byte, flex bool, s []byte) []byte {
	return append(AppendLen(b, flex, len(s)), s...)
}

// AppendNullableBytes appends s, which may be nil for null if nullable.
func AppendNullableBytes(b []byte, flex, nullable bool, s []byte, e *Encoding, field string) []byte {
	if s != nil {
		return AppendBytes(b, flex, s)
	}
	return AppendNullLen(b, flex, nullable, e, field)
}

// AppendLen appends the length of an array or of bytes. Whether it fits is
// left to [Encoding.CheckSize]: what is longer makes the whole too long.
func AppendLen(b []byte, flex bool, n int) []byte {
	if flex {
		return AppendUvarint(b, uint32(n)+1)
	}
	return AppendInt32(b, int32(n))
}

// CheckSize fails with TooLong if a message of size bytes is beyond what
// Kafka's frames can hold.
func (e *Encoding) CheckSize(size int, message string) {
	if size > math.MaxInt32 {
		e.Fail(TooLong, message)
	}
}

// AppendNullLen appends the length that stands for null, an error if not
// nullable.
//
//go:noinline
func AppendNullLen(b []byte, flex, nullable bool, e *Encoding, field string) []byte {
	if !nullable {
		e.Fail(NullNotAllowed, field)
	}
	if flex {
		return append(b, 0)
	}
	return append(b, 0xff, 0xff, 0xff, 0xff)
}

// SizeString returns the bytes that AppendString and AppendNullableString
// append, where nil has the size of null, which equals that of empty.
func SizeString(flex bool, s []byte) int {
	if flex {
		return UvarintSize(uint32(len(s))+1) + len(s)
	}
	return 2 + len(s)
}

// SizeBytes returns the bytes that AppendBytes and AppendNullableBytes append.
func SizeBytes(flex bool, s []byte) int { return SizeLen(flex, len(s)) + len(s) }

// SizeLen returns the bytes that AppendLen and AppendNullLen append.
func SizeLen(flex bool, n int) int {
	if flex {
		return UvarintSize(uint32(n) + 1)
	}
	return 4
}

// SizeStrings returns the bytes that AppendStrings appends.
func SizeStrings(flex bool, s [][]byte) int {
	n := 0
	for _, v := range s {
		n += SizeString(flex, v)
	}
	return n
}
