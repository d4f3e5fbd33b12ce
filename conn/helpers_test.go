package conn_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hang is a guard against a call that never returns. No test passes or fails by less.
const hang = 20 * time.Second

type dataFunc func(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error)

// hook is a filter made of functions; a missing one continues.
type hook struct {
	open     func(context.Context) (conn.Action, error)
	down, up dataFunc
	close    func(conn.Peer)

	conn.Controller // of the connection
	closes          atomic.Int32
	peer            atomic.Int32
	inCall          atomic.Int32
}

func (h *hook) OnNewConnection(ctx context.Context, c conn.Controller) (conn.Action, error) {
	h.Controller = c
	if h.open != nil {
		return h.open(ctx)
	}
	return conn.Continue, nil
}

func (h *hook) OnDownstreamData(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return h.data(h.down, ctx, b, end)
}

func (h *hook) OnUpstreamData(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return h.data(h.up, ctx, b, end)
}

func (h *hook) data(f dataFunc, ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	if h.closes.Load() > 0 {
		panic("data call after OnClose")
	}
	h.inCall.Add(1)
	defer h.inCall.Add(-1)
	if f == nil {
		return conn.Continue, nil
	}
	return f(ctx, b, end)
}

func (h *hook) OnClose(p conn.Peer) {
	if h.inCall.Load() > 0 {
		panic("OnClose during a data call")
	}
	h.closes.Add(1)
	h.peer.Store(int32(p))
	if h.close != nil {
		h.close(p)
	}
}

// oneWay limits a filter to the directions it has functions for.
type oneWay struct{ *hook }

func (o oneWay) Wants(d conn.Direction) bool {
	if d == conn.Downstream {
		return o.down != nil
	}
	return o.up != nil
}

func pause(context.Context, *conn.Buffer, bool) (conn.Action, error) { return conn.Pause, nil }

// atLeast pauses until n bytes are there.
func atLeast(n int) dataFunc {
	return func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		if b.Len() < n {
			return conn.Pause, nil
		}
		return conn.Continue, nil
	}
}

// recorder notes the sizes that a filter is shown; the end as -1.
type recorder struct {
	mu    sync.Mutex
	sizes []int
}

func (r *recorder) around(f dataFunc) dataFunc {
	return func(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
		r.mu.Lock()
		r.sizes = append(r.sizes, b.Len())
		if end {
			r.sizes = append(r.sizes, -1)
		}
		r.mu.Unlock()
		if f == nil {
			return conn.Continue, nil
		}
		return f(ctx, b, end)
	}
}

func (r *recorder) seen() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int(nil), r.sizes...)
}

// pass hands everything on.
type pass struct{}

func (pass) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnDownstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnClose(conn.Peer) {}

// xor rewrites every byte.
func xor(key byte) conn.Filter {
	f := func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		p := bytes.Clone(b.Bytes())
		for i := range p {
			p[i] ^= key
		}
		return conn.Continue, b.Splice(0, len(p), p)
	}
	return &hook{down: f, up: f}
}

// framer is the reference of a framing filter: it hands whole frames on, in upper case and with '!' behind, and keeps a partial
// one in memory of its own, or by Pause when there is no whole frame before it. A frame is a two-byte length and as many bytes.
type framer struct{ tail []byte }

func (f *framer) data(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	if err := b.Splice(0, 0, f.tail); err != nil {
		return conn.Pause, err
	}
	f.tail = nil
	out, rest := frames(b.Bytes())
	switch {
	case end && len(rest) > 0:
		return conn.Pause, errors.New("the stream ends in a frame")
	case len(out) == 0 && b.Len() > 0:
		return conn.Pause, nil
	}
	f.tail = bytes.Clone(rest)
	return conn.Continue, b.Splice(0, b.Len(), out)
}

// frames returns what framer makes of p, and what is left.
func frames(p []byte) (out, rest []byte) {
	for len(p) >= 2 {
		n := int(binary.BigEndian.Uint16(p))
		if len(p) < 2+n {
			break
		}
		out = binary.BigEndian.AppendUint16(out, uint16(n+1))
		out = append(append(out, bytes.ToUpper(p[2:2+n])...), '!')
		p = p[2+n:]
	}
	return out, p
}

func frame(body string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(body))), body...)
}

// client returns a filtered connection over net.Pipe and its other end, both closed at the end of the test.
func client(t testing.TB, cfg conn.Config) (*conn.Conn, net.Conn) {
	t.Helper()
	a, b := net.Pipe()
	t.Cleanup(func() { b.Close() })
	if cfg.Linger == 0 {
		cfg.Linger = time.Second
	}
	return wrap(t, a, cfg), b
}

func filters(f ...conn.Filter) conn.Config { return conn.Config{Filters: f} }

// collect reads everything from r in the background. The result is there when r ends.
func collect(r io.Reader) func() []byte {
	ch := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(r)
		ch <- b
	}()
	return func() []byte {
		select {
		case b := <-ch:
			return b
		case <-time.After(hang):
			panic("the stream doesn't end")
		}
	}
}

func mustWrite(t testing.TB, w io.Writer, s string) {
	t.Helper()
	if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
		t.Fatalf("Write(%q) = %d, %v", s, n, err)
	}
}

func mustRead(t testing.TB, r io.Reader, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if n, err := io.ReadFull(r, b); err != nil || string(b) != want {
		t.Fatalf("read %q, %v, want %q", b[:n], err, want)
	}
}

func wantErr(t testing.TB, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Fatalf("error %v doesn't match %v", err, target)
		}
	}
}
