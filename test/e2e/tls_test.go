package e2e

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// stored is what a topic holds after the first line of the main job.
var stored = []kafkatest.Record{{Value: []byte(mainJob[0].stored)}}

// TestSaramaTLS leaves the program's TLS configuration to nasp, as Wrap promises. The broker asks for the client's certificate.
func TestSaramaTLS(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	config := plainSarama()
	config.Net.TLS.Enable = true
	config.Net.TLS.Config = broker.ClientTLS()
	producer := syncProducer(t, wrapped(t, config), broker.Addr(tlsListener))
	if _, _, err := producer.SendMessage(message(topic, mainJob[0].sent)); err != nil {
		t.Fatal(err)
	}
	assertStored(t, topic, stored)
}

func TestFranzGoTLS(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	d := &nasp.Dialer{Interceptor: interceptor, TLS: broker.ClientTLS()}
	client := franz(t, kgo.SeedBrokers(broker.Addr(tlsListener)), kgo.Dialer(d.DialContext), uncompressed)
	if err := produce(t, client, &kgo.Record{Topic: topic, Value: []byte(mainJob[0].sent)}); err != nil {
		t.Fatal(err)
	}
	assertStored(t, topic, stored)
}

// TestUnknownAuthority shows that taking TLS over doesn't switch its checks off.
func TestUnknownAuthority(t *testing.T) {
	config := broker.ClientTLS()
	config.RootCAs = nil
	d := &nasp.Dialer{Interceptor: interceptor, TLS: config, Timeout: guard}
	c, err := d.DialContext(t.Context(), "tcp", broker.Addr(tlsListener))
	if err == nil {
		c.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the broker's certificate", err)
	}
}

// TestTLSAboveTheFilter does what goes wrong easily: TLS on top of the wrapped connection, so that a filter gets ciphertext. It must fail
// with an error that says so, and not pass the bytes.
func TestTLSAboveTheFilter(t *testing.T) {
	d := &nasp.Dialer{Interceptor: interceptor, Timeout: guard}
	err := within(t, "the handshake", func() error {
		c, err := dialTLSAbove(t.Context(), d, broker.Addr(tlsListener), broker.ClientTLS())
		if err == nil {
			c.Close()
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "TLS") || !strings.Contains(err.Error(), "nasp") {
		t.Errorf("got %v, want an error of nasp that says where TLS belongs", err)
	}
}

func dialTLSAbove(ctx context.Context, d *nasp.Dialer, addr string, config *tls.Config) (net.Conn, error) {
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	config.ServerName = "127.0.0.1"
	tc := tls.Client(c, config)
	if err := tc.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return tc, nil
}
