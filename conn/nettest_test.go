package conn_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"golang.org/x/net/nettest"
)

// The lower layer of the tests: how to get the two ends of a connection.
var pipes = []struct {
	name string
	make func(testing.TB) (client, server net.Conn)
}{
	{"pipe", func(testing.TB) (net.Conn, net.Conn) { return net.Pipe() }},
	{"tcp", tcpPipe},
}

func tcpPipe(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// untilN pauses both directions until n bytes are there, or flushAfter has passed: some of nettest's messages are shorter than
// eight bytes, and their sender waits for the answer.
type untilN struct {
	n int
	conn.Controller

	mu     sync.Mutex // Continue from a timer must not come late: after a call, it would be for other bytes
	timers [2]*time.Timer
}

const flushAfter = 2 * time.Millisecond

func (u *untilN) OnNewConnection(_ context.Context, c conn.Controller) (conn.Action, error) {
	u.Controller = c
	return conn.Continue, nil
}

func (u *untilN) OnDownstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return u.data(conn.Downstream, b, end)
}

func (u *untilN) OnUpstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return u.data(conn.Upstream, b, end)
}

func (u *untilN) data(d conn.Direction, b *conn.Buffer, end bool) (conn.Action, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t := u.timers[d]; t != nil {
		t.Stop()
	}
	if b.Len() >= u.n || end {
		return conn.Continue, nil
	}
	u.timers[d] = time.AfterFunc(flushAfter, func() { u.Continue(d) })
	return conn.Pause, nil
}

func (u *untilN) OnClose(conn.Peer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, t := range u.timers {
		if t != nil {
			t.Stop()
		}
	}
}

// multiple pauses what isn't a multiple of n bytes.
func multiple(n int) dataFunc {
	return func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		if b.Len()%n != 0 {
			return conn.Pause, nil
		}
		return conn.Continue, nil
	}
}

// grower makes k bytes of each one. shrinker is its inverse, and keeps what isn't k bytes yet.
type grower struct{ k int }

func (g grower) data(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	out := make([]byte, 0, g.k*b.Len())
	for _, x := range b.Bytes() {
		for i := range g.k {
			out = append(out, x^byte(i))
		}
	}
	return conn.Continue, b.Splice(0, b.Len(), out)
}

type shrinker struct {
	k    int
	part []byte
}

func (s *shrinker) data(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	in := append(s.part, b.Bytes()...)
	out := make([]byte, 0, len(in)/s.k)
	for ; len(in) >= s.k; in = in[s.k:] {
		for i := range s.k {
			if in[i] != in[0]^byte(i) {
				return conn.Pause, errors.New("these bytes are not the grower's")
			}
		}
		out = append(out, in[0])
	}
	if s.part = bytes.Clone(in); end && len(in) > 0 {
		return conn.Pause, errors.New("the stream ends between the grower's bytes")
	}
	return conn.Continue, b.Splice(0, b.Len(), out)
}

// grown is a filter of one end: what goes between both ends is k times as long as either knows.
func grown(k int, server bool) conn.Filter {
	if server {
		return &hook{down: (&shrinker{k: k}).data, up: grower{k}.data}
	}
	return &hook{down: grower{k}.data, up: (&shrinker{k: k}).data}
}

func TestNettest(t *testing.T) {
	filters := []struct {
		name string
		make func(server bool) []conn.Filter
	}{
		{"none", func(bool) []conn.Filter { return nil }},
		{"pass", func(bool) []conn.Filter { return []conn.Filter{pass{}} }},
		{"xor", func(bool) []conn.Filter { return []conn.Filter{xor(0x55)} }},
		{"three", func(bool) []conn.Filter { return []conn.Filter{pass{}, xor(0x33), pass{}} }},
		{"until 1", func(bool) []conn.Filter { return []conn.Filter{&untilN{n: 1}} }},
		{"until 2", func(bool) []conn.Filter { return []conn.Filter{&untilN{n: 2}} }},
		{"until 4", func(bool) []conn.Filter { return []conn.Filter{&untilN{n: 4}} }},
		{"until 8", func(bool) []conn.Filter { return []conn.Filter{&untilN{n: 8}} }},
		{"grown", func(server bool) []conn.Filter { return []conn.Filter{grown(2, server)} }},
		{"second pauses", func(bool) []conn.Filter { return []conn.Filter{xor(0x0f), &untilN{n: 8}, pass{}} }},
		// Without a timer: behind the first filter everything comes by eights. The server's chain is the client's, backwards.
		{"second pauses on what is grown", func(server bool) []conn.Filter {
			f := []conn.Filter{grown(8, server), &hook{down: multiple(8), up: multiple(8)}, xor(0x0f)}
			if server {
				slices.Reverse(f)
			}
			return f
		}},
	}
	for _, p := range pipes {
		for _, f := range filters {
			t.Run(p.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					a, b := p.make(t)
					// A peer that reads no more is what some of these tests are about: don't wait for it.
					cfg := conn.Config{Filters: f.make(false), Linger: 50 * time.Millisecond}
					if c1, err = conn.New(context.Background(), a, cfg); err != nil {
						return nil, nil, nil, err
					}
					cfg.Filters, cfg.Server = f.make(true), true
					if c2, err = conn.New(context.Background(), b, cfg); err != nil {
						return nil, nil, nil, err
					}
					return c1, c2, func() { c1.Close(); c2.Close() }, nil
				})
			})
		}
	}
}
