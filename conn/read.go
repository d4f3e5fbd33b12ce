package conn

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Read reads bytes that all filters have handed on. It uses all of p as scratch space.
func (c *Conn) Read(p []byte) (int, error) {
	f := &c.r
	if f.stages == nil {
		n, err := c.nc.Read(p)
		f.count(n)
		if err != nil {
			err = c.socketFailed(err)
		}
		return n, err
	}
	if len(p) == 0 {
		return 0, c.cause() // as package net does it: also after the deadline
	}
	if err := f.lock(); err != nil {
		return c.readRest(p, err)
	}
	defer f.unlock()
	return f.read(p)
}

// readRest gives what was handed on before a filter closed the connection.
func (c *Conn) readRest(p []byte, err error) (int, error) {
	if !errors.Is(err, ErrClosedByFilter) {
		return 0, err
	}
	select {
	case c.r.sem <- struct{}{}:
		defer func() { <-c.r.sem }()
		if n := c.r.deliver(p); n > 0 {
			return n, nil
		}
	default: // another Read is under way, and gives it
	}
	return 0, err
}

func (f *flow) read(p []byte) (int, error) {
	for {
		if n := f.deliver(p); n > 0 {
			return n, nil
		}
		if err := f.c.cause(); err != nil {
			return 0, err
		}
		err := f.more(p)
		if err != nil && len(f.out)+len(f.ready) == 0 {
			return 0, err // otherwise it comes again after what is ready
		}
	}
}

// deliver copies what is ready to p.
func (f *flow) deliver(p []byte) int {
	if len(f.out) > 0 {
		n := copy(p, f.out)
		if f.out = f.out[n:]; len(f.out) == 0 {
			f.out = nil
		}
		return n
	}
	if len(f.ready) == 0 {
		return 0
	}
	n := len(f.ready)
	if &p[0] != &f.ready[0] { // otherwise it was read into p, and passed through all filters
		n = copy(p, f.ready)
	}
	f.ready = f.ready[n:]
	return n
}

// more makes one step towards more bytes: it resumes filters, reads from the socket, or waits for a Continue.
func (f *flow) more(p []byte) error {
	switch {
	case f.runnable():
		if err := f.releaseAll(); err != nil || len(f.out)+len(f.ready) > 0 {
			return err
		}
		return f.retry()
	case f.err != nil:
		return f.err
	case f.ended:
		return io.EOF
	case f.fin:
		return f.await(f.c.cfg.Linger)
	case f.stages[0].state.Load() == gated:
		return f.await(0)
	}
	return f.fill(p)
}

// await waits for a Continue. After linger, if not zero, it gives up on what the filters hold.
func (f *flow) await(linger time.Duration) error {
	var late <-chan time.Time
	if linger > 0 {
		t := time.NewTimer(linger)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-f.wake:
		return nil
	case <-late:
		f.err = ErrTruncated
		return f.err
	case <-f.ctx.Done():
		if err := f.c.cause(); err != nil {
			return err
		}
		return f.timeout()
	}
}

// fill reads from the socket and shows the filters what came.
func (f *flow) fill(p []byte) error {
	buf, err := f.room(p)
	if err != nil {
		return err
	}
	if !f.dl.enter(f.mode, f.runnable) {
		return nil // closing, or runnable since we looked
	}
	n, err := f.c.nc.Read(buf)
	f.filled = n == len(buf)
	poked := f.dl.leave()
	f.count(n)
	switch {
	case err == nil:
	case !isTimeout(err):
		f.readFailed(err)
	case n == 0 && !poked && f.c.cause() == nil:
		return err
	}
	if n == 0 && !f.fin {
		return nil // woken; if the user's deadline has passed, too, the next read tells
	}
	return f.push(0, piece{b: buf[:n], end: f.fin})
}

// room returns where to read to.
func (f *flow) room(p []byte) ([]byte, error) {
	f.settle()
	held := f.held()
	room := f.c.cfg.MaxBuffered - held
	switch {
	case room <= 0:
		return nil, fmt.Errorf("%w (%d bytes held)", ErrBufferFull, held)
	case held > 0 && f.c.cfg.Budget.full():
		return nil, ErrBudgetExceeded
	}
	return f.space(p, room), nil
}

// space returns up to room bytes for a Read of the socket. A connection that waits there for hours must not hold much for it: so as long as reads
// don't fill what they get, it is p or, if that is very small, a little space of the flow's own. Nothing refers to the last space any more.
func (f *flow) space(p []byte, room int) []byte {
	f.shrink()
	if f.large != nil && !f.filled {
		f.large.free()
		f.large = nil
	}
	switch {
	case len(p) >= readSize:
	case f.filled:
		if f.large == nil {
			f.large = newSlab(readSize)
		}
		p = f.large.b[:readSize]
	case len(p) < smallRead:
		if f.small == nil {
			f.small = make([]byte, smallRead)
		}
		p = f.small
	}
	return p[:min(room, len(p))]
}

// readFailed keeps an error for the time after all bytes before it. Only a clean end is one for the filters.
func (f *flow) readFailed(err error) {
	switch err = f.c.socketFailed(err); {
	case errors.Is(err, io.EOF):
		f.fin = true
	default:
		f.err = err
	}
}

// WriteTo implements io.WriterTo. It hands over to the wrapped connection, for example for splice, when no filter wants the
// direction.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	if c.r.stages != nil {
		return io.Copy(w, struct{ io.Reader }{c})
	}
	n, err := io.Copy(w, c.nc)
	c.r.count(int(n))
	if err == nil {
		c.remote.Store(true) // it came to io.EOF
	} else if cause := c.cause(); cause != nil {
		err = cause
	}
	return n, err
}
