package kafka

// Buffer is the host's buffer of one direction, as proxywasm.Buffer has it.
type Buffer interface {
	// Bytes copies n bytes from start. The slice may be changed, and is valid until the callback returns.
	Bytes(start, n int) ([]byte, error)
	// ReplacePrefix replaces the first n bytes by p.
	ReplacePrefix(n int, p []byte) error
}

// reader is implemented by buffers that can be read into memory that is there already: a large frame is in a guest's memory once then.
type reader interface {
	// Read fills dst by bytes from start.
	Read(dst []byte, start int) error
}

// edit walks once over a buffer and notes what of it passes, what is taken out and what is put in. Nothing is copied while all passes. The
// host is told at the end, in one call from offset 0, since Envoy refuses edits that begin elsewhere.
type edit struct {
	buf  Buffer
	size int // bytes in the buffer
	pos  int // bytes walked over

	changed bool
	put     int    // bytes put in, less those taken out
	done    int    // bytes of the buffer that are replaced
	out     []byte // by what; its memory is used again
	single  []byte // instead of out, while it is one piece of somebody else's memory
}

func (e *edit) begin(buf Buffer, size int) {
	// Field by field: this is done for each callback, and most leave nothing to clear.
	e.buf, e.size, e.pos = buf, size, 0
	if e.changed {
		e.changed, e.put, e.done, e.out, e.single = false, 0, 0, e.out[:0], nil
	}
}

// left returns the number of bytes not walked over yet.
func (e *edit) left() int { return e.size - e.pos }

// pass lets n bytes go on as they are.
func (e *edit) pass(n int) { e.pos += n }

// peek reads the next n bytes without walking over them.
func (e *edit) peek(n int) ([]byte, error) { return e.buf.Bytes(e.pos, n) }

// read is peek into memory of the caller.
func (e *edit) read(dst []byte) error {
	if r, ok := e.buf.(reader); ok {
		return r.Read(dst, e.pos)
	}
	b, err := e.peek(len(dst))
	copy(dst, b)
	return err
}

// drop takes the next n bytes out.
func (e *edit) drop(n int) error {
	if n == 0 {
		return nil
	}
	if err := e.sync(); err != nil {
		return err
	}
	e.pos += n
	e.done = e.pos
	e.put -= n
	return nil
}

// result returns the size of the buffer after commit.
func (e *edit) result() int { return e.size + e.put }

// insert puts b in. It keeps b until commit.
func (e *edit) insert(b []byte) error {
	if err := e.sync(); err != nil {
		return err
	}
	e.put += len(b)
	if len(e.out) == 0 && e.single == nil {
		e.single = b // the usual case, one frame in the buffer: no copy
		return nil
	}
	e.append(b)
	return nil
}

func (e *edit) append(b []byte) {
	e.out = append(append(e.out, e.single...), b...)
	e.single = nil
}

// sync takes over the bytes that have passed since the last change.
func (e *edit) sync() error {
	e.changed = true
	for e.done < e.pos {
		n := min(e.pos-e.done, maxPiece)
		b, err := e.buf.Bytes(e.done, n)
		if err != nil {
			return err
		}
		e.append(b)
		e.done += n
	}
	return nil
}

// commit hands the changes to the host.
func (e *edit) commit() error {
	if !e.changed {
		return nil
	}
	if e.single != nil {
		return e.buf.ReplacePrefix(e.done, e.single)
	}
	return e.buf.ReplacePrefix(e.done, e.out)
}
