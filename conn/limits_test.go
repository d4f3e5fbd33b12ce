package conn_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

func TestBudgetIsShared(t *testing.T) {
	budget := conn.NewBudget(100)
	pausing := func() (*hook, conn.Config) {
		h := &hook{down: pause, up: pause}
		cfg := filters(h)
		cfg.Budget = budget
		return h, cfg
	}
	h1, cfg1 := pausing()
	c1, peer1 := client(t, cfg1)
	_, cfg2 := pausing()
	c2, peer2 := client(t, cfg2)
	mustWrite(t, c1, strings.Repeat("x", 60))
	n, err := c2.Write(make([]byte, 60))
	if wantErr(t, err, conn.ErrBudgetExceeded); n != 0 {
		t.Fatalf("Write = %d", n)
	}
	mustWrite(t, c2, strings.Repeat("y", 40))
	if got := budget.Used(); got != 100 {
		t.Fatalf("%d bytes are counted", got)
	}
	h1.Continue(conn.Downstream)
	mustRead(t, peer1, strings.Repeat("x", 60))
	go peer2.Write([]byte("up"))
	c2.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	c2.Read(make([]byte, 10))
	c1.Close()
	if got := budget.Used(); got != 42 {
		t.Fatalf("%d bytes are counted, want the 42 that c2 holds", got)
	}
	c2.Close()
	if got := budget.Used(); got != 0 {
		t.Fatalf("%d bytes are counted after all connections were closed", got)
	}
}

func TestBudgetCountsWhatReadLeft(t *testing.T) {
	cfg := filters(pass{})
	cfg.Budget = conn.NewBudget(100)
	c, peer := client(t, cfg)
	go peer.Write([]byte("abcdef"))
	for _, step := range []struct {
		read string
		left int64
	}{{"ab", 4}, {"cde", 1}, {"f", 0}} {
		mustRead(t, c, step.read)
		if got := cfg.Budget.Used(); got != step.left {
			t.Fatalf("%d bytes are counted, want %d", got, step.left)
		}
	}
	c.Close()
}

func TestBudgetStopsReads(t *testing.T) {
	cfg := filters(&hook{up: pause})
	cfg.Budget = conn.NewBudget(3)
	c, peer := client(t, cfg)
	go func() {
		peer.Write([]byte("abc"))
		peer.Write([]byte("def"))
	}()
	_, err := c.Read(make([]byte, 10))
	wantErr(t, err, conn.ErrBudgetExceeded)
	c.Close()
	if got := cfg.Budget.Used(); got != 0 {
		t.Fatalf("%d bytes are counted", got)
	}
}

// A slice that waits in the socket is the caller's memory, not ours: a slow network must not use the budget up.
func TestBudgetIsNotForPassingBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := filters(pass{})
		cfg.Budget = conn.NewBudget(10)
		var cs []*conn.Conn
		for range 5 {
			c, peer := client(t, cfg)
			cs = append(cs, c)
			go c.Write(make([]byte, 9))
			synctest.Wait()
			if got := cfg.Budget.Used(); got != 0 {
				t.Fatalf("%d bytes are counted", got)
			}
			defer io.Copy(io.Discard, peer)
		}
		for _, c := range cs {
			c.Close()
		}
	})
}

func TestWriteLargerThanTheBound(t *testing.T) {
	cfg := filters(pass{}, xor(0))
	cfg.MaxBuffered = 1000
	c, peer := client(t, cfg)
	got := collect(peer)
	in := strings.Repeat("0123456789", 1234)
	mustWrite(t, c, in)
	c.Close()
	if string(got()) != in {
		t.Fatal("bytes are lost")
	}
}

// Large storages go from connection to connection, never with bytes that are still in use.
func TestLargeHeldBytes(t *testing.T) {
	const size = 300 << 10
	var cs []*conn.Conn
	var got []func() []byte
	for range 3 {
		c, peer := client(t, filters(&hook{down: atLeast(size)}, xor(0), &hook{down: atLeast(2 * size)}))
		cs, got = append(cs, c), append(got, collect(peer))
	}
	for at := 0; at < 4*size; at += 10 << 10 {
		for i, c := range cs {
			mustWrite(t, c, string(seq(at+i, 10<<10)))
		}
	}
	for i, c := range cs {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		b := got[i]()
		if err := checkSeq(i, b); err != nil || len(b) != 4*size {
			t.Fatalf("connection %d sent %d bytes: %v", i, len(b), err)
		}
	}
}

func TestZeroLengthCalls(t *testing.T) {
	for _, cfg := range []conn.Config{{}, filters(&hook{
		down: func(_ context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
			if !end {
				t.Error("the filter was called for nothing")
			}
			return conn.Continue, nil
		}, up: pause,
	})} {
		a, b := tcpPipe(t)
		defer b.Close()
		c := wrap(t, a, cfg)
		for _, call := range []func([]byte) (int, error){c.Read, c.Write} {
			if n, err := call(nil); n != 0 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		c.Close()
	}
}

// brokenSocket is a net.Conn whose calls fail.
type brokenSocket struct {
	sink
	n   int
	err error
}

func (s brokenSocket) Read([]byte) (int, error)  { return s.n, s.err }
func (s brokenSocket) Write([]byte) (int, error) { return 0, s.err }

func TestBrokenSocket(t *testing.T) {
	h := &hook{up: pause, down: atLeast(2)}
	c := wrap(t, brokenSocket{err: io.ErrNoProgress}, filters(h))
	mustWrite(t, c, "x")
	for range 2 {
		n, err := c.Write([]byte("y"))
		if wantErr(t, err, io.ErrNoProgress); n != 0 {
			t.Fatalf("Write = %d", n)
		}
		_, err = c.Read(make([]byte, 9))
		wantErr(t, err, io.ErrNoProgress)
	}
	c.Close()
	if conn.Peer(h.peer.Load()) != conn.PeerRemote {
		t.Error("a broken connection wasn't closed by us")
	}
}

func TestBytesBeforeAnErrorAreRead(t *testing.T) {
	c := wrap(t, brokenSocket{n: 3, err: io.ErrNoProgress}, filters(pass{}))
	p := make([]byte, 10)
	if n, err := c.Read(p); n != 3 || err != nil {
		t.Fatalf("Read = %d, %v", n, err)
	}
	_, err := c.Read(p)
	wantErr(t, err, io.ErrNoProgress)
}

func TestSteadyStateDoesntAllocate(t *testing.T) {
	c := wrap(t, sink{}, filters(pass{}, pass{}, oneWay{&hook{}}))
	c.SetDeadline(time.Now().Add(time.Hour))
	for _, size := range []int{1, 1 << 10, 64 << 10} {
		p := make([]byte, size)
		c.Write(p)
		c.Read(p)
		if n := testing.AllocsPerRun(100, func() { c.Write(p) }); n > 0 {
			t.Errorf("Write of %d bytes allocates %v times", size, n)
		}
		if n := testing.AllocsPerRun(100, func() { c.Read(p) }); n > 0 {
			t.Errorf("Read of %d bytes allocates %v times", size, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { c.SetDeadline(time.Now().Add(time.Hour)) }); n > 0 {
		t.Errorf("SetDeadline allocates %v times", n)
	}
}

// A Write whose bytes no filter changed goes to the socket as it is.
type identity struct {
	sink
	got *[]byte
}

func (i identity) Write(p []byte) (int, error) { *i.got = p; return len(p), nil }
func (i identity) Read(p []byte) (int, error)  { *i.got = p; return len(p), nil }

func TestUnchangedBytesAreNotCopied(t *testing.T) {
	var got []byte
	c := wrap(t, identity{got: &got}, filters(pass{}, pass{}))
	p := make([]byte, 64<<10)
	c.Write(p)
	if &got[0] != &p[0] || len(got) != len(p) {
		t.Error("Write copies")
	}
	c.Read(p)
	if &got[0] != &p[0] {
		t.Error("Read copies")
	}
}

func TestDirectPaths(t *testing.T) {
	for _, tt := range []struct {
		name   string
		filter conn.Filter
	}{
		{"none", nil},
		{"only downstream", oneWay{&hook{down: atLeast(0)}}},
		{"only upstream", oneWay{&hook{up: atLeast(0)}}},
		{"both", pass{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := tcpPipe(t)
			defer b.Close()
			var cfg conn.Config
			if tt.filter != nil {
				cfg = filters(tt.filter)
			}
			c := wrap(t, a, cfg)
			in := bytes.Repeat([]byte("0123456789"), 20000)
			sent := collect(b)
			if n, err := c.ReadFrom(bytes.NewReader(in)); n != int64(len(in)) || err != nil {
				t.Fatalf("ReadFrom = %d, %v", n, err)
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(sent(), in) {
				t.Fatal("ReadFrom sent something else")
			}
			go func() {
				b.Write(in)
				b.Close()
			}()
			var out bytes.Buffer
			if n, err := c.WriteTo(&out); n != int64(len(in)) || err != nil || !bytes.Equal(out.Bytes(), in) {
				t.Fatalf("WriteTo = %d, %v", n, err)
			}
		})
	}
}

// fast counts the calls that let the kernel copy.
type fast struct {
	sink
	from, to *int
}

func (f fast) ReadFrom(io.Reader) (int64, error) { *f.from++; return 0, nil }
func (f fast) WriteTo(io.Writer) (int64, error)  { *f.to++; return 0, nil }

func TestDirectPathsKeepReadFromAndWriteTo(t *testing.T) {
	var from, to int
	c := wrap(t, fast{from: &from, to: &to}, filters(oneWay{&hook{}}))
	io.Copy(c, struct{ io.Reader }{strings.NewReader("x")})
	io.Copy(struct{ io.Writer }{io.Discard}, c)
	if from != 1 || to != 1 {
		t.Fatalf("ReadFrom %d times, WriteTo %d times", from, to)
	}
	c = wrap(t, fast{from: &from, to: &to}, filters(&hook{up: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		return conn.Continue, io.ErrNoProgress
	}}))
	io.Copy(c, struct{ io.Reader }{strings.NewReader("x")})
	io.Copy(struct{ io.Writer }{io.Discard}, c)
	if from != 1 || to != 1 {
		t.Fatal("filtered bytes took the short cut")
	}
}

func TestCloseHalvesOfAConnectionWithoutThem(t *testing.T) {
	h := &hook{}
	c, peer := client(t, filters(h)) // net.Pipe has none
	if c.CloseWrite() == nil || c.CloseRead() == nil {
		t.Fatal("no error")
	}
	go c.Write([]byte("alive"))
	mustRead(t, peer, "alive")
	c.Close()
}

func TestCloseRead(t *testing.T) {
	a, b := tcpPipe(t)
	defer b.Close()
	c := wrap(t, a, filters(pass{}))
	if err := c.CloseRead(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Fatalf("Read = %d, %v", n, err)
	}
}

func TestWrappedConnection(t *testing.T) {
	a, b := tcpPipe(t)
	defer b.Close()
	c := wrap(t, a, filters(pass{}))
	if c.NetConn() != a || c.LocalAddr() != a.LocalAddr() || c.RemoteAddr() != a.RemoteAddr() {
		t.Error("not the wrapped connection's")
	}
	c.Close()
	if _, err := a.Write([]byte("x")); err == nil {
		t.Error("still open")
	}
	for _, err := range []error{c.SetDeadline(time.Time{}), c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})} {
		wantErr(t, err, net.ErrClosed)
	}
}
