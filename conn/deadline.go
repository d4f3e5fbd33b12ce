package conn

import (
	"context"
	"sync"
	"time"
)

// longAgo is a deadline in the past: setting it wakes a call that is blocked in the socket.
var longAgo = time.Unix(1, 0)

// mode tells on whose behalf a flow runs.
type mode uint8

const (
	modeUser  mode = iota // a call of Read, Write or CloseWrite, which the user's deadline bounds
	modePump              // the goroutine that sends what Controller.Continue released
	modeDrain             // the end of the connection, which Config.Linger bounds
)

// deadline is the deadline of one direction: the one that the user set, the socket's, which differs from it while the
// socket is woken or written to on the connection's own behalf, and the context that filters get.
type deadline struct {
	set    func(time.Time) error // sets the socket's deadline
	values context.Context       // where the contexts take their values from

	mu      sync.Mutex
	t       time.Time    // what the user asked for; zero is none
	ctx     *callContext // of the calls; replaced after it has ended
	timer   *time.Timer  // runs while somebody waits for ctx.Done
	busy    bool         // somebody is in the socket, on behalf of by
	by      mode
	poked   bool // the socket's deadline is longAgo, for a wake-up
	lent    bool // the socket has a deadline of its own, see lend
	closing bool // the socket's deadline belongs to the end of the connection
}

// setUser sets the user's deadline.
func (d *deadline) setUser(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		return nil // nothing is bounded by it any more
	}
	d.t = t
	if d.ctx != nil && d.ctx.err == nil && d.ctx.done != nil {
		d.arm()
	}
	if d.poked || d.lent {
		return nil // who changed the socket's deadline restores it from d.t
	}
	return d.set(t)
}

// begin returns the context for a call, or false when the deadline has passed.
func (d *deadline) begin() (context.Context, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.passed() {
		return nil, false
	}
	if d.ctx == nil || d.ctx.err != nil && !d.closing {
		d.ctx = &callContext{d: d}
	}
	return d.ctx, true
}

func (d *deadline) passed() bool { return !d.t.IsZero() && time.Until(d.t) <= 0 }

// enter is called before the socket is used and leave after, which tells whether poke came meanwhile. enter refuses a
// user's call when the connection is closing, and any when stop says so.
func (d *deadline) enter(m mode, stop func() bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing && m == modeUser || stop != nil && stop() {
		return false
	}
	d.busy, d.by = true, m
	return true
}

func (d *deadline) leave() (poked bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = false
	if poked = d.poked; poked && !d.closing {
		d.poked = false
		_ = d.set(d.t) // fails only when the socket is closed, which its next use tells
	}
	return poked
}

// poke wakes the call that is blocked in the socket, if there is one. What made it runnable must be visible before.
func (d *deadline) poke() {
	d.mu.Lock()
	if d.busy && !d.poked && !d.closing {
		d.poked = true
		_ = d.set(longAgo)
	}
	d.mu.Unlock()
}

// lend gives the socket another deadline than the user's until giveBack: that one bounds Read and Write, and bytes that a
// filter released later belong to none.
func (d *deadline) lend(t time.Time) {
	d.mu.Lock()
	if !d.closing {
		d.lent = true
		_ = d.set(t)
	}
	d.mu.Unlock()
}

func (d *deadline) giveBack() {
	d.mu.Lock()
	if d.lent = false; !d.closing {
		_ = d.set(d.t)
	}
	d.mu.Unlock()
}

// close cancels the context for good and keeps the user's calls out of the socket. With interrupt it wakes the one that is
// in it.
func (d *deadline) close(interrupt bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closing = true
	if d.ctx == nil {
		d.ctx = &callContext{d: d}
	}
	if d.ctx.err == nil {
		d.ctx.end(context.Canceled)
	}
	if d.timer != nil {
		d.timer.Stop()
	}
	if interrupt && d.busy && d.by == modeUser {
		_ = d.set(longAgo)
	}
}

// arm makes the timer fire at the deadline. It is called with d.mu held while d.ctx hasn't ended.
func (d *deadline) arm() {
	switch {
	case d.t.IsZero():
		if d.timer != nil {
			d.timer.Stop()
		}
	case d.passed():
		d.ctx.end(context.DeadlineExceeded)
	case d.timer == nil:
		d.timer = time.AfterFunc(time.Until(d.t), d.fire)
	default:
		d.timer.Reset(time.Until(d.t))
	}
}

// fire looks at the clock again, since the deadline may have moved while it was on its way.
func (d *deadline) fire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.err == nil && d.ctx.done != nil {
		d.arm()
	}
}

// callContext is the context that filters get. One serves all calls until it ends, so that a call needs no allocation. An
// ended one stays ended, as context.Context demands, even when the user moves the deadline: the next calls get a new one.
type callContext struct {
	d    *deadline
	done chan struct{} // made when somebody asks for it
	err  error
}

// end is called with d.mu held, once.
func (x *callContext) end(err error) {
	x.err = err
	if x.done != nil {
		close(x.done)
	}
}

func (x *callContext) Deadline() (time.Time, bool) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	return x.d.t, !x.d.t.IsZero()
}

func (x *callContext) Done() <-chan struct{} {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	if x.done == nil {
		x.done = make(chan struct{})
		if x.err != nil {
			close(x.done)
		} else {
			x.d.arm()
		}
	}
	return x.done
}

func (x *callContext) Err() error {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	if x.err == nil && x.d.passed() {
		x.end(context.DeadlineExceeded)
	}
	return x.err
}

func (x *callContext) Value(key any) any { return x.d.values.Value(key) }

// lifeContext ends with the connection. It serves calls that no user's deadline bounds.
type lifeContext struct {
	c      *Conn
	values context.Context
}

func (x *lifeContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (x *lifeContext) Done() <-chan struct{}       { return x.c.done }
func (x *lifeContext) Value(key any) any           { return x.values.Value(key) }
func (x *lifeContext) Err() error {
	select {
	case <-x.c.done:
		return context.Canceled
	default:
		return nil
	}
}
