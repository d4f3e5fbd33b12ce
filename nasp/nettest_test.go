package nasp_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
)

// trusted is the test guest as a trusted module: nettest sends megabytes.
func trusted(t *testing.T, configuration string) nasp.Filter {
	return nasp.Filter{Name: configuration, Wasm: testguest.Module(t), Configuration: []byte(configuration), Trusted: true}
}

// TestNettest is conn's test of that name with guests as filters, at both ends.
func TestNettest(t *testing.T) {
	tests := map[string]func(end string) []nasp.Filter{
		"pass": func(string) []nasp.Filter { return []nasp.Filter{trusted(t, "pass")} },
		"grow": func(end string) []nasp.Filter { return []nasp.Filter{trusted(t, "grow 2 "+end)} },
	}
	// Behind a filter that makes eight bytes of each one, every message of nettest's comes by eights.
	for _, n := range []int{1, 2, 4, 8} {
		tests[fmt.Sprintf("pause until %d", n)] = func(end string) []nasp.Filter {
			chain := []nasp.Filter{trusted(t, "grow 8 "+end), trusted(t, fmt.Sprintf("multiple %d", n))}
			if n == 8 {
				chain = append(chain, trusted(t, "pass")) // a chain of three in which the second pauses
			}
			if end == "server" {
				slices.Reverse(chain)
			}
			return chain
		}
	}
	for name, chain := range tests {
		t.Run(name, func(t *testing.T) {
			client := newInterceptor(t, nasp.Config{Filters: chain("client"), VMs: 1})
			server := newInterceptor(t, nasp.Config{Filters: chain("server"), VMs: 1})
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				a, b := tcpPipe(t)
				if c1, err = client.Client(context.Background(), a); err != nil {
					return nil, nil, nil, err
				}
				if c2, err = server.Server(context.Background(), b); err != nil {
					return nil, nil, nil, err
				}
				return c1, c2, func() { c1.Close(); c2.Close() }, nil
			})
		})
	}
}

// tcpPipe returns both ends of a TCP connection.
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
