package conn

import (
	"context"
	"errors"
	"io"
	"time"
)

// terminate begins the end, for the reason err. It returns false when that was done before. From now on the user's calls
// are refused, and one that waits returns; with interrupt also one that is writing to the socket.
func (c *Conn) terminate(err error, interrupt bool) bool {
	if !c.end.CompareAndSwap(nil, &ending{err}) {
		return false
	}
	close(c.done)
	c.r.dl.close(true)
	c.w.dl.close(interrupt)
	return true
}

// cause returns why the connection ended, or nil.
func (c *Conn) cause() error {
	if e := c.end.Load(); e != nil {
		return e.err
	}
	return nil
}

func (c *Conn) closedByFilter() error {
	if err := c.cause(); errors.Is(err, ErrClosedByFilter) {
		return err
	}
	return nil
}

// enter is called before filters may be called. After it leave must be called, unless it fails.
func (c *Conn) enter() error {
	c.refs.Add(1)
	if err := c.cause(); err != nil {
		c.leave()
		return err
	}
	return nil
}

// leave calls OnClose if the connection has ended and this was the last call that used filters.
func (c *Conn) leave() {
	if c.refs.Add(-1) != 0 || !c.swept.CompareAndSwap(false, true) {
		return
	}
	peer := PeerLocal
	if c.remote.Load() {
		peer = PeerRemote
	}
	if b := c.cfg.Budget; b != nil {
		b.used.Add(-c.r.reserved.Swap(0) - c.w.reserved.Swap(0))
	}
	defer close(c.finished)
	closeAll(c.cfg.Filters, peer)
}

// closeAll calls OnClose of all filters, also behind one that panics.
func closeAll(filters []Filter, peer Peer) {
	if len(filters) > 0 {
		defer closeAll(filters[1:], peer)
		filters[0].OnClose(peer)
	}
}

// closeSocket gives up the socket's reference. It is called once, by who ended the connection.
func (c *Conn) closeSocket() error {
	err := c.nc.Close()
	c.leave()
	return err
}

// fail ends the connection because of err and returns why it ended.
func (c *Conn) fail(err error) error {
	if c.terminate(err, true) {
		_ = c.closeSocket() // err is what matters
	}
	return c.cause()
}

// socketFailed classifies an error of the socket.
func (c *Conn) socketFailed(err error) error {
	if cause := c.cause(); cause != nil && !errors.Is(err, io.EOF) {
		return cause
	}
	if !isTimeout(err) {
		c.remote.Store(true)
	}
	return err
}

// Close ends the connection. The filters of the writing side get the end of their stream, and what they hand on then is
// written, within Config.Linger. What they still hold is discarded: Close returns a DiscardedError then, and the
// connection is closed all the same. A Write that is under way is interrupted.
//
// Further calls do nothing and return nil. When the connection had been ended by an error of a filter, the first call
// returns that error.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	if !c.terminate(errClosed, true) {
		c.awaitSweep()
		if err := c.cause(); !errors.Is(err, ErrClosedByFilter) {
			return err
		}
		return nil
	}
	defer c.awaitSweep()
	return c.drainAndClose(true)
}

// drainAndClose ends what terminate began, also if a filter panics.
func (c *Conn) drainAndClose(end bool) (err error) {
	defer func() {
		if cerr := c.closeSocket(); err == nil {
			err = cerr
		}
	}()
	return c.drain(end)
}

// awaitSweep waits for the last filter's call to return, so that OnClose has been called when Close returns.
func (c *Conn) awaitSweep() {
	t := time.NewTimer(c.cfg.Linger)
	defer t.Stop()
	select {
	case <-c.finished:
	case <-t.C:
	}
}

// flushAndClose is the rest of CloseConnection, after terminate.
func (c *Conn) flushAndClose() {
	if c.flushing.CompareAndSwap(false, true) {
		_ = c.drainAndClose(false) // the filter wants it closed, whatever is held
	}
}

// drain writes what was handed on. With end it gives the filters the end of their stream before.
func (c *Conn) drain(end bool) error {
	f := &c.w
	if f.stages == nil {
		return nil
	}
	limit := time.Now().Add(c.cfg.Linger)
	ctx, cancel := context.WithDeadline(f.life.values, limit)
	defer cancel()
	select {
	case f.sem <- struct{}{}:
	case <-ctx.Done():
		return &DiscardedError{Err: errors.New("conn: a filter's call or another write didn't return within Config.Linger")}
	}
	defer func() { <-f.sem }()
	f.mode, f.ctx = modeDrain, ctx
	_ = c.nc.SetWriteDeadline(limit) // if it can't, the socket is closed already
	var err error
	if !f.cut {
		if err = f.advance(); err == nil && end {
			err = f.finishStages()
		}
	}
	if f.err != nil && errors.Is(err, f.err) {
		err = nil // a broken socket is no news, unless bytes are lost by it
	}
	if n := f.held() + len(f.out) + len(f.ready); end && (n > 0 || err != nil) {
		return &DiscardedError{n, err}
	}
	return nil
}

// finishStages gives each filter the end of its stream that hasn't had it, also behind one that keeps its bytes.
func (f *flow) finishStages() error {
	f.fin = true
	for i := range f.stages {
		if s := &f.stages[i]; !s.shown && !s.passed {
			if err := f.push(i, piece{end: true}); err != nil {
				return err
			}
		}
	}
	return f.flush()
}
