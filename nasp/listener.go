package nasp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Listen listens like net.Listen; the bytes of each connection go through the filters of i. The side that connects is downstream.
func Listen(network, address string, i *Interceptor) (net.Listener, error) {
	lc := ListenConfig{Interceptor: i}
	return lc.Listen(context.Background(), network, address)
}

// NewListener wraps a listener, also one of crypto/tls: the bytes of each connection that it accepts go through the filters of i.
func NewListener(l net.Listener, i *Interceptor) net.Listener {
	lc := ListenConfig{Interceptor: i}
	return lc.NewListener(l)
}

// ListenConfig makes listeners whose connections go through the filters of an Interceptor. Its zero value but for Interceptor works. It must not be
// changed after its first use.
type ListenConfig struct {
	// Interceptor has the filters. It is required.
	Interceptor *Interceptor
	// TLS makes each connection a TLS connection beneath the filters. With net/http leave "h2" out of NextProtos: HTTP/2 needs the connection of
	// crypto/tls itself.
	TLS *tls.Config
	// StartTimeout bounds the TLS handshake and the start of the filters, for each connection. 0 means DefaultStartTimeout.
	StartTimeout time.Duration
	// Base has the options of the socket. Nil means none.
	Base *net.ListenConfig
}

// DefaultStartTimeout is what ListenConfig.StartTimeout means when it is zero.
const DefaultStartTimeout = 10 * time.Second

// Listen listens on an address, see net.Listen. ctx bounds the resolving of the address.
func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	if lc.Interceptor == nil {
		return nil, errors.New("nasp: ListenConfig has no Interceptor: set the one that nasp.New returned")
	}
	base := lc.Base
	if base == nil {
		base = new(net.ListenConfig)
	}
	l, err := base.Listen(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return lc.NewListener(l), nil
}

// NewListener wraps a listener, which belongs to the result from then on.
//
// Handshakes and filters start side by side, so a client that says nothing, or a virtual machine that is busy, holds up nobody else. Connections that
// can't start are closed and logged; they don't end the loop of a server. After Interceptor.Shutdown or Close, Accept returns ErrShutdown. Connections that
// no rule matches are returned as they were accepted.
func (lc *ListenConfig) NewListener(l net.Listener) net.Listener {
	ctx, cancel := context.WithCancel(context.Background())
	return &listener{
		Listener: l, config: *lc, timeout: cmp.Or(lc.StartTimeout, DefaultStartTimeout),
		ready: make(chan net.Conn), failed: make(chan error), wanted: make(chan struct{}, 1), ctx: ctx, cancel: cancel,
	}
}

type listener struct {
	net.Listener
	config  ListenConfig
	timeout time.Duration

	loop    sync.Once // starts the goroutine that accepts
	waiting atomic.Int64
	wanted  chan struct{} // tells that loop that somebody waits
	ready   chan net.Conn
	failed  chan error // of Listener.Accept

	ctx     context.Context // done when it is closed
	cancel  context.CancelFunc
	closing sync.Once
	err     error // of Close
}

// Accept waits for a connection that has started.
func (l *listener) Accept() (net.Conn, error) {
	l.loop.Do(func() { go l.acceptAll() })
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	select {
	case l.wanted <- struct{}{}:
	default: // it knows
	}
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.config.Interceptor.closing:
		return nil, ErrShutdown
	case <-l.ctx.Done():
		return nil, &net.OpError{Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: net.ErrClosed}
	}
}

// Close closes the listener, and with it the connections that have not been accepted yet.
func (l *listener) Close() error {
	l.closing.Do(func() {
		l.cancel()
		l.err = l.Listener.Close()
	})
	return l.err
}

// acceptAll accepts as long as somebody waits in Accept, so that others stay in the backlog of the system.
func (l *listener) acceptAll() {
	for {
		for l.waiting.Load() == 0 {
			select {
			case <-l.wanted:
			case <-l.ctx.Done():
				return
			}
		}
		nc, err := l.Listener.Accept()
		if err == nil {
			go l.start(nc)
			continue
		}
		select {
		case l.failed <- err:
		case <-l.ctx.Done():
			return
		}
	}
}

// start brings a connection up to where the server gets it.
func (l *listener) start(nc net.Conn) {
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
	defer cancel()
	c, err := l.wrap(ctx, nc)
	if err != nil {
		nc.Close()
		logger := l.config.Interceptor.current.Load().config.Logger
		logger.LogAttrs(ctx, slog.LevelWarn, "nasp: a connection was closed because it couldn't start",
			slog.String("peer", nc.RemoteAddr().String()), slog.String("error", err.Error()))
		return
	}
	select {
	case l.ready <- c:
	case <-l.ctx.Done():
		c.Close()
	case <-l.config.Interceptor.closing:
		c.Close()
	}
}

func (l *listener) wrap(ctx context.Context, nc net.Conn) (net.Conn, error) {
	if l.config.TLS != nil {
		nc = tls.Server(nc, l.config.TLS)
	}
	if tc, ok := nc.(*tls.Conn); ok {
		if err := tc.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("nasp: TLS: %w", err)
		}
	}
	return l.config.Interceptor.Server(ctx, nc)
}
