package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

func TestContinueSendsWithoutAnotherWrite(t *testing.T) {
	var rec recorder
	h := &hook{}
	h.down = rec.around(pause)
	c, peer := client(t, filters(h, tag(".")))
	mustWrite(t, c, "held")
	returned := make(chan struct{})
	go func() { // the peer doesn't read yet: Continue must not wait for it
		h.Continue(conn.Downstream)
		close(returned)
	}()
	select {
	case <-returned:
	case <-time.After(hang):
		t.Fatal("Continue waits for the socket")
	}
	mustRead(t, peer, "held.")
	if got := rec.seen(); !slices.Equal(got, []int{4}) {
		t.Fatalf("the filter was called again: %v", got)
	}
	c.Close()
}

func TestContinueWakesABlockedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hook{up: pause}
		c, peer := client(t, filters(h))
		c.SetReadDeadline(time.Now().Add(time.Hour))
		go peer.Write([]byte("held"))
		read := make(chan string)
		go func() {
			p := make([]byte, 10)
			n, err := c.Read(p)
			if err != nil {
				t.Error(err)
			}
			read <- string(p[:n])
		}()
		synctest.Wait() // Read has paused the bytes, and waits in the socket for more
		start := time.Now()
		h.Continue(conn.Upstream)
		if got := <-read; got != "held" || time.Since(start) > 0 {
			t.Fatalf("read %q after %v", got, time.Since(start))
		}
		// The user's deadline has survived the wake-up.
		_, err := c.Read(make([]byte, 1))
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() || time.Since(start) != time.Hour {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
		c.Close()
	})
}

// Deadlines are moved to and fro while Continue wakes Read again and again: no Read may end by a wake-up.
func TestContinueAgainstDeadlines(t *testing.T) {
	for _, p := range pipes {
		t.Run(p.name, func(t *testing.T) {
			a, peer := p.make(t)
			h := &hook{up: pause}
			c := wrap(t, a, filters(h))
			stop := make(chan struct{})
			var wg sync.WaitGroup
			background := func(f func()) {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							f()
							runtime.Gosched()
						}
					}
				})
			}
			background(func() { h.Continue(conn.Upstream) })
			background(func() { c.SetReadDeadline(time.Now().Add(time.Hour)) })
			background(func() { c.SetReadDeadline(time.Time{}) })
			const total = 3000
			go func() {
				defer peer.Close()
				for i := 0; i < total; {
					n := min(1+i%7, total-i)
					p := make([]byte, n)
					for j := range p {
						p[j] = byte(i + j)
					}
					peer.Write(p)
					i += n
				}
			}()
			got, err := io.ReadAll(c)
			close(stop)
			wg.Wait()
			if err != nil || len(got) != total {
				t.Fatalf("read %d bytes, %v", len(got), err)
			}
			for i, b := range got {
				if b != byte(i) {
					t.Fatalf("byte %d is wrong", i)
				}
			}
		})
	}
}

func TestContinueInsideTheCall(t *testing.T) {
	h := &hook{}
	h.down = func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
		h.Continue(conn.Downstream) // applies to what the call leaves paused
		return conn.Pause, nil
	}
	h.up = func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
		h.Continue(conn.Upstream)
		return conn.Pause, nil
	}
	c, peer := client(t, filters(h))
	go c.Write([]byte("down"))
	mustRead(t, peer, "down")
	go peer.Write([]byte("up"))
	mustRead(t, c, "up")
	c.Close()
}

func TestContinueWithoutPauseIsForgotten(t *testing.T) {
	h := &hook{down: pause}
	c, peer := client(t, filters(h))
	got := collect(peer)
	h.Continue(conn.Downstream)
	h.Continue(conn.Upstream)
	h.Continue(conn.Direction(9))
	mustWrite(t, c, "held")
	wantErr(t, c.Close(), conn.ErrDiscarded)
	if got := got(); len(got) > 0 {
		t.Fatalf("an early Continue released %q", got)
	}
	h.Continue(conn.Downstream) // after the end: nothing happens
	h.CloseConnection()
}

// A sarama-like user sets a deadline for each Write. It says nothing about what a filter releases a minute later.
func TestContinueIsNotBoundByAPassedDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hook{down: pause}
		next := &hook{down: func(ctx context.Context, _ *conn.Buffer, _ bool) (conn.Action, error) {
			return conn.Continue, ctx.Err()
		}}
		c, peer := client(t, filters(h, next))
		c.SetWriteDeadline(time.Now().Add(time.Second))
		mustWrite(t, c, "held")
		time.Sleep(time.Minute)
		h.Continue(conn.Downstream)
		time.Sleep(time.Minute)
		mustRead(t, peer, "held")
		synctest.Wait()
		_, err := c.Write([]byte("x"))
		if !errors.Is(err, errTimeout) {
			t.Fatalf("the user's deadline is gone: %v", err)
		}
		c.Close()
	})
}

func TestGate(t *testing.T) {
	gate := func(context.Context) (conn.Action, error) { return conn.Pause, nil }
	for _, tt := range []struct {
		name string
		cfg  func(gate *hook) conn.Config
	}{
		{"first", func(g *hook) conn.Config { return filters(g, tag(".")) }},
		{"second", func(g *hook) conn.Config { return filters(tag("."), g) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var down, up recorder
				g := &hook{open: gate, down: down.around(nil), up: up.around(nil)}
				c, peer := client(t, tt.cfg(g))
				go peer.Write([]byte("up"))
				mustWrite(t, c, "do")
				mustWrite(t, c, "wn")
				sent, read := make([]byte, 100), make([]byte, 100)
				var nSent, nRead int
				go func() { nSent, _ = io.ReadAtLeast(peer, sent, 5) }()
				go func() { nRead, _ = io.ReadAtLeast(c, read, 3) }()
				synctest.Wait()
				if len(down.seen())+len(up.seen())+nSent+nRead > 0 {
					t.Fatal("bytes passed the gate")
				}
				g.Continue(conn.Downstream)
				synctest.Wait()
				if len(up.seen()) > 0 || nSent < 5 {
					t.Fatalf("Continue for one direction: upstream saw %v, %d bytes sent", up.seen(), nSent)
				}
				g.Continue(conn.Upstream)
				synctest.Wait()
				if nRead != 3 || len(down.seen()) != 1 || len(up.seen()) != 1 {
					t.Fatalf("read %d bytes, filter saw %v and %v: it has to be shown what waited", nRead, down.seen(), up.seen())
				}
				c.Close()
			})
		})
	}
	t.Run("of a filter that wants no data", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &hook{open: gate}
			c, peer := client(t, filters(oneWay{g}))
			mustWrite(t, c, "held")
			g.Continue(conn.Downstream)
			mustRead(t, peer, "held")
			c.SetReadDeadline(time.Now().Add(time.Second))
			_, err := c.Read(make([]byte, 1)) // waits outside of the socket
			wantErr(t, err, errTimeout)
			c.Close()
		})
	})
	t.Run("opened at once", func(t *testing.T) {
		g := &hook{}
		g.open = func(context.Context) (conn.Action, error) {
			g.Continue(conn.Downstream)
			return conn.Pause, nil
		}
		c, peer := client(t, filters(g))
		go c.Write([]byte("x"))
		mustRead(t, peer, "x")
		c.Close()
	})
}

func TestHeldAtTheEndThenContinue(t *testing.T) {
	atEnd := func(_ context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
		if end {
			return conn.Pause, nil
		}
		return conn.Continue, nil
	}
	t.Run("read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h *hook
			h = &hook{up: func(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
				if end {
					time.AfterFunc(time.Second/2, func() { h.Continue(conn.Upstream) })
				}
				return conn.Pause, nil
			}}
			c, peer := client(t, filters(h))
			go func() {
				peer.Write([]byte("last"))
				peer.Close()
			}()
			if got, err := io.ReadAll(c); string(got) != "last" || err != nil {
				t.Fatalf("read %q, %v", got, err)
			}
			c.Close()
		})
	})
	t.Run("CloseWrite", func(t *testing.T) {
		a, b := tcpPipe(t)
		defer b.Close()
		h := &hook{down: atEnd}
		c := wrap(t, a, filters(h))
		mustWrite(t, c, "data")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		h.Continue(conn.Downstream)
		if got := string(collect(b)()); got != "data" { // ends by the half-close
			t.Fatalf("sent %q", got)
		}
	})
}

func TestCloseConnection(t *testing.T) {
	t.Run("flushes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := &hook{down: pause}
			c, peer := client(t, filters(h))
			mustWrite(t, c, "handed on")
			h.Continue(conn.Downstream)
			h.CloseConnection()
			if got := string(collect(peer)()); got != "handed on" {
				t.Fatalf("sent %q", got)
			}
			_, err := c.Write([]byte("x"))
			wantErr(t, err, conn.ErrClosedByFilter, net.ErrClosed)
			if err := c.Close(); err != nil || h.closes.Load() != 1 || conn.Peer(h.peer.Load()) != conn.PeerLocal {
				t.Fatalf("Close = %v, OnClose %d times", err, h.closes.Load())
			}
		})
	})
	t.Run("discards what is held", func(t *testing.T) {
		h := &hook{down: pause}
		c, peer := client(t, filters(h))
		mustWrite(t, c, "held")
		h.CloseConnection()
		if got := collect(peer)(); len(got) > 0 {
			t.Fatalf("sent %q", got)
		}
		c.Close()
	})
	t.Run("in a call drops the bytes at hand", func(t *testing.T) {
		closing := func() *hook {
			h := &hook{}
			h.down = func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
				h.CloseConnection()
				return conn.Continue, nil
			}
			h.up = h.down
			return h
		}
		c, peer := client(t, filters(closing()))
		got := collect(peer)
		n, err := c.Write([]byte("secret"))
		if wantErr(t, err, conn.ErrClosedByFilter); n != 0 {
			t.Fatalf("Write = %d", n)
		}
		if got := got(); len(got) > 0 {
			t.Fatalf("sent %q", got)
		}
		c, peer = client(t, filters(closing()))
		go peer.Write([]byte("secret"))
		n, err = c.Read(make([]byte, 10))
		if wantErr(t, err, conn.ErrClosedByFilter); n != 0 {
			t.Fatalf("Read = %d", n)
		}
	})
	t.Run("leaves what Read had ready", func(t *testing.T) {
		h := &hook{}
		c, peer := client(t, filters(h))
		go peer.Write([]byte("abcd"))
		mustRead(t, c, "ab")
		h.CloseConnection()
		mustRead(t, c, "cd")
		_, err := c.Read(make([]byte, 1))
		wantErr(t, err, conn.ErrClosedByFilter)
	})
	t.Run("is bounded in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := &hook{down: pause}
			c, _ := client(t, filters(h)) // the peer reads nothing
			mustWrite(t, c, "handed on")
			h.Continue(conn.Downstream)
			synctest.Wait()
			h.CloseConnection()
			time.Sleep(2 * time.Second) // Linger is one
			synctest.Wait()
			if h.closes.Load() != 1 {
				t.Fatal("still open")
			}
			c.Close()
		})
	})
	t.Run("wakes Read", func(t *testing.T) {
		h := &hook{}
		c, _ := client(t, filters(h))
		time.AfterFunc(10*time.Millisecond, h.CloseConnection)
		_, err := c.Read(make([]byte, 1))
		wantErr(t, err, conn.ErrClosedByFilter)
	})
}
