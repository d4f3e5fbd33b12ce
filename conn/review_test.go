package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// Suspicions of a review, each as a test.

// Clients set a deadline before each call. It must not hide why a filter ended the connection, nor what can still be read.
func TestDeadlinesAfterAFilterEndedTheConnection(t *testing.T) {
	reason := errors.New("the reason")
	for name, end := range map[string]func(h *hook) (conn.Action, error){
		"CloseConnection": func(h *hook) (conn.Action, error) { h.CloseConnection(reason); return conn.Continue, nil },
		"error":           func(*hook) (conn.Action, error) { return conn.Continue, reason },
	} {
		t.Run(name, func(t *testing.T) {
			h := &hook{}
			h.down = func(context.Context, *conn.Buffer, bool) (conn.Action, error) { return end(h) }
			c, peer := client(t, filters(h))
			go peer.Write([]byte("rest"))
			mustRead(t, c, "re")
			if _, err := c.Write([]byte("x")); !errors.Is(err, reason) {
				t.Fatalf("Write: %v", err)
			}
			for _, set := range []func(time.Time) error{c.SetDeadline, c.SetReadDeadline, c.SetWriteDeadline} {
				if err := set(time.Now().Add(-time.Second)); err != nil {
					t.Errorf("setting a deadline: %v", err)
				}
			}
			if name == "CloseConnection" {
				mustRead(t, c, "st")
			}
			for _, call := range []func([]byte) (int, error){c.Read, c.Write} {
				if _, err := call(make([]byte, 1)); !errors.Is(err, reason) {
					t.Errorf("a later call: %v", err)
				}
			}
			c.Close()
			wantErr(t, c.SetDeadline(time.Time{}), net.ErrClosed)
		})
	}
}

func TestOnCloseAfterOneThatPanics(t *testing.T) {
	first, second := &hook{close: func(conn.Peer) { panic("on purpose") }}, &hook{}
	c, _ := client(t, filters(first, second))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		c.Close()
	}()
	if second.closes.Load() != 1 {
		t.Error("OnClose of the second filter was not called")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A CloseWrite that waits for a peer which reads nothing is ended by Close, not by its own bound.
func TestCloseInterruptsCloseWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, y := memTCP(4, 1)
		defer y.Close()
		cfg := filters(&hook{down: func(_ context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
			if end {
				return conn.Continue, nil
			}
			return conn.Pause, nil
		}})
		cfg.Linger = time.Minute
		c := wrap(t, x, cfg)
		mustWrite(t, c, "more than fits")
		done := make(chan error)
		go func() { done <- c.CloseWrite() }()
		synctest.Wait()
		start := time.Now()
		go c.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("CloseWrite: %v", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("it took %v", d)
		}
		io.Copy(io.Discard, y)
	})
}

// A peer that reads nothing makes CloseWrite fail in the end, and a later call finishes it.
func TestCloseWriteIsBoundedAndRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, y := memTCP(4, 1)
		c := wrap(t, x, filters(&hook{down: func(_ context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
			if end {
				return conn.Continue, nil
			}
			return conn.Pause, nil
		}}))
		mustWrite(t, c, "more than fits")
		wantTimeout(t, c.CloseWrite())
		got := collect(y)
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := string(got()); got != "more than fits" {
			t.Errorf("sent %q", got)
		}
		y.Close()
		c.Close()
	})
}

// The slice of a Read is used as space for the socket's bytes: nothing of it may be referred to when the Read has returned.
func TestReadsSliceIsFreeAfterRead(t *testing.T) {
	pauses := func(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
		if b.Len() < 3000 && !end {
			return conn.Pause, nil
		}
		return conn.Continue, nil
	}
	for name, up := range map[string]dataFunc{"pause": pauses, "grow": grower{2}.data, "hand on": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x, y := memTCP(0, 1)
				defer y.Close()
				c := wrap(t, x, filters(&hook{up: up}, pass{}))
				total := 9000
				go func() {
					y.Write(seq(0, total))
					y.CloseWrite()
				}()
				var got []byte
				p := make([]byte, 2000)
				for {
					c.SetReadDeadline(time.Now().Add(time.Millisecond))
					n, err := c.Read(p)
					got = append(got, p[:n]...)
					clear(p)
					if err != nil {
						break
					}
				}
				c.Close()
				if name == "grow" {
					shrunk := make([]byte, 0, total)
					for i := 0; i < len(got); i += 2 {
						shrunk = append(shrunk, got[i])
					}
					got = shrunk
				}
				if err := checkSeq(0, got); err != nil || len(got) != total {
					t.Errorf("read %d bytes: %v", len(got), err)
				}
			})
		})
	}
}

// Storage goes from connection to connection. What one still holds, or has ready for Read, must not be another's.
func TestStorageIsNotShared(t *testing.T) {
	const size = 5000
	hold := &hook{down: atLeast(2 * size), up: grower{2}.data}
	c, peer := client(t, filters(hold))
	go peer.Write(seq(0, size))
	first := make([]byte, 100)
	if _, err := io.ReadFull(c, first); err != nil { // the rest is ready, in storage of the filter's
		t.Fatal(err)
	}
	mustWrite(t, c, string(seq(0, size))) // held
	for range 20 {
		other, end := client(t, filters(&hook{down: grower{2}.data, up: grower{2}.data}, xor(0xff)))
		go io.Copy(io.Discard, end)
		mustWrite(t, other, string(make([]byte, size)))
		go end.Write(make([]byte, size))
		if _, err := io.ReadFull(other, make([]byte, 2*size)); err != nil {
			t.Fatal(err)
		}
		other.Close()
	}
	rest := make([]byte, 2*size-len(first))
	if _, err := io.ReadFull(c, rest); err != nil {
		t.Fatal(err)
	}
	for i, b := range append(first, rest...) {
		if want := seq(i/2, 1)[0] ^ byte(i%2); b != want {
			t.Fatalf("byte %d that was ready is %#x, want %#x", i, b, want)
		}
	}
	got := collect(peer)
	mustWrite(t, c, string(seq(size, size)))
	c.Close()
	if b := got(); len(b) != 2*size || checkSeq(0, b) != nil {
		t.Errorf("sent %d bytes that are not what was held", len(b))
	}
}

// What lies behind the bytes is the caller's, or another connection's storage: append must not write there.
func TestBytesEndsWhereItsBytesDo(t *testing.T) {
	for _, f := range []dataFunc{nil, grower{1}.data} {
		whole := []byte("written and not written")
		grows := &hook{down: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
			_ = append(b.Bytes(), '!')
			if cap(b.Bytes()) != b.Len() {
				t.Error("Bytes has room behind its end")
			}
			return conn.Continue, nil
		}}
		c, peer := client(t, filters(&hook{down: f}, grows))
		got := collect(peer)
		if _, err := c.Write(whole[:7]); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if string(whole) != "written and not written" || string(got()) != "written" {
			t.Errorf("the caller's slice is %q", whole)
		}
	}
}

// proxied counts the calls by which the kernel may copy from socket to socket.
type proxied struct {
	*net.TCPConn
	from, to *int
}

func (p proxied) ReadFrom(r io.Reader) (int64, error) { *p.from++; return p.TCPConn.ReadFrom(r) }
func (p proxied) WriteTo(w io.Writer) (int64, error)  { *p.to++; return p.TCPConn.WriteTo(w) }

// io.Copy between a socket and a direction without filters, either way and also between two wrapped ones, uses what TCP has for it.
func TestCopyReachesTheSocket(t *testing.T) {
	const text = "from end to end"
	for _, wrappedToo := range []bool{false, true} {
		in, inEnd := tcpPipe(t)
		out, outEnd := tcpPipe(t)
		defer inEnd.Close()
		defer outEnd.Close()
		var from, to, unused int
		dst := wrap(t, proxied{out.(*net.TCPConn), &from, &unused}, filters(oneWay{&hook{up: atLeast(0)}}))
		var src io.Reader = in
		if wrappedToo {
			src = wrap(t, proxied{in.(*net.TCPConn), &unused, &to}, filters(oneWay{&hook{down: atLeast(0)}}))
		} else {
			defer in.Close()
		}
		go func() {
			inEnd.Write([]byte(text))
			inEnd.Close()
		}()
		got := collect(outEnd)
		if n, err := io.Copy(dst, src); n != int64(len(text)) || err != nil {
			t.Fatalf("io.Copy = %d, %v", n, err)
		}
		dst.CloseWrite()
		if got := string(got()); got != text {
			t.Errorf("got %q", got)
		}
		if from != 1 || wrappedToo && to != 1 {
			t.Errorf("ReadFrom of the socket was called %d times, WriteTo %d times", from, to)
		}
	}
}
