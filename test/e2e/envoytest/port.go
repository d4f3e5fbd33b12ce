package envoytest

import (
	"fmt"
	"net"
)

// Port is a port of loopback that no other process takes until Release.
type Port struct{ listener net.Listener }

// Reserve chooses a free port.
func Reserve() (*Port, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("envoytest: reserving a port: %w", err)
	}
	return &Port{l}, nil
}

// Addr returns the port's host:port.
func (p *Port) Addr() string { return p.listener.Addr().String() }

// Release frees the port, for a program that is started at once, and returns its host:port. Calling it again is harmless.
func (p *Port) Release() string {
	p.listener.Close()
	return p.Addr()
}
