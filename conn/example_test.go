package conn_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"

	"github.com/libnasp/libnasp/conn"
)

// shout changes what the client sends to upper case.
type shout struct{}

func (shout) Wants(d conn.Direction) bool { return d == conn.Downstream }

func (shout) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (shout) OnDownstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	return conn.Continue, b.Splice(0, b.Len(), bytes.ToUpper(b.Bytes()))
}

func (shout) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (shout) OnClose(conn.Peer) {}

func Example() {
	client, server := net.Pipe()
	c, err := conn.New(context.Background(), client, conn.Config{Filters: []conn.Filter{shout{}}})
	if err != nil {
		panic(err)
	}
	go func() {
		io.WriteString(c, "hello")
		c.Close()
	}()
	got, _ := io.ReadAll(server)
	fmt.Printf("%s\n", got)
	// Output: HELLO
}
