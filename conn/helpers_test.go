package conn_test

import (
	"context"

	"github.com/libnasp/libnasp/conn"
)

// pass hands everything on.
type pass struct{}

func (pass) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnDownstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnClose(conn.Peer) {}

// xor rewrites every byte.
type xor byte

func (x xor) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (x xor) OnDownstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	return x.data(b)
}

func (x xor) OnUpstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	return x.data(b)
}

func (x xor) data(b *conn.Buffer) (conn.Action, error) {
	p := append([]byte(nil), b.Bytes()...)
	for i := range p {
		p[i] ^= byte(x)
	}
	return conn.Continue, b.Splice(0, len(p), p)
}

func (x xor) OnClose(conn.Peer) {}
