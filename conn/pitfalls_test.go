package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// One test for each mistake that a predecessor made.

// sarama reads the 8 bytes of a response's header, then its body: both may have come in one segment.
func TestReadGivesTheTailBeforeItBlocks(t *testing.T) {
	for name, f := range map[string]conn.Filter{"pass": pass{}, "rewrite": xor(0)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, peer := client(t, filters(f))
				go peer.Write([]byte("headerXXbody"))
				c.SetReadDeadline(time.Now().Add(time.Second)) // fake time: passes only when Read blocks for good
				mustRead(t, c, "headerXX")
				mustRead(t, c, "body")
				c.Close()
			})
		})
	}
}

func TestEOFOnlyAfterTheBufferIsDrained(t *testing.T) {
	c, peer := client(t, filters(pass{}))
	go func() {
		peer.Write([]byte("abc"))
		peer.Close()
	}()
	for _, want := range []string{"a", "b", "c"} {
		b := make([]byte, 1)
		if n, err := c.Read(b); n != 1 || err != nil || string(b) != want {
			t.Fatalf("Read = %d, %v, %q, want %q", n, err, b, want)
		}
	}
	for range 2 {
		if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Fatalf("Read after the end = %d, %v", n, err)
		}
	}
}

func TestTimeoutDuringPauseKeepsTheBytesAndTheirCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rec recorder
		c, peer := client(t, filters(&hook{up: rec.around(atLeast(6))}))
		go peer.Write([]byte("abcd"))
		c.SetReadDeadline(time.Now().Add(time.Second))
		n, err := c.Read(make([]byte, 10))
		if n != 0 {
			t.Fatalf("Read returned %d paused bytes", n)
		}
		wantErr(t, err, os.ErrDeadlineExceeded)
		c.SetReadDeadline(time.Time{})
		go peer.Write([]byte("ef"))
		mustRead(t, c, "abcdef")
		if got := rec.seen(); !slices.Equal(got, []int{4, 6}) {
			t.Fatalf("the filter saw sizes %v", got)
		}
		c.Close()
	})
}

func TestWriteShowsTheAccumulatedSize(t *testing.T) {
	var rec recorder
	c, peer := client(t, filters(&hook{down: rec.around(atLeast(10))}))
	got := collect(peer)
	mustWrite(t, c, "\x00\x00\x00\x06") // its length first, as some clients do
	mustWrite(t, c, "body")
	mustWrite(t, c, "!!")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(got()); got != "\x00\x00\x00\x06body!!" {
		t.Fatalf("sent %q", got)
	}
	if got := rec.seen(); !slices.Equal(got, []int{4, 8, 10, 0, -1}) {
		t.Fatalf("the filter saw sizes %v", got)
	}
}

func TestCloseGivesPausedBytesTheEnd(t *testing.T) {
	var rec recorder
	c, peer := client(t, filters(&hook{down: rec.around(func(_ context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
		if end {
			return conn.Continue, nil
		}
		return conn.Pause, nil
	})}))
	got := collect(peer)
	mustWrite(t, c, "held")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(got()); got != "held" {
		t.Fatalf("sent %q", got)
	}
	if got := rec.seen(); !slices.Equal(got, []int{4, 4, -1}) {
		t.Fatalf("the filter saw sizes %v", got)
	}
}

func TestCloseTellsOfBytesThatStayHeld(t *testing.T) {
	first, second := &hook{down: pause}, &hook{}
	var rec recorder
	second.down = rec.around(nil)
	c, peer := client(t, filters(first, second))
	got := collect(peer)
	mustWrite(t, c, "held")
	err := c.Close()
	wantErr(t, err, conn.ErrDiscarded)
	if de := (*conn.DiscardedError)(nil); !errors.As(err, &de) || de.Bytes != 4 {
		t.Fatalf("Close = %v", err)
	}
	if got := got(); len(got) != 0 {
		t.Fatalf("held bytes were sent: %q", got)
	}
	if got := rec.seen(); !slices.Equal(got, []int{0, -1}) {
		t.Fatalf("the filter behind saw %v, want only the end", got)
	}
}

func TestPausedBytesAreBounded(t *testing.T) {
	cfg := filters(&hook{down: pause, up: pause})
	cfg.MaxBuffered = 1000
	c, peer := client(t, cfg)
	mustWrite(t, c, string(make([]byte, 600)))
	n, err := c.Write(make([]byte, 600))
	if n != 400 {
		t.Fatalf("Write took %d bytes, room was for 400", n)
	}
	wantErr(t, err, conn.ErrBufferFull)
	if n, err = c.Write([]byte("x")); n != 0 || !errors.Is(err, conn.ErrBufferFull) {
		t.Fatalf("Write = %d, %v", n, err)
	}
	go peer.Write(make([]byte, 1001))
	n, err = c.Read(make([]byte, 2000))
	if n != 0 {
		t.Fatalf("Read gave %d held bytes", n)
	}
	wantErr(t, err, conn.ErrBufferFull)
	wantErr(t, c.Close(), conn.ErrDiscarded)
}

func TestBoundLeavesRoomAgainAfterContinue(t *testing.T) {
	h := &hook{down: pause}
	cfg := filters(h)
	cfg.MaxBuffered = 4
	c, peer := client(t, cfg)
	mustWrite(t, c, "abcd")
	h.Continue(conn.Downstream)
	mustRead(t, peer, "abcd")
	mustWrite(t, c, "efgh")
	wantErr(t, c.Close(), conn.ErrDiscarded)
}

func TestPauseResumesAtTheFilterThatPaused(t *testing.T) {
	var first, second recorder
	// The first changes what it sees: were it called again on the same bytes, they would change twice.
	add := func(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
		if b.Len() == 0 {
			return conn.Continue, nil
		}
		return conn.Continue, b.Splice(b.Len(), 0, []byte("."))
	}
	c, peer := client(t, filters(&hook{down: first.around(add)}, &hook{down: second.around(atLeast(6))}))
	got := collect(peer)
	mustWrite(t, c, "ab")
	mustWrite(t, c, "cd")
	mustWrite(t, c, "ef")
	mustWrite(t, c, "gh")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(got()); got != "ab.cd.ef.gh." {
		t.Fatalf("sent %q", got)
	}
	if got := first.seen(); !slices.Equal(got, []int{2, 2, 2, 2, 0, -1}) {
		t.Errorf("the first filter saw %v", got)
	}
	if got := second.seen(); !slices.Equal(got, []int{3, 6, 3, 6, 0, -1}) {
		t.Errorf("the second filter saw %v", got)
	}
}

func TestWholeFrameBeforeAPartialOneIsNotHeldBack(t *testing.T) {
	f := &framer{}
	c, peer := client(t, filters(&hook{down: f.data}))
	second := frame("second")
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Write(append(frame("first"), second[:4]...))
	}()
	mustRead(t, peer, "\x00\x06FIRST!")
	<-done
	go c.Write(second[4:])
	mustRead(t, peer, "\x00\x07SECOND!")
	c.Close()
}

func TestCloseConcurrently(t *testing.T) {
	for range 20 {
		h := &hook{}
		c, peer := client(t, filters(h, pass{}))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { c.Close() })
			wg.Go(func() { c.Write([]byte("x")) })
			wg.Go(func() { c.Read(make([]byte, 1)) })
		}
		wg.Go(func() { io.Copy(io.Discard, peer) })
		wg.Wait()
		if n := h.closes.Load(); n != 1 {
			t.Fatalf("OnClose was called %d times", n)
		}
		for _, call := range []func([]byte) (int, error){c.Read, c.Write} {
			if _, err := call(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Fatalf("call after Close: %v", err)
			}
		}
	}
}

type badClose struct{ net.Conn }

var errBadClose = errors.New("bad close")

func (b badClose) Close() error { b.Conn.Close(); return errBadClose }

func TestErrorOfTheSocketsCloseDoesntSkipOnClose(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	h := &hook{}
	c := wrap(t, badClose{a}, filters(h))
	wantErr(t, c.Close(), errBadClose)
	if n := h.closes.Load(); n != 1 {
		t.Fatalf("OnClose was called %d times", n)
	}
	if err := c.Close(); err != nil {
		t.Fatalf("second Close: %v", err)
	}
}

func TestCloseWriteGivesTheEndAndHalfCloses(t *testing.T) {
	a, b := tcpPipe(t)
	defer b.Close()
	var rec recorder
	c := wrap(t, a, filters(&hook{down: rec.around(func(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
		if end {
			return conn.Continue, b.Splice(b.Len(), 0, []byte("trailer"))
		}
		return conn.Pause, nil
	})}, pass{}))
	mustWrite(t, c, "data ")
	for range 2 {
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(collect(b)()); got != "data trailer" {
		t.Fatalf("sent %q", got)
	}
	if got := rec.seen(); !slices.Equal(got, []int{5, 5, -1}) {
		t.Fatalf("the filter saw %v", got)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, conn.ErrWriteClosed) {
		t.Fatalf("Write after CloseWrite: %v", err)
	}
	mustWrite(t, b, "answer") // the other direction lives on
	mustRead(t, c, "answer")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestContextOfNewDoesntOutliveIt(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
	a, b := net.Pipe()
	defer b.Close()
	c, err := conn.New(ctx, a, filters(&hook{down: func(ctx context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		if ctx.Value(key{}) != "value" {
			t.Error("the context has lost its values")
		}
		return conn.Continue, ctx.Err()
	}}))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	go io.Copy(io.Discard, b)
	mustWrite(t, c, "later")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}
