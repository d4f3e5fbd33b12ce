package nasp_test

import (
	"context"
	"fmt"
	"net"

	"github.com/libnasp/libnasp/nasp"
)

// A dialer goes wherever a client takes a DialContext function: kgo.Dialer of franz-go, Transport.DialContext of net/http.
func ExampleDialer() {
	ctx := context.Background()
	n, err := nasp.New(ctx, nasp.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close(ctx)
	dialer := &nasp.Dialer{Interceptor: n}
	var dial func(ctx context.Context, network, addr string) (net.Conn, error) = dialer.DialContext
	_, err = dial(ctx, "tcp", "127.0.0.1:1") // nobody listens there
	fmt.Println(err)
	// Output: dial tcp 127.0.0.1:1: connect: connection refused
}
