package conn_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// sink is a socket that takes and gives without a system call, so that what is left is the cost of this package.
type sink struct{ net.Conn }

func (sink) Write(p []byte) (int, error)      { return len(p), nil }
func (sink) Read(p []byte) (int, error)       { return len(p), nil }
func (sink) Close() error                     { return nil }
func (sink) SetDeadline(time.Time) error      { return nil }
func (sink) SetReadDeadline(time.Time) error  { return nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }

var variants = []struct {
	name string
	wrap func(testing.TB, net.Conn) net.Conn
}{
	{"plain", func(_ testing.TB, nc net.Conn) net.Conn { return nc }},
	{"nofilter", func(t testing.TB, nc net.Conn) net.Conn { return wrap(t, nc, conn.Config{}) }},
	{"pass", func(t testing.TB, nc net.Conn) net.Conn {
		return wrap(t, nc, conn.Config{Filters: []conn.Filter{pass{}}})
	}},
	{"pass+deadline", func(t testing.TB, nc net.Conn) net.Conn {
		c := wrap(t, nc, conn.Config{Filters: []conn.Filter{pass{}}})
		c.SetDeadline(time.Now().Add(time.Hour))
		return c
	}},
}

func wrap(t testing.TB, nc net.Conn, cfg conn.Config) *conn.Conn {
	t.Helper()
	c, err := conn.New(context.Background(), nc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func BenchmarkWrite(b *testing.B) {
	benchmark(b, func(c, peer net.Conn, p []byte) func() error {
		go io.Copy(io.Discard, struct{ io.Reader }{peer})
		return func() error { _, err := c.Write(p); return err }
	})
}

func BenchmarkRead(b *testing.B) {
	benchmark(b, func(c, peer net.Conn, p []byte) func() error {
		go func() {
			for chunk := make([]byte, 64<<10); ; {
				if _, err := peer.Write(chunk); err != nil {
					return
				}
			}
		}()
		return func() error { _, err := io.ReadFull(c, p); return err }
	})
}

func benchmark(b *testing.B, prepare func(c, peer net.Conn, p []byte) func() error) {
	for _, under := range []string{"tcp", "sink"} {
		for _, size := range []int{1 << 10, 64 << 10} {
			for _, v := range variants {
				b.Run(fmt.Sprintf("%s/%dKiB/%s", under, size>>10, v.name), func(b *testing.B) {
					var nc, peer net.Conn = sink{}, eof{}
					if under == "tcp" {
						nc, peer = tcpPipe(b)
						defer nc.Close()
						defer peer.Close()
					}
					step := prepare(v.wrap(b, nc), peer, make([]byte, size))
					b.SetBytes(int64(size))
					b.ReportAllocs()
					for b.Loop() {
						if err := step(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// eof is the other end of a sink.
type eof struct{ net.Conn }

func (eof) Read([]byte) (int, error)  { return 0, io.EOF }
func (eof) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (eof) Close() error              { return nil }
