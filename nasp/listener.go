package nasp

import (
	"context"
	"net"
)

// NewListener wraps a listener: the bytes of each connection that it accepts go through the filters of i. The side that connects is downstream.
func NewListener(l net.Listener, i *Interceptor) net.Listener {
	return &listener{Listener: l, interceptor: i}
}

type listener struct {
	net.Listener
	interceptor *Interceptor
}

// Accept waits for a connection. A connection whose filters can't start is closed and logged, and the next one waited for: one client
// can't end a server's accept loop.
func (l *listener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, err := l.interceptor.Server(context.Background(), nc)
		if err == nil {
			return c, nil
		}
		nc.Close()
		l.interceptor.logger.Error("nasp: a connection was closed because its filters can't start", "peer", nc.RemoteAddr(), "error", err)
	}
}
