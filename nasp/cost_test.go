package nasp_test

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/libnasp/libnasp/nasp"
)

// open makes n connections to a server that holds its ends, and returns those of the client.
func open(t testing.TB, n int, request []byte, dial func(addr string) (net.Conn, error)) []net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var list []net.Conn
	for range n {
		c, err := dial(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); s.Close() })
		if _, err := c.Write(request); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(s, make([]byte, len(request))); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// settledGoroutines returns the number of goroutines once it doesn't fall any more.
func settledGoroutines() int {
	n := runtime.NumGoroutine()
	for range 100 {
		time.Sleep(time.Millisecond)
		n = min(n, runtime.NumGoroutine())
	}
	return n
}

// TestNoGoroutinePerConnection: filtered connections that are there, and have been used, run nothing of their own.
func TestNoGoroutinePerConnection(t *testing.T) {
	const connections = 50
	for name, filter := range map[string]nasp.Filter{"native": upperFilter(), "wasm": testGuest(t, "")} {
		t.Run(name, func(t *testing.T) {
			n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{filter}, VMs: 1})
			d := &nasp.Dialer{Interceptor: n}
			dial := func(addr string) (net.Conn, error) { return d.Dial("tcp", addr) }
			open(t, 1, []byte("Up"), dial) // whatever is started once
			before := settledGoroutines()
			open(t, connections, []byte("Up"), dial)
			if after := settledGoroutines(); after-before > connections/10 {
				t.Errorf("%d goroutines before, %d with %d more connections", before, after, connections)
			}
		})
	}
}
