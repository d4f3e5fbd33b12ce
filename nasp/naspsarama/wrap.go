// Package naspsarama puts filters into programs that use sarama (github.com/IBM/sarama).
//
//	n, err := nasp.New(ctx, nasp.Config{})
//	…
//	config, err = naspsarama.Wrap(config, n)
//	…
//	producer, err := sarama.NewSyncProducer(brokers, config)
//
// Known differences to an unwrapped client: sarama's Broker.TLSConnectionState reports no TLS, since TLS is done beneath it.
package naspsarama

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/IBM/sarama"
	"golang.org/x/net/proxy"

	"github.com/libnasp/libnasp/nasp"
)

// Wrap returns a copy of config whose connections go through the filters of n; config itself is left as it is.
//
// TLS is taken over from sarama (Net.TLS is off in the copy and its Config used by nasp), so that filters see the protocol and
// not ciphertext. Net.DialTimeout (which covers the TLS handshake too), KeepAlive, LocalAddr and an existing Net.Proxy go on to work.
func Wrap(config *sarama.Config, n *nasp.Interceptor) (*sarama.Config, error) {
	if config == nil {
		return nil, errors.New("naspsarama: the config is nil: pass sarama.NewConfig()")
	}
	if n == nil {
		return nil, errors.New("naspsarama: the interceptor is nil: pass what nasp.New returned")
	}
	if _, ok := config.Net.Proxy.Dialer.(*dialer); ok {
		return nil, errors.New("naspsarama: this config is wrapped already: a second filter belongs into nasp.Config.Filters")
	}
	c := *config
	d := nasp.Dialer{Interceptor: n, Base: base(config), Timeout: config.Net.DialTimeout}
	if config.Net.TLS.Enable {
		d.TLS = config.Net.TLS.Config
		if d.TLS == nil {
			d.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	c.Net.TLS.Enable = false
	c.Net.Proxy.Enable = true
	c.Net.Proxy.Dialer = &dialer{d}
	return &c, nil
}

// base is what sarama itself would dial with.
func base(config *sarama.Config) nasp.DialContextFunc {
	if !config.Net.Proxy.Enable || config.Net.Proxy.Dialer == nil {
		d := net.Dialer{KeepAlive: config.Net.KeepAlive, LocalAddr: config.Net.LocalAddr}
		return d.DialContext
	}
	p := config.Net.Proxy.Dialer
	if cd, ok := p.(proxy.ContextDialer); ok {
		return cd.DialContext
	}
	return func(_ context.Context, network, addr string) (net.Conn, error) { return p.Dial(network, addr) }
}

// dialer is what sarama dials with. It is a type of its own so that Wrap knows its work.
type dialer struct{ nasp.Dialer }

var _ proxy.Dialer = (*dialer)(nil)

// String is what sarama logs.
func (*dialer) String() string { return "nasp" }
