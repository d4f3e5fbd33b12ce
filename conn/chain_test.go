package conn_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/libnasp/libnasp/conn"
)

// tag appends a letter to what passes, so that the result tells the order of the filters.
func tag(s string) conn.Filter {
	f := func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		if b.Len() == 0 {
			return conn.Continue, nil
		}
		return conn.Continue, b.Splice(b.Len(), 0, []byte(s))
	}
	return &hook{down: f, up: f}
}

func TestOrderOfFilters(t *testing.T) {
	for _, server := range []bool{false, true} {
		t.Run(fmt.Sprintf("server=%v", server), func(t *testing.T) {
			cfg := filters(tag("0"), tag("1"), tag("2"))
			cfg.Server = server
			c, peer := client(t, cfg)
			writes, reads := ">012", "<210" // downstream data meets 0, 1, 2 and upstream data 2, 1, 0
			if server {
				writes, reads = ">210", "<012"
			}
			go c.Write([]byte(">"))
			mustRead(t, peer, writes)
			go peer.Write([]byte("<"))
			mustRead(t, c, reads)
			c.Close()
		})
	}
}

func TestDirectionsOfCalls(t *testing.T) {
	for _, server := range []bool{false, true} {
		var down, up recorder
		cfg := filters(&hook{down: down.around(nil), up: up.around(nil)})
		cfg.Server = server
		c, peer := client(t, cfg)
		go c.Write([]byte("w"))
		mustRead(t, peer, "w")
		go peer.Write([]byte("rr"))
		mustRead(t, c, "rr")
		want := [][]int{{1}, {2}}
		if server {
			want = [][]int{{2}, {1}}
		}
		if got := [][]int{down.seen(), up.seen()}; !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("server=%v: downstream and upstream saw %v, want %v", server, got, want)
		}
		c.Close()
	}
}

func TestSecondFilterPausesWhileTheFirstHandsOn(t *testing.T) {
	var first, second recorder
	c, peer := client(t, filters(&hook{down: first.around(nil)}, &hook{down: second.around(atLeast(9))}, tag(".")))
	got := collect(peer)
	for range 3 {
		mustWrite(t, c, "abc")
	}
	c.Close()
	if got := string(got()); got != "abcabcabc." {
		t.Fatalf("sent %q", got)
	}
	if got := first.seen(); !slices.Equal(got, []int{3, 3, 3, 0, -1}) {
		t.Errorf("first saw %v", got)
	}
	if got := second.seen(); !slices.Equal(got, []int{3, 6, 9, 0, -1}) {
		t.Errorf("second saw %v", got)
	}
}

// The first filter holds newer bytes than the second: released in any order they leave in order.
func TestBothPausedReleasedInAnyOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		synctest.Test(t, func(t *testing.T) {
			letThrough := true
			h := []*hook{{down: func(context.Context, *conn.Buffer, bool) (conn.Action, error) {
				if letThrough {
					return conn.Continue, nil
				}
				return conn.Pause, nil
			}}, {down: pause}}
			c, peer := client(t, filters(h[0], h[1]))
			got := collect(peer)
			mustWrite(t, c, "old ")
			letThrough = false
			mustWrite(t, c, "new")
			for _, i := range append(order, 1) { // the second again: it has paused the bytes that the first released
				h[i].Continue(conn.Downstream)
				synctest.Wait()
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got := string(got()); got != "old new" {
				t.Fatalf("order %v: sent %q", order, got)
			}
		})
	}
}

func TestWriteDoesntChangeNorKeepTheCallersSlice(t *testing.T) {
	for name, f := range map[string]conn.Filter{
		"pass": pass{},
		"xor":  xor(1),
		"held": &hook{down: atLeast(8)},
		"patch": &hook{down: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
			return 0, b.Splice(0, 1, []byte("*"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c, peer := client(t, filters(f, xor(0)))
			got := collect(peer)
			p := []byte("abcd")
			for range 2 {
				if _, err := c.Write(p); err != nil || string(p) != "abcd" {
					t.Fatalf("%v, the slice is %q now", err, p)
				}
				copy(p, "zzzz") // the caller's right
				copy(p, "abcd")
			}
			c.Close()
			if got := got(); len(got) < 8 || bytes.Contains(got, []byte("z")) {
				t.Fatalf("sent %q", got)
			}
		})
	}
}

func TestFilterErrorEndsTheConnection(t *testing.T) {
	boom := errors.New("boom")
	fail := func(context.Context, *conn.Buffer, bool) (conn.Action, error) { return conn.Continue, boom }
	check := func(t *testing.T, err error, call string) {
		t.Helper()
		wantErr(t, err, boom)
		var fe *conn.FilterError
		if !errors.As(err, &fe) || fe.Filter != 1 || fe.Call != call || fe.Timeout() {
			t.Fatalf("error %#v", err)
		}
	}
	t.Run("write", func(t *testing.T) {
		first, second := &hook{}, &hook{down: fail}
		c, peer := client(t, filters(first, second))
		got := collect(peer)
		n, err := c.Write([]byte("secret"))
		if check(t, err, "OnDownstreamData"); n != 0 {
			t.Fatalf("Write returned %d", n)
		}
		_, err = c.Read(make([]byte, 1))
		check(t, err, "OnDownstreamData")
		if got := got(); len(got) > 0 {
			t.Fatalf("sent %q", got)
		}
		check(t, c.Close(), "OnDownstreamData")
		if first.closes.Load() != 1 || second.closes.Load() != 1 {
			t.Fatal("OnClose missing")
		}
	})
	t.Run("read", func(t *testing.T) {
		c, peer := client(t, filters(&hook{}, &hook{up: fail}))
		go peer.Write([]byte("secret"))
		n, err := c.Read(make([]byte, 10))
		if check(t, err, "OnUpstreamData"); n != 0 {
			t.Fatalf("Read returned %d", n)
		}
		_, err = c.Write([]byte("x"))
		check(t, err, "OnUpstreamData")
	})
	t.Run("close", func(t *testing.T) {
		c, peer := client(t, filters(pass{}, &hook{down: func(_ context.Context, _ *conn.Buffer, end bool) (conn.Action, error) {
			if end {
				return conn.Continue, boom
			}
			return conn.Pause, nil
		}}))
		got := collect(peer)
		mustWrite(t, c, "secret")
		err := c.Close()
		check(t, err, "OnDownstreamData")
		wantErr(t, err, conn.ErrDiscarded)
		if got := got(); len(got) > 0 {
			t.Fatalf("sent %q", got)
		}
	})
	t.Run("other direction waits", func(t *testing.T) {
		c, _ := client(t, filters(pass{}, &hook{down: fail}))
		read := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1))
			read <- err
		}()
		c.Write([]byte("x"))
		check(t, <-read, "OnDownstreamData")
	})
}

func TestPanicOfAFilterEndsTheConnection(t *testing.T) {
	h := &hook{down: func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) { panic("boom") }}
	c, peer := client(t, filters(h))
	got := collect(peer)
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic was swallowed")
			}
		}()
		c.Write([]byte("secret"))
	}()
	if _, err := c.Write([]byte("more")); err == nil {
		t.Error("Write works after the filter panicked")
	}
	if c.Close() == nil {
		t.Error("Close doesn't tell")
	}
	if got := got(); len(got) > 0 || h.closes.Load() != 1 {
		t.Fatalf("sent %q, OnClose %d times", got, h.closes.Load())
	}
}

func TestNew(t *testing.T) {
	boom := errors.New("boom")
	failing := &hook{open: func(context.Context) (conn.Action, error) { return 0, boom }}
	closing := &hook{}
	closing.open = func(context.Context) (conn.Action, error) { closing.CloseConnection(nil); return conn.Continue, nil }
	for _, tt := range []struct {
		name   string
		cfg    conn.Config
		target error
		starts []int // calls of OnClose afterwards
	}{
		{"no filter", conn.Config{}, nil, nil},
		{"nil filter", filters(nil), errAny, nil},
		{"negative bound", conn.Config{MaxBuffered: -1}, errAny, nil},
		{"negative linger", conn.Config{Linger: -1}, errAny, nil},
		{"second fails", filters(&hook{}, failing, &hook{}), boom, []int{1, 0, 0}},
		{"second closes", filters(&hook{}, closing, &hook{}), conn.ErrClosedByFilter, []int{1, 1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := net.Pipe()
			defer b.Close()
			defer a.Close()
			_, err := conn.New(context.Background(), a, tt.cfg)
			switch {
			case tt.target == errAny && err != nil:
			case !errors.Is(err, tt.target):
				t.Fatalf("New: %v", err)
			}
			for i, want := range tt.starts {
				if got := int(tt.cfg.Filters[i].(*hook).closes.Load()); got != want {
					t.Errorf("filter %d: OnClose was called %d times, want %d", i, got, want)
				}
			}
			go a.Write([]byte("alive")) // New owns nothing that it couldn't start
			mustRead(t, b, "alive")
		})
	}
	if _, err := conn.New(context.Background(), nil, conn.Config{}); err == nil {
		t.Error("nil connection accepted")
	}
}

var errAny = errors.New("any error")

func TestEndOfStreamReachesReadFilters(t *testing.T) {
	var rec recorder
	c, peer := client(t, filters(tag("."), &hook{up: rec.around(func(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
		if !end {
			return conn.Pause, nil
		}
		return conn.Continue, b.Splice(b.Len(), 0, []byte(" end"))
	})}))
	go func() {
		peer.Write([]byte("abc"))
		peer.Close()
	}()
	if got, err := io.ReadAll(c); string(got) != "abc end." || err != nil {
		t.Fatalf("read %q, %v", got, err)
	}
	if got := rec.seen(); !slices.Equal(got, []int{3, 3, -1}) {
		t.Fatalf("the filter saw %v", got)
	}
}

func TestEOFWithAResidue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := client(t, filters(&hook{up: atLeast(10)}))
		go func() {
			peer.Write([]byte("abc"))
			peer.Close()
		}()
		n, err := c.Read(make([]byte, 10))
		if n != 0 {
			t.Fatalf("Read gave %d held bytes", n)
		}
		wantErr(t, err, conn.ErrTruncated, io.ErrUnexpectedEOF)
		c.Close()
	})
}

func TestAnEmptiedBufferIsNothing(t *testing.T) {
	drop := func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
		return conn.Continue, b.Splice(0, b.Len(), nil)
	}
	var rec recorder
	c, peer := client(t, filters(&hook{down: drop, up: drop}, &hook{down: rec.around(nil)}))
	got := collect(peer)
	mustWrite(t, c, "swallowed")
	c.Close()
	if got := got(); len(got) > 0 {
		t.Fatalf("sent %q", got)
	}
	if got := rec.seen(); !slices.Equal(got, []int{0, -1}) {
		t.Fatalf("the next filter saw %v", got)
	}
}

func TestUnknownActionPauses(t *testing.T) {
	c, peer := client(t, filters(&hook{down: func(context.Context, *conn.Buffer, bool) (conn.Action, error) { return 7, nil }}))
	got := collect(peer)
	mustWrite(t, c, "held")
	wantErr(t, c.Close(), conn.ErrDiscarded)
	if got := got(); len(got) > 0 {
		t.Fatalf("sent %q", got)
	}
}

// Whatever the segments, the result is the reference's: framing is the filter's, order and completeness are ours.
func TestArbitrarySegmentation(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var in []byte
	for range 60 {
		in = append(in, frame(strings.Repeat("xy", rnd.IntN(200)))...)
	}
	want, rest := frames(in)
	want2, _ := frames(want)
	if len(rest) > 0 {
		t.Fatal("the test's input is wrong")
	}
	chunks := map[string]func() int{
		"one byte": func() int { return 1 },
		"random":   func() int { return 1 + rnd.IntN(97) },
		"large":    func() int { return 1 + rnd.IntN(40000) },
	}
	for name, size := range chunks {
		for _, pipe := range pipes {
			t.Run(pipe.name+"/write/"+name, func(t *testing.T) {
				a, b := pipe.make(t)
				defer b.Close()
				c := wrap(t, a, filters(&hook{down: (&framer{}).data}, pass{}, &hook{down: (&framer{}).data}))
				got := collect(b)
				for p := in; len(p) > 0; {
					n := min(size(), len(p))
					mustWrite(t, c, string(p[:n]))
					p = p[n:]
				}
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got(), want2) {
					t.Fatal("not what the reference makes of it")
				}
			})
			t.Run(pipe.name+"/read/"+name, func(t *testing.T) {
				a, b := pipe.make(t)
				c := wrap(t, a, filters(&hook{up: (&framer{}).data}, pass{}, &hook{up: (&framer{}).data}))
				go func() {
					defer b.Close()
					for p := in; len(p) > 0; {
						n := min(37, len(p))
						b.Write(p[:n])
						p = p[n:]
					}
				}()
				var got bytes.Buffer
				for {
					p := make([]byte, size())
					n, err := c.Read(p)
					if got.Write(p[:n]); err != nil {
						if err != io.EOF {
							t.Fatal(err)
						}
						break
					}
				}
				if !bytes.Equal(got.Bytes(), want2) {
					t.Fatal("not what the reference makes of it")
				}
			})
		}
	}
}

// A reader that checks the promises of io.Reader.
func TestReader(t *testing.T) {
	in := bytes.Repeat([]byte("0123456789"), 500)
	a, b := net.Pipe()
	c := wrap(t, a, filters(pass{}, tag("")))
	go func() {
		defer b.Close()
		io.Copy(b, iotest.OneByteReader(bytes.NewReader(in[:50])))
		b.Write(in[50:])
	}()
	if err := iotest.TestReader(c, in); err != nil {
		t.Fatal(err)
	}
}

func TestLargeFrames(t *testing.T) {
	body := strings.Repeat("x", 60000)
	a, b := tcpPipe(t)
	defer b.Close()
	c := wrap(t, a, filters(&hook{down: (&framer{}).data}, &hook{down: (&framer{}).data}))
	got := collect(b)
	var in []byte
	for range 40 { // 2.4 MB in one Write, then in small ones: large storages are used again
		in = append(in, frame(body)...)
	}
	want, _ := frames(in)
	want, _ = frames(want)
	mustWrite(t, c, string(in))
	for p := in; len(p) > 0; p = p[min(len(p), 50001):] {
		mustWrite(t, c, string(p[:min(len(p), 50001)]))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got(), append(bytes.Clone(want), want...)) {
		t.Fatal("not what the reference makes of it")
	}
	if n := binary.BigEndian.Uint16(want); n != 60002 {
		t.Fatalf("the reference is wrong: %d", n)
	}
}
