package nasp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// DialContextFunc is the signature that net.Dialer, Kafka clients and net/http share.
type DialContextFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Dialer makes connections whose bytes go through the filters of an Interceptor. Its zero value but for Interceptor works.
// It must not be changed after its first use, and may be used by several goroutines.
type Dialer struct {
	// Interceptor has the filters. It is required.
	Interceptor *Interceptor
	// Base makes the connections beneath the filters, nil means a net.Dialer.
	Base DialContextFunc
	// TLS makes each connection a TLS connection beneath the filters, so that they see what the client says and not ciphertext. Switch
	// TLS off in the client then. Where ServerName is empty, it is the host that is dialled.
	TLS *tls.Config
	// Timeout bounds dialling and the TLS handshake together; 0 means no bound but the context's.
	Timeout time.Duration
}

// Dial connects without a context, as golang.org/x/net/proxy has it. Use DialContext where you can.
func (d *Dialer) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

// DialContext connects to addr. ctx ends the dialling, not the connection. Networks other than TCP, such as those that a client
// resolves names with, are not filtered, nor are connections that no rule matches: they are returned as they are.
func (d *Dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.Interceptor == nil {
		return nil, errors.New("nasp: the dialer has no Interceptor: set the one that nasp.New returned")
	}
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	if err := d.Interceptor.refusal(); err != nil {
		return nil, err
	}
	nc, err := d.dialBase(ctx, network, addr)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return nc, err
	}
	if d.TLS != nil {
		if nc, err = d.handshake(ctx, nc, addr); err != nil {
			return nil, err
		}
	}
	c, err := d.Interceptor.wrap(ctx, nc, newTarget(addr, nc.RemoteAddr()), false)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

func (d *Dialer) dialBase(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.Base != nil {
		return d.Base(ctx, network, addr)
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}

// handshake does TLS on nc, which it closes on failure.
func (d *Dialer) handshake(ctx context.Context, nc net.Conn, addr string) (net.Conn, error) {
	config := d.TLS.Clone()
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil && !config.InsecureSkipVerify {
			nc.Close()
			return nil, fmt.Errorf("nasp: TLS needs a server name, and %q has no host: set ServerName in the TLS configuration: %w", addr, err)
		}
		config.ServerName = host // VerifyConnection may need it where InsecureSkipVerify is set
	}
	if verify := config.VerifyConnection; verify != nil {
		config.VerifyConnection = func(cs tls.ConnectionState) error {
			cs.ServerName = config.ServerName // crypto/tls leaves it empty for IP addresses
			return verify(cs)
		}
	}
	tc := tls.Client(nc, config)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("nasp: TLS with %s: %w", addr, err)
	}
	return tc, nil
}
