package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

var errTimeout = os.ErrDeadlineExceeded

func wantTimeout(t *testing.T, err error) {
	t.Helper()
	wantErr(t, err, errTimeout)
	if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
		t.Fatalf("%T is no net.Error with Timeout", err)
	}
}

// The filter waits for something, as for the lock of a VM, and gives up with its context.
func TestFilterWaitsNoLongerThanTheDeadline(t *testing.T) {
	for _, second := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			lock := make(chan struct{}, 1)
			calls := 0
			wait := func(ctx context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
				calls++
				select {
				case lock <- struct{}{}:
					<-lock
					return conn.Continue, nil
				case <-ctx.Done():
					return conn.Continue, ctx.Err()
				}
			}
			h := &hook{down: wait, up: wait}
			cfg := filters(h)
			if second {
				cfg = filters(pass{}, h, pass{})
			}
			c, peer := client(t, cfg)
			lock <- struct{}{} // somebody else has it
			start := time.Now()
			c.SetDeadline(start.Add(time.Second))
			n, err := c.Write([]byte("abc"))
			wantTimeout(t, err)
			go peer.Write([]byte("xyz"))
			c.SetReadDeadline(time.Now().Add(time.Second))
			if n, err := c.Read(make([]byte, 10)); n != 0 {
				t.Fatalf("Read = %d, %v", n, err)
			}
			if d := time.Since(start); d != 2*time.Second {
				t.Fatalf("took %v", d)
			}
			<-lock
			c.SetDeadline(time.Time{})
			rest := "abcdef"[n:]
			go c.Write([]byte(rest))
			mustRead(t, peer, "abcdef")
			mustRead(t, c, "xyz")
			if calls != 5 && calls != 4 { // the stalled call again, and one for the rest, may be one
				t.Fatalf("%d calls", calls)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What a Continue released is read, although the filter then waits with the bytes behind it.
func TestReadGivesReleasedBytesBeforeItCallsAFilterAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := &hook{up: func(ctx context.Context, _ *conn.Buffer, _ bool) (conn.Action, error) {
			if calls++; calls > 1 {
				<-ctx.Done()
			}
			return conn.Pause, ctx.Err()
		}}
		c, peer := client(t, filters(h))
		for _, part := range []string{"paused", "unseen"} {
			go peer.Write([]byte(part))
			c.SetReadDeadline(time.Now().Add(time.Second))
			_, err := c.Read(make([]byte, 10))
			wantTimeout(t, err)
		}
		h.Continue(conn.Upstream)
		c.SetReadDeadline(time.Now().Add(time.Second))
		mustRead(t, c, "paused")
		_, err := c.Read(make([]byte, 10))
		wantTimeout(t, err)
		c.Close()
	})
}

func TestTimedOutWriteLosesNothing(t *testing.T) {
	for name, f := range map[string]conn.Filter{"pass": pass{}, "rewrite": xor(0)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer := client(t, filters(f))
				c.SetWriteDeadline(time.Now().Add(time.Second))
				n, err := c.Write([]byte("abcdefgh"))
				wantTimeout(t, err)
				if n != 8 {
					t.Fatalf("Write = %d, the filter has seen all of it", n)
				}
				m, err := c.Write([]byte("ijkl"))
				if wantTimeout(t, err); m != 0 {
					t.Fatalf("Write behind unsent output took %d bytes", m)
				}
				c.SetWriteDeadline(time.Now().Add(time.Second))
				read := make(chan string)
				go func() {
					p := make([]byte, 5)
					io.ReadFull(peer, p)
					read <- string(p)
				}()
				// The peer takes five of the eight, so this one times out while the rest of the first is being sent.
				m, err = c.Write([]byte("ijkl"))
				if wantTimeout(t, err); m != 0 {
					t.Fatalf("Write = %d", m)
				}
				if got := <-read; got != "abcde" {
					t.Fatalf("sent %q", got)
				}
				got := collect(peer)
				c.SetWriteDeadline(time.Time{})
				mustWrite(t, c, "ijkl")
				c.Close()
				if got := string(got()); got != "fghijkl" {
					t.Fatalf("sent %q", got)
				}
			})
		})
	}
}

func TestCloseFlushesWhatATimedOutWriteLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := client(t, filters(pass{}))
		c.SetWriteDeadline(time.Now().Add(time.Second))
		_, err := c.Write([]byte("abc"))
		wantTimeout(t, err)
		got := collect(peer)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if got := string(got()); got != "abc" {
			t.Fatalf("sent %q", got)
		}

		c, _ = client(t, filters(pass{})) // and to a peer that never reads: bounded
		c.SetWriteDeadline(time.Now().Add(time.Second))
		_, err = c.Write([]byte("abc"))
		wantTimeout(t, err)
		start := time.Now()
		var de *conn.DiscardedError
		if err := c.Close(); !errors.As(err, &de) || de.Bytes != 3 || time.Since(start) != time.Second {
			t.Fatalf("Close = %v after %v", err, time.Since(start))
		}
	})
}

func TestCloseInterruptsABlockedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hook{}
		c, _ := client(t, filters(h))
		wrote := make(chan error)
		go func() {
			_, err := c.Write([]byte("abc"))
			wrote <- err
		}()
		synctest.Wait()
		start := time.Now()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		wantErr(t, <-wrote, net.ErrClosed)
		if time.Since(start) != 0 || h.closes.Load() != 1 {
			t.Errorf("Close took %v, OnClose %d times", time.Since(start), h.closes.Load())
		}
	})
}

// Nothing may follow a gap: not even what the filters hand on at the end.
func TestNothingIsSentBehindAnInterruptedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := client(t, filters(&hook{down: func(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
			if end {
				return conn.Continue, b.Splice(0, 0, []byte("trailer"))
			}
			return conn.Continue, nil
		}}))
		go c.Write([]byte("abcdef"))
		mustRead(t, peer, "abc")
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- c.Close() }()
		synctest.Wait()
		if got := string(collect(peer)()); got != "" {
			t.Fatalf("sent %q behind a gap", got)
		}
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
	})
}

func TestDeadlineWhileAnotherCallIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := client(t, filters(pass{}))
		go c.Write([]byte("first"))
		go c.Read(make([]byte, 1))
		synctest.Wait() // both are in the socket
		for _, call := range []func([]byte) (int, error){c.Write, c.Read} {
			c.SetDeadline(time.Now().Add(time.Second))
			n, err := call(make([]byte, 3))
			if wantTimeout(t, err); n != 0 {
				t.Fatalf("%d bytes", n)
			}
		}
		c.SetDeadline(time.Time{})
		go c.Write(nil)
		mustRead(t, peer, "first")
		c.Close()
	})
}

func TestDeadlineDuringPausedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, filters(&hook{down: pause}))
		c.SetWriteDeadline(time.Now().Add(time.Second))
		mustWrite(t, c, "held")
		time.Sleep(2 * time.Second)
		n, err := c.Write([]byte("more"))
		if wantTimeout(t, err); n != 0 {
			t.Fatalf("Write = %d", n)
		}
		c.SetWriteDeadline(time.Time{})
		mustWrite(t, c, "more")
		var de *conn.DiscardedError
		if err := c.Close(); !errors.As(err, &de) || de.Bytes != 8 {
			t.Fatalf("Close = %v", err)
		}
	})
}

// A context that has ended stays ended, although the connection's deadline moves: the context package panics otherwise.
func TestContextsOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ctxs []context.Context
		h := &hook{down: func(ctx context.Context, _ *conn.Buffer, _ bool) (conn.Action, error) {
			ctxs = append(ctxs, ctx)
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			if _, ok := ctx.Deadline(); ok && len(ctxs) > 1 {
				<-child.Done()
				return conn.Continue, ctx.Err()
			}
			return conn.Continue, ctx.Err()
		}}
		c, peer := client(t, filters(h))
		go io.Copy(io.Discard, peer)
		mustWrite(t, c, "a")
		c.SetWriteDeadline(time.Now().Add(time.Second))
		time.AfterFunc(time.Second/2, func() { c.SetWriteDeadline(time.Now().Add(time.Minute)) }) // in mid-call
		start := time.Now()
		_, err := c.Write([]byte("b"))
		wantTimeout(t, err)
		if d := time.Since(start); d != time.Minute+time.Second/2 {
			t.Fatalf("the call took %v: its context didn't follow the deadline", d)
		}
		c.SetWriteDeadline(time.Time{})
		mustWrite(t, c, "c")
		if ctxs[0] != ctxs[1] || ctxs[1] == ctxs[2] || ctxs[1].Err() != context.DeadlineExceeded || ctxs[2].Err() != nil {
			t.Fatal("one context has to serve until it ends, then a new one")
		}
		select {
		case <-ctxs[1].Done():
		default:
			t.Fatal("the ended context isn't done")
		}
		c.Close()
		<-ctxs[2].Done()
		if ctxs[2].Err() != context.Canceled {
			t.Fatalf("after Close: %v", ctxs[2].Err())
		}
	})
}

// A filter that only looks at Err, between steps of its work.
func TestContextErrAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, filters(&hook{down: func(ctx context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
			if !end {
				time.Sleep(2 * time.Second)
			}
			return conn.Pause, ctx.Err()
		}}))
		c.SetWriteDeadline(time.Now().Add(time.Second))
		_, err := c.Write([]byte("x"))
		wantTimeout(t, err)
		c.Close()
	})
}

func TestCloseReleasesAFilterThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
			if end {
				return conn.Continue, nil
			}
			<-ctx.Done()
			return conn.Continue, ctx.Err()
		}
		h := &hook{down: wait, up: wait}
		c, peer := client(t, filters(h))
		go peer.Write([]byte("x"))
		read, wrote := make(chan error), make(chan error)
		go func() { _, err := c.Read(make([]byte, 1)); read <- err }()
		go func() { _, err := c.Write([]byte("y")); wrote <- err }()
		synctest.Wait()
		got := collect(peer)
		start := time.Now()
		closed := make(chan error)
		go func() { closed <- c.Close() }()
		wantErr(t, <-read, net.ErrClosed)
		if err := <-wrote; err != nil { // accepted: the filter holds it, and gets the end with it
			t.Fatal(err)
		}
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		if time.Since(start) > 0 || h.closes.Load() != 1 {
			t.Fatalf("Close took %v", time.Since(start))
		}
		if got := string(got()); got != "y" {
			t.Fatalf("sent %q", got)
		}
	})
}

// A filter that returns only long after Close: OnClose comes after its call, and once.
func TestOnCloseAfterAHungCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := &hook{down: func(context.Context, *conn.Buffer, bool) (conn.Action, error) { <-release; return conn.Continue, nil }}
		c, peer := client(t, filters(h))
		got := collect(peer)
		wrote := make(chan error)
		go func() { _, err := c.Write([]byte("x")); wrote <- err }()
		synctest.Wait()
		start := time.Now()
		wantErr(t, c.Close(), conn.ErrDiscarded)
		if d := time.Since(start); d != 2*time.Second || h.closes.Load() != 0 {
			t.Fatalf("Close took %v, OnClose %d times", d, h.closes.Load())
		}
		close(release)
		wantErr(t, <-wrote, net.ErrClosed)
		synctest.Wait()
		if h.closes.Load() != 1 || len(got()) > 0 {
			t.Fatalf("OnClose %d times, sent %q", h.closes.Load(), got())
		}
	})
}

func TestCloseWriteTimesOutAndGoesOn(t *testing.T) {
	a, b := tcpPipe(t)
	defer b.Close()
	ready := false
	cfg := filters(&hook{down: func(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
		if end && !ready {
			<-ctx.Done()
			return conn.Pause, ctx.Err()
		}
		return conn.Continue, nil
	}})
	cfg.Linger = 20 * time.Millisecond
	c := wrap(t, a, cfg)
	c.SetWriteDeadline(time.Now().Add(-time.Second)) // isn't for it
	wantTimeout(t, c.CloseWrite())
	ready = true
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := collect(b)(); len(got) > 0 {
		t.Fatalf("sent %q", got)
	}
}

func TestPeerOfOnClose(t *testing.T) {
	for _, remote := range []bool{false, true} {
		h := &hook{}
		c, peer := client(t, filters(oneWay{h})) // wants nothing: the direct path has to tell, too
		want := conn.PeerLocal
		if remote {
			want = conn.PeerRemote
			peer.Close()
			c.Read(make([]byte, 1))
		}
		c.Close()
		if got := conn.Peer(h.peer.Load()); got != want {
			t.Errorf("OnClose(%v), want %v", got, want)
		}
	}
}
