package kafkaproto

func appendInt16(b []byte, v int16) []byte { return append(b, byte(v>>8), byte(v)) }

func appendInt32(b []byte, v int32) []byte {
	return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func appendInt64(b []byte, v int64) []byte {
	return appendInt32(appendInt32(b, int32(v>>32)), int32(v))
}

func appendUvarint(b []byte, v uint32) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

// appendString appends a NULLABLE_STRING, null for nil.
func appendString(b, s []byte) []byte {
	if s == nil {
		return appendInt16(b, -1)
	}
	return append(appendInt16(b, int16(len(s))), s...)
}

// appendVersionedString appends a STRING or a COMPACT_STRING.
func appendVersionedString(b, s []byte, flexible bool) []byte {
	if !flexible {
		return appendString(b, s)
	}
	return append(appendUvarint(b, uint32(len(s))+1), s...)
}

func appendArrayLen(b []byte, n int, flexible bool) []byte {
	if !flexible {
		return appendInt32(b, int32(n))
	}
	return appendUvarint(b, uint32(n)+1)
}

func appendNoTags(b []byte, flexible bool) []byte {
	if !flexible {
		return b
	}
	return append(b, 0)
}
