package conn_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// memTCP returns both ends of a connection that behaves like TCP on one machine, but in memory: so it may be used in fake time, and what
// it does depends on nothing but the calls. net.Pipe has no half-close, and its Write waits for a Read.
//
// window is how many bytes from a to b may be on their way; there is no bound from b to a, and none from a to b if it is zero.
// Reads give random pieces, by seed, of one byte and more.
func memTCP(window int, seed uint64) (a, b *memConn) {
	ab, ba := newHalf(window), newHalf(0)
	a = &memConn{in: ba, out: ab, rnd: rand.New(rand.NewPCG(seed, 1))}
	b = &memConn{in: ab, out: ba, rnd: rand.New(rand.NewPCG(seed, 2))}
	return a, b
}

// half is one direction of a memTCP.
type half struct {
	mu      sync.Mutex
	changed chan struct{} // closed at each change of what follows, and replaced
	buf     []byte
	window  int
	fin     bool // the writer has closed
	gone    bool // the reader has closed
	broken  bool // a write has failed because of that
}

func newHalf(window int) *half { return &half{window: window, changed: make(chan struct{})} }

// change does f and wakes who waits.
func (h *half) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

type memConn struct {
	in, out *half
	rnd     *rand.Rand

	mu     sync.Mutex
	closed bool
	read   time.Time // deadlines
	write  time.Time
}

var _ net.Conn = (*memConn)(nil)

// fault returns why a call can't go on, in the order in which package net looks.
func (c *memConn) fault(op string, deadline *time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return memError(op, net.ErrClosed)
	}
	if !deadline.IsZero() && time.Until(*deadline) <= 0 {
		return memError(op, os.ErrDeadlineExceeded)
	}
	return nil
}

func memError(op string, err error) error { return &net.OpError{Op: op, Net: "mem", Err: err} }

// wait waits for a change of h or until the deadline.
func (c *memConn) wait(changed <-chan struct{}, deadline *time.Time) {
	c.mu.Lock()
	d := *deadline
	c.mu.Unlock()
	var late <-chan time.Time
	if !d.IsZero() {
		t := time.NewTimer(time.Until(d))
		defer t.Stop()
		late = t.C
	}
	select {
	case <-changed:
	case <-late:
	}
}

func (c *memConn) Read(p []byte) (int, error) {
	for {
		h := c.in
		h.mu.Lock()
		changed := h.changed
		if err := c.fault("read", &c.read); err != nil && (len(p) > 0 || errors.Is(err, net.ErrClosed)) {
			h.mu.Unlock()
			return 0, err
		}
		if n := min(len(p), len(h.buf)); n > 0 || len(p) == 0 {
			if n > 0 && c.rnd.IntN(2) == 0 {
				n = 1 + c.rnd.IntN(n)
			}
			h.mu.Unlock()
			h.change(func() { n = copy(p[:n], h.buf); h.buf = h.buf[n:] })
			return n, nil
		}
		fin := h.fin
		h.mu.Unlock()
		if fin {
			return 0, io.EOF
		}
		c.wait(changed, &c.read)
	}
}

func (c *memConn) Write(p []byte) (n int, err error) {
	for {
		h := c.out
		h.mu.Lock()
		changed := h.changed
		err := c.fault("write", &c.write)
		if err == nil && (h.fin || h.broken || h.gone && len(p) > 0) {
			h.broken = h.broken || !h.fin
			err = memError("write", os.NewSyscallError("write", syscall.EPIPE))
		}
		room := len(p) - n
		if h.window > 0 {
			room = min(room, h.window-len(h.buf))
		}
		h.mu.Unlock()
		if err != nil {
			return n, err
		}
		if room > 0 {
			h.change(func() { h.buf = append(h.buf, p[n:n+room]...) })
			n += room
		}
		if n == len(p) {
			return n, nil
		}
		if room <= 0 {
			c.wait(changed, &c.write)
		}
	}
}

func (c *memConn) CloseWrite() error {
	if err := c.fault("close", new(time.Time)); err != nil {
		return err
	}
	err := error(nil)
	c.out.change(func() {
		if c.out.fin = true; c.out.broken {
			err = memError("close", os.NewSyscallError("shutdown", syscall.ENOTCONN))
		}
	})
	return err
}

func (c *memConn) Close() error {
	c.mu.Lock()
	again := c.closed
	c.closed = true
	c.mu.Unlock()
	if again {
		return memError("close", net.ErrClosed)
	}
	c.out.change(func() { c.out.fin = true })
	c.in.change(func() { c.in.gone = true })
	return nil
}

func (c *memConn) SetReadDeadline(t time.Time) error  { return c.setDeadline(&c.read, c.in, t) }
func (c *memConn) SetWriteDeadline(t time.Time) error { return c.setDeadline(&c.write, c.out, t) }
func (c *memConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *memConn) setDeadline(d *time.Time, h *half, t time.Time) error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return memError("set", net.ErrClosed)
	}
	*d = t
	c.mu.Unlock()
	h.change(func() {}) // who waits looks at its deadline again
	return nil
}

func (c *memConn) LocalAddr() net.Addr  { return memAddr{} }
func (c *memConn) RemoteAddr() net.Addr { return memAddr{} }

type memAddr struct{}

func (memAddr) Network() string { return "mem" }
func (memAddr) String() string  { return "mem" }
