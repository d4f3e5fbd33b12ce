package conn_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"golang.org/x/net/nettest"
)

// The lower layer of the tests: how to get the two ends of a connection.
var pipes = []struct {
	name string
	make func(testing.TB) (client, server net.Conn)
}{
	{"pipe", func(testing.TB) (net.Conn, net.Conn) { return net.Pipe() }},
	{"tcp", tcpPipe},
}

func tcpPipe(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestNettest(t *testing.T) {
	filters := []struct {
		name string
		make func() []conn.Filter
	}{
		{"none", func() []conn.Filter { return nil }},
		{"pass", func() []conn.Filter { return []conn.Filter{pass{}} }},
		{"xor", func() []conn.Filter { return []conn.Filter{xor(0x55)} }},
		{"three", func() []conn.Filter { return []conn.Filter{pass{}, xor(0x33), pass{}} }},
	}
	for _, p := range pipes {
		for _, f := range filters {
			t.Run(p.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					a, b := p.make(t)
					// A peer that reads no more is what some of these tests are about: don't wait for it.
					cfg := conn.Config{Filters: f.make(), Linger: 50 * time.Millisecond}
					if c1, err = conn.New(context.Background(), a, cfg); err != nil {
						return nil, nil, nil, err
					}
					cfg.Filters, cfg.Server = f.make(), true
					if c2, err = conn.New(context.Background(), b, cfg); err != nil {
						return nil, nil, nil, err
					}
					return c1, c2, func() { c1.Close(); c2.Close() }, nil
				})
			})
		}
	}
}
