package conn_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// vectored is a TCP connection that counts what isn't written by writev: package net uses that for what embeds its own types.
type vectored struct {
	*net.TCPConn
	writes *int
}

func (v vectored) Write(p []byte) (int, error) { *v.writes++; return v.TCPConn.Write(p) }

func TestWriteBuffers(t *testing.T) {
	upper := func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		if b.Len() > 0 && b.Bytes()[0] == 'u' {
			return conn.Continue, b.Splice(0, b.Len(), bytes.ToUpper(b.Bytes()))
		}
		return conn.Continue, nil
	}
	const held, rest = "held until there are twenty", " and the rest"
	for name, test := range map[string]struct {
		filters []conn.Filter
		slices  []string
		want    string
	}{
		"no filter":     {nil, []string{"head", "body", "tail"}, "headbodytail"},
		"left as it is": {[]conn.Filter{pass{}, pass{}}, []string{"head", "", "body", "tail"}, "headbodytail"},
		"changed":       {[]conn.Filter{&hook{down: upper}, pass{}}, []string{"head", "upper", "tail", "up"}, "headUPPERtailUP"},
		"held":          {[]conn.Filter{pass{}, &hook{down: atLeast(20)}}, []string{held[:5], held[5:15], held[15:], rest + rest}, held + rest + rest},
		"nothing":       {[]conn.Filter{pass{}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := tcpPipe(t)
			defer b.Close()
			writes := 0
			c := wrap(t, vectored{a.(*net.TCPConn), &writes}, filters(test.filters...))
			var v net.Buffers
			total := 0
			for _, s := range test.slices {
				v, total = append(v, []byte(s)), total+len(s)
			}
			n, err := c.WriteBuffers(&v)
			if n != int64(total) || err != nil || len(v) > 0 {
				t.Errorf("WriteBuffers = %d, %v, and %d slices are left", n, err, len(v))
			}
			if writes > 0 && name != "held" {
				t.Errorf("%d slices were written one by one", writes)
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if got := string(collect(b)()); got != test.want {
				t.Errorf("sent %q", got)
			}
		})
	}
}

// What is left after an error is where the caller goes on, as after Write.
func TestWriteBuffersAfterErrors(t *testing.T) {
	t.Run("time-out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x, y := memTCP(10, 1)
			c := wrap(t, x, filters(pass{}))
			defer y.Close()
			all := seq(0, 40)
			c.SetWriteDeadline(time.Now().Add(time.Second))
			v := net.Buffers{all[:7], all[7:20], all[20:30]}
			n, err := c.WriteBuffers(&v)
			wantTimeout(t, err)
			if n != 30 || len(v) > 0 {
				t.Errorf("%d bytes were accepted, %d slices are left", n, len(v))
			}
			clear(all[:30])
			c.SetWriteDeadline(time.Time{})
			got := collect(y)
			v = net.Buffers{all[30:]}
			if n, err := c.WriteBuffers(&v); n != 10 || err != nil {
				t.Errorf("WriteBuffers = %d, %v", n, err)
			}
			c.Close()
			if got := got(); len(got) != 40 || checkSeq(0, got) != nil {
				t.Errorf("sent %d bytes that are not the stream", len(got))
			}
		})
	})
	t.Run("bound", func(t *testing.T) {
		h := &hook{down: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
			if bytes.Contains(b.Bytes(), []byte("hold")) {
				return conn.Pause, nil
			}
			return conn.Continue, nil
		}}
		cfg := filters(h)
		cfg.MaxBuffered = 8
		c, peer := client(t, cfg)
		got := collect(peer)
		v := net.Buffers{[]byte("first"), []byte("hold"), []byte("more than fits"), []byte("x")}
		n, err := c.WriteBuffers(&v)
		wantErr(t, err, conn.ErrBufferFull)
		if n != 5+8 || len(v) != 2 || string(v[0]) != " than fits" {
			t.Errorf("%d bytes were accepted, %q are left", n, v)
		}
		c.Close()
		if got := string(got()); got != "first" {
			t.Errorf("sent %q", got)
		}
	})
	t.Run("filter", func(t *testing.T) {
		h := &hook{down: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
			if b.Len() == 1 {
				return conn.Continue, io.ErrNoProgress
			}
			return conn.Continue, nil
		}}
		c, _ := client(t, filters(h))
		v := net.Buffers{[]byte("first"), []byte("x")}
		n, err := c.WriteBuffers(&v)
		wantErr(t, err, io.ErrNoProgress)
		if n != 0 {
			t.Errorf("%d bytes of a connection that ended were sent", n)
		}
	})
	t.Run("peer", func(t *testing.T) {
		c, peer := client(t, filters(pass{}))
		peer.Close()
		v := net.Buffers{[]byte("first"), []byte("second")}
		if n, err := c.WriteBuffers(&v); n != 0 || !errors.Is(err, io.ErrClosedPipe) || len(v) != 2 {
			t.Errorf("WriteBuffers = %d, %v", n, err)
		}
		c.Close()
		if _, err := c.WriteBuffers(&v); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
	t.Run("CloseWrite", func(t *testing.T) {
		x, y := memTCP(0, 1)
		defer y.Close()
		c := wrap(t, x, filters(pass{}))
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		v := net.Buffers{[]byte("first")}
		_, err := c.WriteBuffers(&v)
		wantErr(t, err, conn.ErrWriteClosed)
	})
}

// Random slices through random pauses come out as they went in.
func TestWriteBuffersAtRandom(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			x, y := memTCP(r.IntN(2)*100, seed)
			c := wrap(t, x, filters(newLate(r, r.IntN(4)), newLate(r, r.IntN(4))))
			got := collect(y)
			at := 0
			for range 20 {
				var v net.Buffers
				for range r.IntN(5) {
					v = append(v, seq(at, r.IntN(30)))
					at += len(v[len(v)-1])
				}
				kept := slices.Clone(v)
				if _, err := c.WriteBuffers(&v); err != nil || len(v) > 0 {
					t.Fatalf("%v, %d slices are left", err, len(v))
				}
				for _, p := range kept {
					clear(p)
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got := got(); len(got) != at || checkSeq(0, got) != nil {
				t.Fatalf("sent %d bytes of %d", len(got), at)
			}
		})
	}
}
