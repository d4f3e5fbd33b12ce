package conn

import (
	"fmt"
	"slices"
)

// Buffer holds the bytes of one direction that a filter has not handed on yet.
//
// It may alias the slice that the caller of Write passed, which must not be changed: so it is changed only by Splice,
// which copies first when it has to. The zero Buffer is empty and has no bound, which suits tests of filters; NewBuffer
// makes one with content.
type Buffer struct {
	b        []byte
	readOnly bool  // b is the caller's slice: look, don't write
	owned    bool  // b lies in store
	store    *slab // storage of this buffer, given back when it is empty
	limit    int   // most bytes that Splice may grow it to; 0 is no bound
}

// NewBuffer returns a Buffer that shows p without copying or changing it. It is meant for tests of filters.
func NewBuffer(p []byte) *Buffer { return &Buffer{b: p, readOnly: true} }

// Len returns the number of bytes.
func (b *Buffer) Len() int { return len(b.b) }

// Bytes returns a view of the bytes, valid until the next call of Splice or the end of the filter's call. The caller must
// not write to it.
func (b *Buffer) Bytes() []byte { return b.b[:len(b.b):len(b.b)] }

// Splice replaces the n bytes from start by p, which is copied. It fails when the range isn't inside the buffer, and with
// ErrBufferFull when the buffer would get larger than twice Config.MaxBuffered; it has changed nothing then.
func (b *Buffer) Splice(start, n int, p []byte) error {
	if start < 0 || n < 0 || start > len(b.b) || n > len(b.b)-start {
		return fmt.Errorf("conn: splice of %d bytes at %d is outside of a buffer of %d", n, start, len(b.b))
	}
	if size := len(b.b) - n + len(p); b.limit > 0 && size > b.limit && len(p) > n {
		return fmt.Errorf("%w: splice to %d bytes, the bound is %d", ErrBufferFull, size, b.limit)
	}
	switch {
	case len(p) == n && !b.readOnly:
		copy(b.b[start:], p)
	case len(p) == 0 && start == 0: // dropped from the front or the back: nothing moves
		b.b = b.b[n:]
	case len(p) == 0 && start+n == len(b.b):
		b.b = b.b[:start]
	case b.owned && len(b.b)-n+len(p) <= cap(b.b):
		b.b = slices.Replace(b.b, start, start+n, p...)
	default:
		var old *slab
		if b.owned { // what is copied lies in it
			old, b.store = b.store, nil
		}
		s := append(b.room(len(b.b)-n+len(p)), b.b[:start]...)
		s = append(s, p...)
		b.own(append(s, b.b[start+n:]...))
		old.free()
	}
	return nil
}

// own makes s, which lies in b's storage, the content.
func (b *Buffer) own(s []byte) { b.b, b.owned, b.readOnly = s, true, false }

// room returns an empty slice with room for n bytes in b's storage, which must not be in use.
func (b *Buffer) room(n int) []byte {
	if b.store == nil || cap(b.store.b) < n {
		b.store.free()
		b.store = newSlab(n)
	}
	return b.store.b
}

// receive adds bytes: it borrows them when it is empty, and copies them behind what it holds otherwise.
func (b *Buffer) receive(p []byte, readOnly bool) {
	switch {
	case len(p) == 0:
	case len(b.b) == 0:
		b.b, b.readOnly, b.owned = p, readOnly, false
	default:
		b.hold()
		if cap(b.b)-len(b.b) >= len(p) {
			b.b = append(b.b, p...)
			return
		}
		old := b.store
		b.store = newSlab(2*len(b.b) + len(p))
		b.own(append(append(b.store.b, b.b...), p...))
		old.free()
	}
}

// hold makes the content the buffer's own, so that it outlives the call that brought it.
func (b *Buffer) hold() {
	if !b.owned && len(b.b) > 0 {
		b.own(append(b.room(len(b.b)), b.b...))
	}
}

// take empties b. The bytes stay valid until b is used again.
func (b *Buffer) take() (p []byte, readOnly bool) {
	p, readOnly = b.b, b.readOnly
	b.b, b.readOnly, b.owned = nil, false, false
	return p, readOnly
}

// takeFront removes the first n bytes. They stay valid until b is used again. b must hold its bytes.
func (b *Buffer) takeFront(n int) []byte {
	p := b.b[:n:n]
	b.b = b.b[n:]
	return p
}

// shrink gives the storage of an empty buffer back: many idle connections must not each hold the size of the largest frame that they ever saw.
// Nothing may refer to it any more.
func (b *Buffer) shrink() {
	if len(b.b) == 0 && b.store != nil {
		b.store.free()
		b.b, b.store, b.owned = nil, nil, false
	}
}
