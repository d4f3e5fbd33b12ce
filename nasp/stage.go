package nasp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// stage is what conn sees of a filter: it measures the filter, keeps to its directions, and looks for TLS.
type stage struct {
	filter conn.Filter
	loaded *loadedFilter
	stream *stream
	wants  [2]bool      // by conn.Direction, of the filter
	guards [2]*tlsGuard // by conn.Direction; nil where another stage looks, or none
	last   bool         // its OnClose is the last call for the connection
}

var (
	_ conn.Filter     = (*stage)(nil)
	_ conn.Interested = (*stage)(nil)
)

func newStage(s *stream, f *loadedFilter, inner conn.Filter) *stage {
	st := &stage{filter: inner, loaded: f, stream: s}
	for _, d := range []conn.Direction{conn.Downstream, conn.Upstream} {
		st.wants[d] = f.config.Directions.allow(d)
		if in, ok := inner.(conn.Interested); ok {
			st.wants[d] = st.wants[d] && in.Wants(d)
		}
	}
	return st
}

// linkStages says who looks for TLS: the stage that the client's bytes come to first, or where nobody wants those, the one that the server's come
// to first.
func linkStages(list []*stage) {
	if len(list) == 0 {
		return
	}
	first, last := list[0], list[len(list)-1]
	last.last = true
	for _, g := range []struct {
		d  conn.Direction
		at *stage
	}{{conn.Downstream, first}, {conn.Upstream, last}} {
		if name, wanted, refuses := audience(list, g.d); wanted {
			if refuses {
				g.at.guards[g.d] = &tlsGuard{filter: name}
			}
			return
		}
	}
}

// audience tells whether a filter wants a direction, and the name of the first of those that can't do with TLS.
func audience(list []*stage, d conn.Direction) (name string, wanted, refuses bool) {
	for _, st := range list {
		if !st.wants[d] {
			continue
		}
		wanted = true
		if !st.loaded.config.AllowTLS && !refuses {
			name, refuses = st.loaded.config.Name, true
		}
	}
	return name, wanted, refuses
}

// Wants adds the directions that this stage looks for TLS in.
func (s *stage) Wants(d conn.Direction) bool { return s.wants[d] || s.guards[d] != nil }

// OnNewConnection starts the filter.
func (s *stage) OnNewConnection(ctx context.Context, c conn.Controller) (conn.Action, error) {
	a, err := s.filter.OnNewConnection(ctx, &controller{c, s})
	s.note(ctx, err)
	return a, err
}

// OnDownstreamData shows the filter what the client sent.
func (s *stage) OnDownstreamData(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return s.data(ctx, conn.Downstream, s.filter.OnDownstreamData, b, end)
}

// OnUpstreamData shows the filter what the server sent.
func (s *stage) OnUpstreamData(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return s.data(ctx, conn.Upstream, s.filter.OnUpstreamData, b, end)
}

// epoch makes measuring cheaper: time.Since reads one clock, time.Now two.
var epoch = time.Now()

type dataFunc func(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error)

func (s *stage) data(ctx context.Context, d conn.Direction, filter dataFunc, b *conn.Buffer, end bool) (conn.Action, error) {
	guard := s.guards[d]
	if guard != nil && !guard.done {
		if err := guard.look(b.Bytes()); err != nil {
			s.note(ctx, err)
			return conn.Pause, err
		}
	}
	if !s.wants[d] {
		return s.handOn(guard)
	}
	start := time.Since(epoch)
	a, err := filter(ctx, b, end)
	s.loaded.stats.durations[d].observe(time.Since(epoch) - start)
	if err != nil {
		s.note(ctx, err)
		return a, err
	}
	if a == conn.Continue {
		return s.handOn(guard)
	}
	return a, nil
}

func (*stage) handOn(guard *tlsGuard) (conn.Action, error) {
	if guard != nil {
		guard.passed()
	}
	return conn.Continue, nil
}

// note keeps an error of the filter, unless it is that of a call that ran out of time: it will be called again.
func (s *stage) note(ctx context.Context, err error) {
	if ended := ctx.Err(); err != nil && (ended == nil || !errors.Is(err, ended)) {
		s.stream.failed(s.loaded.config.Name, err)
	}
}

// OnClose ends the filter.
func (s *stage) OnClose(p conn.Peer) {
	if s.last {
		defer s.stream.closed()
	}
	s.filter.OnClose(p)
}

// controller notes why a filter closes its connection.
type controller struct {
	conn.Controller
	stage *stage
}

func (c *controller) CloseConnection(reason error) {
	c.stage.stream.failed(c.stage.loaded.config.Name, reason)
	c.Controller.CloseConnection(reason)
}

// tlsGuard finds a stream that is TLS inside, of which filters would see ciphertext. It looks at the first record (RFC 8446, section 5.1): 0x16, 0x03, a minor
// version, two bytes of length, and the type of the handshake's message, 1 (ClientHello) or 2 (ServerHello).
type tlsGuard struct {
	filter string
	done   bool
	begin  [helloBytes]byte // of the stream
	seen   int              // so many are known
	before int              // so many of those are gone: data begins behind them
}

const helloBytes = 6

// look is given the bytes that have not been handed on yet.
func (g *tlsGuard) look(data []byte) error {
	g.seen = g.before + copy(g.begin[g.before:], data)
	b := g.begin[:g.seen]
	switch {
	case len(b) > 0 && b[0] != 0x16, len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
		g.done = true
	case len(b) == helloBytes:
		g.done = true
		if b[5] == 1 || b[5] == 2 {
			return fmt.Errorf("nasp: filter %q got TLS, of which it sees ciphertext only: let nasp do TLS (set TLS in nasp.Dialer or nasp.ListenConfig, "+
				"or use naspsarama.Wrap) and switch it off in the client; or leave this address out by a rule without filters, or set AllowTLS", g.filter)
		}
	}
	return nil
}

// passed tells that what look was given has been handed on.
func (g *tlsGuard) passed() { g.before = g.seen }
