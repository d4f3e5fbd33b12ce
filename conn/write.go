package conn

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Write gives p to the filters and writes what they hand on. It doesn't change p nor keep it. See Conn for what the number
// means that it returns with an error.
func (c *Conn) Write(p []byte) (int, error) {
	f := &c.w
	if f.stages == nil {
		n, err := c.nc.Write(p)
		f.count(n)
		if err != nil {
			err = c.socketFailed(err)
		}
		return n, err
	}
	if err := f.lock(); err != nil {
		return 0, err
	}
	defer f.unlock()
	return f.write(p)
}

func (f *flow) write(p []byte) (n int, err error) {
	if f.fin {
		return 0, ErrWriteClosed
	}
	// What is older goes first. As long as it doesn't, nothing is added, so a peer that takes nothing costs no memory.
	if err := f.advance(); err != nil {
		return 0, err
	}
	for n < len(p) {
		chunk, err := f.accept(p[n:])
		if err != nil {
			return n, err
		}
		if err = f.push(0, piece{b: chunk, readOnly: true}); err == nil {
			err = f.flush()
		}
		f.absorb() // nothing may refer to p after Write
		if err == nil || isTimeout(err) {
			n += len(chunk) // the filters have it
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// advance writes what is ready or was released, and then runs what is still runnable: a filter may take its time. At the end
// of the connection it calls none: if there is an end of the stream, that comes with the call.
func (f *flow) advance() error {
	if f.err != nil {
		return f.err
	}
	if !f.runnable() {
		return f.flush()
	}
	if err := f.releaseAll(); err != nil {
		return err
	}
	if err := f.flush(); err != nil || f.mode == modeDrain {
		return err
	}
	if err := f.retry(); err != nil {
		return err
	}
	return f.flush()
}

// accept returns as much of p as the bounds allow the filters to hold.
func (f *flow) accept(p []byte) ([]byte, error) {
	held := f.held()
	room := min(f.c.cfg.MaxBuffered-held, len(p))
	if room <= 0 {
		return nil, fmt.Errorf("%w (%d bytes held)", ErrBufferFull, held)
	}
	if b := f.c.cfg.Budget; b != nil {
		if !b.take(room) {
			return nil, ErrBudgetExceeded
		}
		f.reserved.Add(int64(room))
	}
	return p[:room], nil
}

// flush writes what is ready to the socket. What it can't write in time stays; it is copied if it isn't the flow's own.
func (f *flow) flush() error {
	f.settle() // a caller's slice that waits in the socket is no memory of ours
	if len(f.vec) > 0 {
		if err := f.flushBuffers(); err != nil {
			return err
		}
	}
	if len(f.out) > 0 {
		n, err := f.send(f.out)
		if f.out = f.out[n:]; err != nil {
			return err
		}
		f.out = nil
	}
	if len(f.ready) > 0 {
		n, err := f.send(f.ready)
		f.ready = f.ready[n:]
		if err != nil && !isTimeout(err) {
			// The caller learns that this chunk didn't go, so nothing may go behind it.
			f.ready, f.cut = nil, true
		}
		if f.absorb(); err != nil {
			return err
		}
	}
	if f.ended && !f.finSent && f.mode != modeDrain {
		return f.finish()
	}
	return nil
}

// send writes b to the socket and classifies the error.
func (f *flow) send(b []byte) (int, error) {
	if !f.dl.enter(f.mode, nil) {
		return 0, f.c.cause()
	}
	n, err := f.c.nc.Write(b)
	return n, f.wrote(n, err)
}

// wrote is called behind each write to the socket, and classifies the error.
func (f *flow) wrote(n int, err error) error {
	f.dl.leave()
	f.count(n)
	switch {
	case err == nil:
		return nil
	case f.mode == modeUser && f.c.cause() != nil:
		return f.c.cause() // Close interrupted it
	case !isTimeout(err):
		f.err = f.c.socketFailed(err)
		return f.err
	}
	return err
}

// closeWriter is what *net.TCPConn, *net.UnixConn and *tls.Conn have.
type closeWriter interface{ CloseWrite() error }

// CloseWrite tells the filters that no more bytes come, writes what they hand on, and closes the writing side of the wrapped
// connection. If a filter pauses even then, that happens when it calls Controller.Continue.
//
// It waits for a Write that is under way, and then at most Config.Linger. The write deadline isn't for it: on a plain
// connection, too, it works after the deadline. A call that timed out may be repeated.
//
// When the wrapped connection has no CloseWrite it does nothing and returns an error.
func (c *Conn) CloseWrite() error {
	cw, ok := c.nc.(closeWriter)
	if !ok {
		return fmt.Errorf("conn: %T has no CloseWrite", c.nc)
	}
	f := &c.w
	if f.stages == nil {
		return cw.CloseWrite()
	}
	select {
	case f.sem <- struct{}{}:
	case <-c.done:
		return c.cause()
	}
	if err := c.enter(); err != nil {
		<-f.sem
		return err
	}
	defer f.unlock()
	limit := time.Now().Add(c.cfg.Linger)
	ctx, cancel := context.WithDeadline(&f.life, limit)
	defer cancel()
	f.mode, f.ctx = modeUser, ctx
	f.dl.lend(limit)
	defer f.dl.giveBack()
	if err := f.advance(); err != nil || f.fin {
		return err
	}
	f.fin = true
	if err := f.push(0, piece{end: true}); err != nil {
		return err
	}
	return f.flush()
}

// finish closes the writing side of the socket, after the end came out of the last filter.
func (f *flow) finish() error {
	f.finSent = true
	if cw, ok := f.c.nc.(closeWriter); ok {
		return cw.CloseWrite()
	}
	return nil
}

// CloseRead closes the reading side of the wrapped connection if that can be done, and returns an error otherwise. Read gets
// io.EOF after what has arrived.
func (c *Conn) CloseRead() error {
	if cr, ok := c.nc.(interface{ CloseRead() error }); ok {
		return cr.CloseRead()
	}
	return fmt.Errorf("conn: %T has no CloseRead", c.nc)
}

// ReadFrom implements io.ReaderFrom. It hands over to the wrapped connection, for example for sendfile, when no filter wants
// the direction.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if c.w.stages != nil {
		return io.Copy(struct{ io.Writer }{c}, r)
	}
	n, err := io.Copy(c.nc, r)
	c.w.count(int(n))
	if cause := c.cause(); err != nil && cause != nil {
		err = cause
	}
	return n, err
}
