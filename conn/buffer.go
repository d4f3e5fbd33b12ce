package conn

import "fmt"

// Buffer holds the bytes of one direction that a filter has not handed on yet.
//
// It may alias the slice that the caller of Write passed, which must not be changed: so it is changed only by Splice,
// which copies first when it has to.
type Buffer struct {
	b        []byte
	borrowed bool // b belongs to somebody else
}

// Len returns the number of bytes.
func (b *Buffer) Len() int { return len(b.b) }

// Bytes returns a view of the bytes, valid until the next call of Splice or the end of the filter's call. The caller must not write to it.
func (b *Buffer) Bytes() []byte { return b.b }

// Splice replaces the n bytes from start by p, which is copied. It fails when the range isn't inside the buffer.
func (b *Buffer) Splice(start, n int, p []byte) error {
	if start < 0 || n < 0 || start > len(b.b) || n > len(b.b)-start {
		return fmt.Errorf("conn: splice of %d bytes at %d is outside of a buffer of %d", n, start, len(b.b))
	}
	panic("not written yet")
}
