package wire

// Arrays of primitives. Null is nil and only read if nullable. What the slice
// given to a reader holds is overwritten, as far as its capacity goes.

// Int8Array reads an array into s from its start.
func (r *Reader) Int8Array(s []int8, flex, nullable bool, field string) []int8 {
	n := r.Len(flex, nullable, 1, field)
	if n < 0 {
		return nil
	}
	s = Resize(s, n)
	p := r.Next(n)
	for i := range s {
		s[i] = int8(p[i])
	}
	return s
}

// Int16Array reads an array into s from its start.
func (r *Reader) Int16Array(s []int16, flex, nullable bool, field string) []int16 {
	n := r.Len(flex, nullable, 2, field)
	if n < 0 {
		return nil
	}
	s = Resize(s, n)
	p := r.Next(2 * n)
	for i := range s {
		s[i] = Int16(p[2*i : 2*i+2])
	}
	return s
}

// Int32Array reads an array into s from its start.
func (r *Reader) Int32Array(s []int32, flex, nullable bool, field string) []int32 {
	n := r.Len(flex, nullable, 4, field)
	if n < 0 {
		return nil
	}
	s = Resize(s, n)
	p := r.Next(4 * n)
	for i := range s {
		s[i] = Int32(p[4*i : 4*i+4])
	}
	return s
}

// Int64Array reads an array into s from its start.
func (r *Reader) Int64Array(s []int64, flex, nullable bool, field string) []int64 {
	n := r.Len(flex, nullable, 8, field)
	if n < 0 {
		return nil
	}
	s = Resize(s, n)
	p := r.Next(8 * n)
	for i := range s {
		s[i] = Int64(p[8*i : 8*i+8])
	}
	return s
}

// UUIDArray reads an array into s from its start.
func (r *Reader) UUIDArray(s []UUID, flex, nullable bool, field string) []UUID {
	n := r.Len(flex, nullable, 16, field)
	if n < 0 {
		return nil
	}
	s = Resize(s, n)
	p := r.Next(16 * n)
	for i := range s {
		s[i] = UUID(p[16*i : 16*i+16])
	}
	return s
}

// StringArray reads an array into s from its start; no element can be null.
func (r *Reader) StringArray(s [][]byte, flex, nullable bool, field string) [][]byte {
	n := r.Len(flex, nullable, 1, field)
	if n < 0 {
		return nil
	}
	s = Resize(s, n)
	for i := range s {
		if r.err != nil {
			return s
		}
		s[i] = r.String(flex, false, field)
	}
	return s
}

// Extend returns b longer by n bytes, whatever they hold.
func Extend(b []byte, n int) []byte {
	if n <= cap(b)-len(b) {
		return b[:len(b)+n]
	}
	return grow(b, n)
}

//go:noinline
func grow(b []byte, n int) []byte { return append(b, make([]byte, n)...) }

// AppendInt8Array appends the length of s and its elements.
func AppendInt8Array(b []byte, flex bool, s []int8) []byte {
	b = AppendLen(b, flex, len(s))
	for _, v := range s {
		b = append(b, byte(v))
	}
	return b
}

// AppendInt16Array appends the length of s and its elements.
func AppendInt16Array(b []byte, flex bool, s []int16) []byte {
	b = AppendLen(b, flex, len(s))
	end := len(b)
	b = Extend(b, 2*len(s))
	for p := b[end:]; len(p) >= 2 && len(s) > 0; p, s = p[2:], s[1:] {
		PutInt16(p, s[0])
	}
	return b
}

// AppendInt32Array appends the length of s and its elements.
func AppendInt32Array(b []byte, flex bool, s []int32) []byte {
	b = AppendLen(b, flex, len(s))
	end := len(b)
	b = Extend(b, 4*len(s))
	for p := b[end:]; len(p) >= 4 && len(s) > 0; p, s = p[4:], s[1:] {
		PutUint32(p, uint32(s[0]))
	}
	return b
}

// AppendInt64Array appends the length of s and its elements.
func AppendInt64Array(b []byte, flex bool, s []int64) []byte {
	b = AppendLen(b, flex, len(s))
	end := len(b)
	b = Extend(b, 8*len(s))
	for p := b[end:]; len(p) >= 8 && len(s) > 0; p, s = p[8:], s[1:] {
		PutInt64(p, s[0])
	}
	return b
}

// AppendUUIDArray appends the length of s and its elements.
func AppendUUIDArray(b []byte, flex bool, s []UUID) []byte {
	b = AppendLen(b, flex, len(s))
	for i := range s {
		b = append(b, s[i][:]...)
	}
	return b
}

// AppendStringArray appends the length of s and its elements, none of which is
// null.
func AppendStringArray(b []byte, flex bool, s [][]byte, e *Encoding, field string) []byte {
	b = AppendLen(b, flex, len(s))
	for _, v := range s {
		b = AppendString(b, flex, v, e, field)
	}
	return b
}
