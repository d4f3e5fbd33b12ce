package nasp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/wasmhost"
)

// stream is a connection that goes through filters.
type stream struct {
	i          *Interceptor
	generation *generation
	route      *route
	nc         net.Conn
	server     bool
	since      time.Time
	id         uint64

	conn    atomic.Pointer[conn.Conn] // nil until it has started
	failure atomic.Pointer[error]     // the first error of a filter
	state   atomic.Int32
	refused bool // it couldn't start
}

// start makes the connection: nc itself when all filters are left out. On an error nothing is left of the stream.
func (s *stream) start(ctx context.Context) (net.Conn, error) {
	stages, err := s.stages(ctx)
	if err != nil {
		s.refuse()
		return nil, fmt.Errorf("nasp: %w", err)
	}
	if len(stages) == 0 {
		s.end()
		return s.nc, nil
	}
	filters := make([]conn.Filter, len(stages))
	for n, st := range stages {
		filters[n] = st
	}
	g := s.generation
	c, err := conn.New(ctx, s.nc, conn.Config{
		Filters: filters, Server: s.server, MaxBuffered: g.config.MaxBuffered, Budget: g.budget, Linger: g.config.Linger,
	})
	if err != nil {
		abandonAll(stages)
		s.refuse()
		return nil, err
	}
	s.conn.Store(c)
	defer func() {
		if !s.state.CompareAndSwap(starting, started) {
			s.end()
		}
	}()
	s.log(ctx, slog.LevelDebug, "nasp: a connection has started", slog.String("peer", s.nc.RemoteAddr().String()), slog.String("rule", s.route.name))
	return c, nil
}

// stages starts the filters. Those that were started are ended on an error.
func (s *stream) stages(ctx context.Context) ([]*stage, error) {
	var list []*stage
	for _, f := range s.route.filters {
		inner, err := f.start(ctx, s.nc, s.server)
		if err != nil && (!f.config.FailOpen || ctx.Err() != nil || errors.Is(err, wasmhost.ErrClosed)) {
			for _, st := range list {
				st.filter.OnClose(conn.PeerLocal)
			}
			return nil, err
		}
		if err != nil {
			f.stats.skipped.Add(1)
			s.log(ctx, slog.LevelWarn, "nasp: a connection goes on without a filter that can't start, as its configuration wants it",
				slog.String("filter", f.config.Name), slog.Any("error", err))
			continue
		}
		f.stats.opened.Add(1)
		list = append(list, newStage(s, f, inner))
	}
	linkStages(list)
	return list, nil
}

// abandonAll ends the guests' streams of a connection whose start failed. conn has called OnClose of the filters before the one that failed
// only, and closing a stream again does nothing.
func abandonAll(stages []*stage) {
	for _, st := range stages {
		if w, ok := st.filter.(*wasmFilter); ok {
			w.OnClose(conn.PeerLocal)
		}
	}
}

// failed notes the first error of a filter. That its plugin was closed with the Interceptor is none.
func (s *stream) failed(filter string, err error) {
	if err == nil || errors.Is(err, wasmhost.ErrClosed) || !s.failure.CompareAndSwap(nil, &err) {
		return
	}
	s.log(context.Background(), slog.LevelWarn, "nasp: a filter ended a connection", slog.String("filter", filter), slog.String("error", err.Error()))
}

// The states of a stream. The end may come while start is still running, which then ends the stream.
const (
	starting int32 = iota
	started
	endedEarly
)

// refuse ends a stream that couldn't start.
func (s *stream) refuse() {
	s.refused = true
	s.end()
}

// closed is called when the last filter has been closed.
func (s *stream) closed() {
	if !s.state.CompareAndSwap(starting, endedEarly) {
		s.end()
	}
}

// end is called once.
func (s *stream) end() {
	s.i.forget(s)
	if c := s.conn.Load(); c != nil {
		n := c.Stats()
		s.log(context.Background(), slog.LevelDebug, "nasp: a connection has ended",
			slog.Uint64("read", n.Read), slog.Uint64("written", n.Written), slog.Duration("lasted", time.Since(s.since)))
	}
}

// log says something about the stream, never its bytes.
func (s *stream) log(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	l := s.generation.config.Logger
	if l.Enabled(ctx, level) {
		l.LogAttrs(ctx, level, msg, append(attrs, slog.Uint64("stream", s.id), slog.Uint64("configuration", s.generation.number))...)
	}
}
