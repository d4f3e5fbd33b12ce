package conn_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
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

// Continue comes just when the call that paused returns: it must neither be lost nor need another call.
func TestContinueRacesWithTheCallThatPauses(t *testing.T) {
	h := &hook{}
	soon := func(d conn.Direction) dataFunc {
		return func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
			delay := rand.IntN(400)
			go func() {
				for range delay {
					_ = h.closes.Load() // a little work
				}
				h.Continue(d)
			}()
			return conn.Pause, nil
		}
	}
	h.up, h.down = soon(conn.Upstream), soon(conn.Downstream)
	c, peer := client(t, filters(pass{}, h))
	c.SetDeadline(time.Now().Add(hang))
	peer.SetDeadline(time.Now().Add(hang))
	for range 4000 {
		go peer.Write([]byte("up"))
		mustRead(t, c, "up")
		go c.Write([]byte("down"))
		mustRead(t, peer, "down")
	}
	c.Close()
}

// The first filter releases what the second holds, in the middle of a Write: the second must not see it again.
func TestContinueOfTheNextFilterInACall(t *testing.T) {
	var rec recorder
	second := &hook{down: rec.around(pause)}
	first := &hook{down: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		second.Continue(conn.Downstream)
		return conn.Continue, nil
	}}
	c, peer := client(t, filters(first, second, tag(".")))
	got := collect(peer)
	mustWrite(t, c, "abc")
	mustWrite(t, c, "de")
	if err := c.Close(); err != nil { // the end comes by the first, too
		t.Fatal(err)
	}
	if got := string(got()); got != "abc.de." {
		t.Fatalf("sent %q", got)
	}
	if got := rec.seen(); !slices.Equal(got, []int{3, 2, 0, -1}) {
		t.Fatalf("the second filter saw %v", got)
	}
}

// As before, and the released bytes meet a filter that runs out of time: the bytes behind them must not get lost.
func TestReleasedBytesMeetAFilterWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := &hook{down: atLeast(3)}
		first := &hook{down: func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
			second.Continue(conn.Downstream)
			return conn.Continue, nil
		}}
		free := make(chan struct{})
		third := &hook{down: func(ctx context.Context, _ *conn.Buffer, _ bool) (conn.Action, error) {
			select {
			case <-free:
				return conn.Continue, nil
			case <-ctx.Done():
				return conn.Continue, ctx.Err()
			}
		}}
		c, peer := client(t, filters(first, second, third))
		mustWrite(t, c, "ab")
		c.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := c.Write([]byte("cde"))
		if wantTimeout(t, err); n != 3 {
			t.Fatalf("Write = %d", n)
		}
		c.SetWriteDeadline(time.Time{})
		close(free)
		go c.Write(nil)
		mustRead(t, peer, "abcde")
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A call sees paused bytes together with new ones, and runs out of time. A Continue that came meanwhile is for the paused.
func TestContinueDuringACallThatTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		var h *hook
		h = &hook{down: func(ctx context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
			if calls++; calls == 1 {
				return conn.Pause, nil
			}
			if _, ok := ctx.Deadline(); calls == 2 && ok {
				h.Continue(conn.Downstream)
			}
			<-ctx.Done()
			return conn.Pause, ctx.Err()
		}}
		c, peer := client(t, filters(h))
		mustWrite(t, c, "paused")
		c.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := c.Write([]byte("unseen"))
		if wantTimeout(t, err); n != 6 {
			t.Fatalf("Write = %d", n)
		}
		mustRead(t, peer, "paused")
		got := collect(peer)
		synctest.Wait() // the pump waits in the filter with the second
		var de *conn.DiscardedError
		if err := c.Close(); !errors.As(err, &de) || de.Bytes != 6 {
			t.Fatalf("Close = %v", err)
		}
		if got := string(got()); got != "" {
			t.Fatalf("sent %q", got)
		}
	})
}

func TestDeadlineSetWhileReleasedBytesAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hook{down: pause}
		c, peer := client(t, filters(h))
		mustWrite(t, c, "held")
		h.Continue(conn.Downstream)
		synctest.Wait() // the pump is in the socket, which nobody reads
		c.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := c.Write([]byte("more"))
		if wantTimeout(t, err); n != 0 {
			t.Fatalf("Write = %d", n)
		}
		time.Sleep(time.Minute)
		mustRead(t, peer, "held")
		c.Close()
	})
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
	h.CloseConnection(nil)
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

func TestGateLeavesBytesInTheSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := client(t, filters(&hook{open: func(context.Context) (conn.Action, error) { return conn.Pause, nil }}))
		c.SetReadDeadline(time.Now().Add(time.Second))
		peer.SetWriteDeadline(time.Now().Add(time.Second))
		go c.Read(make([]byte, 10))
		if n, err := peer.Write([]byte("x")); n != 0 {
			t.Fatalf("%d bytes were read before the gate was opened, %v", n, err)
		}
		c.Close()
	})
}

func TestTheEndIsToldOnce(t *testing.T) {
	a, b := tcpPipe(t)
	defer b.Close()
	var rec recorder
	c := wrap(t, a, filters(&hook{down: rec.around(pause)}, pass{}))
	mustWrite(t, c, "held")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, c.Close(), conn.ErrDiscarded)
	if got := rec.seen(); !slices.Equal(got, []int{4, 4, -1}) {
		t.Fatalf("the filter saw %v", got)
	}
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

func TestCloseConnectionWithReason(t *testing.T) {
	reason := errors.New("the reason")
	h := &hook{down: pause}
	c, _ := client(t, filters(h))
	h.CloseConnection(reason)
	_, err := c.Write([]byte("x"))
	wantErr(t, err, conn.ErrClosedByFilter, net.ErrClosed, reason)
	if !strings.Contains(err.Error(), "the reason") {
		t.Errorf("%q doesn't say the reason", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// Filters that only count bytes pause the empty end, too. They must not turn each clean end into an error.
func TestPauseOfNothingAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := client(t, filters(&hook{up: atLeast(4), down: atLeast(4)}))
		go func() {
			peer.Write([]byte("whole"))
			peer.Close()
		}()
		start := time.Now()
		if got, err := io.ReadAll(c); string(got) != "whole" || err != nil || time.Since(start) > 0 {
			t.Fatalf("read %q, %v after %v", got, err, time.Since(start))
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A filter may keep the tail of a stream itself. If it can't tell at the end what becomes of it, Close says so.
func TestCloseTellsOfAFilterWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, filters(&hook{down: func(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
			if end {
				<-ctx.Done()
			}
			return conn.Continue, errors.Join(ctx.Err(), b.Splice(0, b.Len(), nil))
		}}))
		mustWrite(t, c, "swallowed")
		wantErr(t, c.Close(), conn.ErrDiscarded, errTimeout)
	})
}

func TestReasonOfCloseConnectionIsNoTimeout(t *testing.T) {
	h := &hook{}
	c, _ := client(t, filters(h))
	h.CloseConnection(context.DeadlineExceeded)
	_, err := c.Write([]byte("x"))
	wantErr(t, err, conn.ErrClosedByFilter, context.DeadlineExceeded)
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		t.Error("a client would try again")
	}
	c.Close()
}

func TestCloseConnection(t *testing.T) {
	t.Run("flushes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := &hook{down: pause}
			c, peer := client(t, filters(h))
			mustWrite(t, c, "handed on")
			h.Continue(conn.Downstream)
			h.CloseConnection(nil)
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
		h.CloseConnection(nil)
		if got := collect(peer)(); len(got) > 0 {
			t.Fatalf("sent %q", got)
		}
		c.Close()
	})
	t.Run("in a call drops the bytes at hand", func(t *testing.T) {
		closing := func() *hook {
			h := &hook{}
			h.down = func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
				h.CloseConnection(nil)
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
		h.CloseConnection(nil)
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
			h.CloseConnection(nil)
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
		time.AfterFunc(10*time.Millisecond, func() { h.CloseConnection(nil) })
		_, err := c.Read(make([]byte, 1))
		wantErr(t, err, conn.ErrClosedByFilter)
	})
}
