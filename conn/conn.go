package conn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// DefaultMaxBuffered is what Config.MaxBuffered means when it is zero: 16 MiB, above the request sizes that Kafka clients
	// and brokers allow by default.
	DefaultMaxBuffered = 16 << 20
	// DefaultLinger is what Config.Linger means when it is zero.
	DefaultLinger = 2 * time.Second

	// readSize is how much is read from the socket at once, in bytes, when the caller of Read has room for less and much comes.
	readSize = 32 << 10
	// smallRead is the same while little comes.
	smallRead = 1 << 10
)

// Config says what a connection does. The zero Config is valid and filters nothing.
type Config struct {
	// Filters see the client's bytes in this order and the server's in the reverse order. A filter belongs to one
	// connection.
	Filters []Filter

	// Server is true for a connection that a server accepted: Read carries downstream data and Write upstream data then.
	// On a client's connection it is the other way round.
	Server bool

	// MaxBuffered bounds the bytes that filters hold back, for each direction; zero means DefaultMaxBuffered. A filter may
	// grow what it is shown to twice that.
	MaxBuffered int

	// Budget, if not nil, bounds the bytes that filters hold back on all connections that have the same Budget.
	Budget *Budget

	// Linger bounds how long Close waits: for output that is still to be written, and for a filter's call to return. It is
	// also how long Read waits, after the other end has closed, for a filter that holds the last bytes. Zero means
	// DefaultLinger.
	Linger time.Duration
}

func (cfg Config) validate() (Config, error) {
	if cfg.MaxBuffered < 0 || cfg.Linger < 0 {
		return cfg, fmt.Errorf("conn: Config.MaxBuffered (%d) and Config.Linger (%v) must not be negative", cfg.MaxBuffered, cfg.Linger)
	}
	for i, f := range cfg.Filters {
		if f == nil {
			return cfg, fmt.Errorf("conn: Config.Filters[%d] is nil", i)
		}
	}
	cfg.Filters = slices.Clone(cfg.Filters)
	if cfg.MaxBuffered == 0 {
		cfg.MaxBuffered = DefaultMaxBuffered
	}
	if cfg.Linger == 0 {
		cfg.Linger = DefaultLinger
	}
	return cfg, nil
}

// Conn is a connection whose bytes go through filters. It behaves like the connection that it wraps; what follows is what
// net.Conn leaves open.
//
// Write returns once the bytes are accepted: written to the wrapped connection, or held back by a filter, within
// Config.MaxBuffered. A Write that times out returns the number of bytes that the filters have seen, which may be all of
// them; what they handed on goes with the next call or at Close. So go on behind that number, as with any net.Conn. When the
// wrapped connection is a *tls.Conn, a timed-out Write ends its direction for good, as in crypto/tls.
//
// Read gives what the filters have handed on before it waits for more, and io.EOF only after all of that.
//
// The deadlines of the wrapped connection have to work: they also serve to wake a Read that waits in it.
//
// Methods may be called from any goroutine.
type Conn struct {
	nc  net.Conn
	cfg Config
	r   flow
	w   flow

	done     chan struct{} // closed when the end begins
	starting atomic.Bool   // New is running: it, not the filters, decides what becomes of nc
	remote   atomic.Bool   // the other end closed, or the connection broke
	refs     atomic.Int64  // one for the socket, one for each call that may call filters
	flushing atomic.Bool   // CloseConnection is being carried out
	swept    atomic.Bool   // OnClose was called
	finished chan struct{} // closed after OnClose was called
	closed   atomic.Bool   // the user called Close

	end atomic.Pointer[ending]
}

// ending is why the connection ended.
type ending struct{ err error }

var _ net.Conn = (*Conn)(nil)

// flow is one direction. What follows sem belongs to who holds it, save for the stages' states and dl.
type flow struct {
	c      *Conn
	dir    Direction
	stages []stage // in the order in which bytes meet them; none when no filter wants the direction
	dl     deadline
	life   lifeContext
	wake   chan struct{} // holds one token after Continue; for a Read that waits outside of the socket
	pumped atomic.Bool   // a pump is waiting for sem
	sem    chan struct{} // the lock

	mode      mode
	ctx       context.Context // for the filters
	ready     []byte          // handed on by all filters; may alias a stage's storage, or a caller's slice until the call ends
	readyOnly bool            // ready is the slice of Write's caller
	out       []byte          // the same, older, in storage of its own
	vec       net.Buffers     // the same, still older: slices of WriteBuffers' caller, until it ends
	err       error           // of the socket, sticky; returned after what is ready
	fin       bool            // no more bytes will be given to the first stage
	ended     bool            // the end came out of the last stage
	finSent   bool            // write side: the socket's write side was closed
	cut       bool            // write side: a chunk was lost, so nothing may be sent behind it
	small     []byte          // read side: for callers with little room
	large     *slab           // the same, while much comes
	filled    bool            // read side: the last read of the socket filled what it got
	reserved  atomic.Int64    // what Config.Budget counts for this flow

	moved, pauses atomic.Uint64 // for Stats
}

// New wraps nc and calls OnNewConnection of the filters, in their order, with ctx. The connection doesn't depend on ctx
// later, save for its values, which the contexts of all later calls have, too.
//
// When a filter fails, New calls OnClose of those before it and returns the error; the one that failed gets no OnClose. It
// doesn't close nc, which belongs to the caller until New succeeds.
//
// A *tls.Conn must have completed its handshake: being woken in the middle of it would end it.
func New(ctx context.Context, nc net.Conn, cfg Config) (*Conn, error) {
	if nc == nil {
		return nil, errors.New("conn: New needs a net.Conn to wrap, not nil")
	}
	cfg, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	c := &Conn{nc: nc, cfg: cfg, done: make(chan struct{}), finished: make(chan struct{})}
	c.refs.Store(1)
	c.starting.Store(true)
	values := context.WithoutCancel(ctx)
	c.r.init(c, values, nc.SetReadDeadline)
	c.w.init(c, values, nc.SetWriteDeadline)
	c.r.dir, c.w.dir = Upstream, Downstream
	if cfg.Server {
		c.r.dir, c.w.dir = Downstream, Upstream
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (f *flow) init(c *Conn, values context.Context, set func(time.Time) error) {
	f.c = c
	f.dl.set, f.dl.values = set, values
	f.life = lifeContext{c, values}
	f.wake = make(chan struct{}, 1)
	f.sem = make(chan struct{}, 1)
}

// start builds the stages and calls OnNewConnection.
func (c *Conn) start(ctx context.Context) error {
	n := len(c.cfg.Filters)
	stages := make([]stage, 2*n) // downstream in order, upstream in the reverse
	for i, f := range c.cfg.Filters {
		c.prepare(&stages[i], i, f, Downstream)
		c.prepare(&stages[2*n-1-i], i, f, Upstream)
	}
	for i, f := range c.cfg.Filters {
		down, up := &stages[i], &stages[2*n-1-i]
		act, err := f.OnNewConnection(ctx, &control{c: c, stages: [2]*stage{Downstream: down, Upstream: up}})
		if err == nil {
			err = c.closedByFilter()
		} else {
			err = &FilterError{i, "OnNewConnection", err}
			i-- // it didn't start
		}
		if err != nil {
			c.terminate(errClosed, false)
			closeAll(c.cfg.Filters[:i+1], PeerLocal)
			return err
		}
		for _, s := range []*stage{down, up} {
			if act == Continue || !s.state.CompareAndSwap(calling, gated) {
				s.state.Store(flowing)
			}
		}
	}
	for _, f := range []*flow{&c.r, &c.w} {
		half := stages[:n:n]
		if f.dir == Upstream {
			half = stages[n:]
		}
		f.adopt(half)
	}
	c.starting.Store(false)
	if c.closedByFilter() != nil { // by a goroutine that a filter started: New was too late to stop
		go c.flushAndClose()
	}
	return nil
}

func (c *Conn) prepare(s *stage, i int, f Filter, d Direction) {
	s.filter, s.index, s.wants = f, i, true
	if in, ok := f.(Interested); ok {
		s.wants = in.Wants(d)
	}
	s.buf.limit = 2 * c.cfg.MaxBuffered
	s.state.Store(calling)
}

// adopt makes the direction free when no filter needs it. A single one that does keeps all of them: those that don't want
// it cost a look each.
func (f *flow) adopt(stages []stage) {
	for i := range stages {
		if stages[i].wants || stages[i].state.Load() == gated {
			f.stages = stages
			return
		}
	}
}

// NetConn returns the wrapped connection. Bytes that are read from it or written to it pass no filter, and break the framing
// for the filters: use it to look at the connection only.
func (c *Conn) NetConn() net.Conn { return c.nc }

// LocalAddr returns the local address of the wrapped connection.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// RemoteAddr returns the remote address of the wrapped connection.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets the deadline of Read, and of the contexts that filters get in it. It works at any time, also while
// a filter holds bytes back. Nothing is lost by a Read that times out.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(&c.r, t) }

// SetWriteDeadline sets the deadline of Write, and of the contexts that filters get in it.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(&c.w, t) }

// setDeadline fails only after the user's Close. When a filter has ended the connection, the user's next Read or Write tells why, and Read gives
// what is left, as if the other end had closed.
func (c *Conn) setDeadline(f *flow, t time.Time) error {
	if c.closed.Load() {
		return errClosed
	}
	return f.dl.setUser(t)
}

// lock enters the flow for a call of the user's.
func (f *flow) lock() error {
	if err := f.acquire(); err != nil {
		return err
	}
	if err := f.c.enter(); err != nil {
		<-f.sem
		return err
	}
	ctx, ok := f.dl.begin()
	if !ok {
		f.unlock()
		return f.timeout()
	}
	f.mode, f.ctx = modeUser, ctx
	return nil
}

// acquire waits for the flow's lock until the user's deadline or the end of the connection.
func (f *flow) acquire() error {
	select {
	case f.sem <- struct{}{}:
		return nil
	default:
	}
	ctx, ok := f.dl.begin()
	if !ok {
		return f.timeout()
	}
	select {
	case f.sem <- struct{}{}:
		return nil
	case <-ctx.Done():
		if err := f.c.cause(); err != nil {
			return err
		}
		return f.timeout()
	}
}

// unlock is deferred, so that it runs when a filter panics, too.
func (f *flow) unlock() {
	f.settle()
	f.shrink()
	<-f.sem
	f.c.leave()
}

func (f *flow) timeout() error {
	if f == &f.c.r {
		return errReadTimeout
	}
	return errWriteTimeout
}
