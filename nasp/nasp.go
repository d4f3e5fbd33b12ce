// Package nasp runs Proxy-Wasm filters on the connections of a program, inside its own process. It wraps what a client dials
// with, so nothing else has to run: no proxy, no sidecar, no root.
//
//	n, err := nasp.New(ctx, nasp.Config{}) // masks personal data and secrets in what Kafka clients produce
//	if err != nil {
//		return err
//	}
//	defer n.Shutdown(ctx)
//	dialer := &nasp.Dialer{Interceptor: n}
//	client, err := kgo.NewClient(kgo.Dialer(dialer.DialContext), …)
//
// What happens is logged by Config.Logger, never with bytes of a stream: connections that start and end at level Debug, with their number and the
// bytes that went through; a configuration that is replaced at Info; a connection that a filter ends, that can't start in a listener, or that goes on
// without a filter at Warn; a configuration that can't be used at Error; and what modules log. Interceptor.Metrics counts.
//
// For sarama there is package naspsarama, for servers Listen and NewListener, for a configuration in a file package naspconfig.
package nasp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// ErrShutdown is returned for a new connection after Shutdown or Close. It matches net.ErrClosed, too.
var ErrShutdown error = shutdownError{}

type shutdownError struct{}

func (shutdownError) Error() string {
	return "nasp: the interceptor is shut down, so it takes no new connections: make a new one with nasp.New"
}
func (shutdownError) Is(target error) bool { return target == net.ErrClosed }

// Interceptor holds the filters and what they run on. One serves any number of connections and clients, from any goroutine.
type Interceptor struct {
	current atomic.Pointer[generation]
	closing chan struct{} // closed when no new streams are taken any more

	reloading sync.Mutex // one Reload at a time

	mu          sync.Mutex // guards what follows, and the counts of generations and runtimes
	closed      bool       // closing is closed
	streams     map[*stream]struct{}
	drained     chan struct{} // closed when closed and without streams
	generations map[*generation]struct{}
	filters     map[string]*filterStats
	nextStream  uint64
	totals      totals

	passed atomic.Uint64 // connections that no rule matches
}

// New loads and configures the filters. Modules are compiled here, which takes a second without a cache of compiled modules. The caller
// ends the Interceptor with Shutdown or Close.
func New(ctx context.Context, config Config) (*Interceptor, error) {
	c, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	i := &Interceptor{
		closing: make(chan struct{}), drained: make(chan struct{}), streams: map[*stream]struct{}{},
		generations: map[*generation]struct{}{}, filters: map[string]*filterStats{},
	}
	g, err := i.newGeneration(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	i.adopt(g)
	return i, nil
}

// Client wraps a connection that this process made: what it writes is downstream data. ctx bounds the filters' start only. The result owns nc from
// then on; on an error the caller does. It is a *conn.Conn, or nc itself when no rule matches its remote address.
func (i *Interceptor) Client(ctx context.Context, nc net.Conn) (net.Conn, error) {
	return i.wrap(ctx, nc, newTarget("", nc.RemoteAddr()), false)
}

// Server wraps a connection that this process accepted: what it reads is downstream data. Rules are compared with its local address. Otherwise it is
// like Client.
func (i *Interceptor) Server(ctx context.Context, nc net.Conn) (net.Conn, error) {
	return i.wrap(ctx, nc, newTarget("", nc.LocalAddr()), true)
}

func (i *Interceptor) wrap(ctx context.Context, nc net.Conn, t target, server bool) (net.Conn, error) {
	s, err := i.open(nc, t, server)
	if err != nil {
		return nil, err
	}
	if s == nil {
		i.passed.Add(1)
		return nc, nil
	}
	c, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// open registers a stream for nc, nil if no filter is to run on it.
func (i *Interceptor) open(nc net.Conn, t target, server bool) (*stream, error) {
	for {
		g := i.current.Load()
		route := g.route(t)
		if route == nil || len(route.filters) == 0 {
			return nil, i.refusal()
		}
		s := &stream{i: i, generation: g, route: route, nc: nc, server: server, since: time.Now()}
		ok, err := i.register(s)
		if ok || err != nil {
			return s, err
		}
		// A Reload came in between.
	}
}

// refusal is the error for new connections, or nil.
func (i *Interceptor) refusal() error {
	select {
	case <-i.closing:
		return ErrShutdown
	default:
		return nil
	}
}

// register makes a stream known. It returns false if its generation has been replaced.
func (i *Interceptor) register(s *stream) (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.closed:
		return false, ErrShutdown
	case s.generation.retired:
		return false, nil
	}
	i.nextStream++
	s.id = i.nextStream
	i.streams[s] = struct{}{}
	s.generation.streams++
	return true, nil
}

// forget is called once for each registered stream, at its end.
func (i *Interceptor) forget(s *stream) {
	g := s.generation
	i.mu.Lock()
	defer i.mu.Unlock()
	i.totals.add(s)
	delete(i.streams, s)
	g.streams--
	if g.retired && g.streams == 0 && !i.closed {
		go g.closeAndLog()
	}
	if i.closed && len(i.streams) == 0 {
		close(i.drained)
	}
}

// Reload replaces the configuration: connections that are made from now on get the new one, those that are there stay on the old one until they
// end. Counters of filters that keep their name go on, and so does the shared data of modules as long as the settings of Config that concern all
// modules stay the same. If the configuration can't be used, nothing changes and the error says why. ctx bounds the loading of modules.
func (i *Interceptor) Reload(ctx context.Context, config Config) error {
	return i.ReloadFunc(ctx, func() (Config, error) { return config, nil })
}

// ReloadFunc is Reload with a configuration that load makes, for example from a file. An error of load counts as a configuration that can't be used. Calls
// of ReloadFunc and Reload take turns, with load.
func (i *Interceptor) ReloadFunc(ctx context.Context, load func() (Config, error)) error {
	i.reloading.Lock()
	defer i.reloading.Unlock()
	if err := i.refusal(); err != nil {
		return err
	}
	old := i.current.Load()
	g, err := i.reload(ctx, load, old)
	if err != nil {
		i.mu.Lock()
		i.totals.refusedReloads++
		i.mu.Unlock()
		old.config.Logger.LogAttrs(ctx, slog.LevelError, "nasp: the new configuration can't be used, the one before stays",
			slog.Uint64("configuration", old.number), slog.String("error", err.Error()))
		return fmt.Errorf("nasp: the configuration stays as it was: %w", err)
	}
	g.config.Logger.LogAttrs(ctx, slog.LevelInfo, "nasp: new connections get a new configuration",
		slog.Uint64("configuration", g.number), slog.Int("filters", len(g.filters)), slog.Int("rules", len(g.config.Rules)))
	return nil
}

func (i *Interceptor) reload(ctx context.Context, load func() (Config, error), old *generation) (*generation, error) {
	c, err := load()
	if err != nil {
		return nil, err
	}
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	g, err := i.newGeneration(ctx, c, old)
	if err != nil {
		return nil, err
	}
	if !i.adopt(g) {
		return nil, errors.Join(ErrShutdown, g.close(context.WithoutCancel(ctx)))
	}
	return g, nil
}

// adopt makes g the current generation, unless the Interceptor was closed meanwhile. It ends the one before as soon as it has no stream.
func (i *Interceptor) adopt(g *generation) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return false
	}
	i.generations[g] = struct{}{}
	g.number = 1
	if old := i.current.Load(); old != nil {
		g.number = old.number + 1
	}
	old := i.current.Swap(g)
	if old == nil {
		return true
	}
	old.retired = true
	if old.streams == 0 {
		go old.closeAndLog()
	}
	return true
}

// Shutdown takes no new connections any more, waits for those that are there to end, and frees the filters. When ctx is done before, it closes the
// connections that are left and returns an error. It doesn't close listeners.
func (i *Interceptor) Shutdown(ctx context.Context) error {
	i.stop()
	select {
	case <-i.drained:
		return i.Close(ctx)
	case <-ctx.Done():
	}
	left := len(i.openStreams())
	err := fmt.Errorf("nasp: %d connections were still open at the end of Shutdown and have been closed: %w", left, context.Cause(ctx))
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), forcedCloseTimeout)
	defer cancel()
	return errors.Join(err, i.Close(bound))
}

// forcedCloseTimeout bounds the closing of what a Shutdown without time left behind.
const forcedCloseTimeout = 10 * time.Second

// Close closes all connections that are still open, as their own Close would, and frees the filters. When a module doesn't return before ctx is done, Close
// returns an error and may be called again.
func (i *Interceptor) Close(ctx context.Context) error {
	i.stop()
	closeStreams(ctx, i.openStreams())
	i.awaitDrained(ctx)
	i.reloading.Lock() // a Reload that is under way gives its generation back
	defer i.reloading.Unlock()
	var errs []error
	for _, g := range i.allGenerations() {
		errs = append(errs, g.close(ctx))
	}
	return errors.Join(errs...)
}

// sweepTimeout bounds the wait for closed connections whose last calls haven't returned yet.
const sweepTimeout = 2 * time.Second

// awaitDrained waits for connections that are being closed, also by their users, so that modules are told of their end.
func (i *Interceptor) awaitDrained(ctx context.Context) {
	t := time.NewTimer(sweepTimeout)
	defer t.Stop()
	select {
	case <-i.drained:
	case <-t.C:
	case <-ctx.Done():
	}
}

// stop refuses new connections from now on.
func (i *Interceptor) stop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return
	}
	i.closed = true
	close(i.closing)
	if len(i.streams) == 0 {
		close(i.drained)
	}
}

func (i *Interceptor) openStreams() []*stream {
	i.mu.Lock()
	defer i.mu.Unlock()
	list := make([]*stream, 0, len(i.streams))
	for s := range i.streams {
		list = append(list, s)
	}
	return list
}

func (i *Interceptor) allGenerations() []*generation {
	i.mu.Lock()
	defer i.mu.Unlock()
	list := make([]*generation, 0, len(i.generations))
	for g := range i.generations {
		list = append(list, g)
	}
	return list
}

// closeStreams closes connections side by side, since each may linger, and gives up when ctx is done.
func closeStreams(ctx context.Context, list []*stream) {
	var wg sync.WaitGroup
	for _, s := range list {
		if c := s.conn.Load(); c != nil {
			wg.Go(func() { _ = c.Close() }) // what it couldn't send is lost, and the user of the connection learns that it is closed
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
