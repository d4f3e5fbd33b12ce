package naspsarama_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/tlstest"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspsarama"
)

// recorder is a filter that notes what the client sends.
type recorder struct{ seen chan []byte }

func (r *recorder) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (r *recorder) OnDownstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	r.seen <- append([]byte(nil), b.Bytes()...)
	return conn.Continue, nil
}

func (r *recorder) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (r *recorder) OnClose(conn.Peer) {}

func newInterceptor(t *testing.T) (*nasp.Interceptor, *recorder) {
	t.Helper()
	r := &recorder{seen: make(chan []byte, 16)}
	n, err := nasp.New(t.Context(), nasp.Config{Filters: []nasp.Filter{{Name: "recorder", New: func() (conn.Filter, error) { return r, nil }}}})
	if err != nil {
		t.Fatal(err)
	}
	return n, r
}

func TestWrapReturnsACopy(t *testing.T) {
	n, _ := newInterceptor(t)
	config := sarama.NewConfig()
	config.Net.TLS.Enable = true
	wrapped, err := naspsarama.Wrap(config, n)
	if err != nil {
		t.Fatal(err)
	}
	if !config.Net.TLS.Enable || config.Net.Proxy.Enable {
		t.Error("the config that was passed has changed")
	}
	if wrapped.Net.TLS.Enable || !wrapped.Net.Proxy.Enable {
		t.Error("the copy doesn't dial through nasp")
	}
	if err := wrapped.Validate(); err != nil {
		t.Error(err)
	}
}

func TestWrapRefuses(t *testing.T) {
	n, _ := newInterceptor(t)
	wrapped, err := naspsarama.Wrap(sarama.NewConfig(), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := naspsarama.Wrap(wrapped, n); err == nil || !strings.Contains(err.Error(), "wrapped already") {
		t.Errorf("wrapping twice: %v", err)
	}
	if _, err := naspsarama.Wrap(nil, n); err == nil {
		t.Error("no error for a nil config")
	}
	if _, err := naspsarama.Wrap(sarama.NewConfig(), nil); err == nil {
		t.Error("no error for a nil interceptor")
	}
}

// TestTLSIsTakenOver dials a TLS server through sarama's own dialing interface: the filter must see plaintext, and the server
// a client that names it.
func TestTLSIsTakenOver(t *testing.T) {
	pair := tlstest.New(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", pair.Server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 5)
		_, err = c.Read(b)
		got <- string(b)
		if err != nil {
			t.Error(err)
		}
	}()
	n, r := newInterceptor(t)
	config := sarama.NewConfig()
	config.Net.TLS.Enable = true
	config.Net.TLS.Config = pair.Client
	wrapped, err := naspsarama.Wrap(config, n)
	if err != nil {
		t.Fatal(err)
	}
	c, err := wrapped.Net.Proxy.Dialer.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if seen := string(<-r.seen); seen != "hello" {
		t.Errorf("the filter saw %q", seen)
	}
	if s := <-got; s != "hello" {
		t.Errorf("the server got %q", s)
	}
}

func TestHandshakeIsBoundedByDialTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n, _ := newInterceptor(t)
	config := sarama.NewConfig()
	config.Net.DialTimeout = 50 * time.Millisecond
	config.Net.TLS.Enable = true
	wrapped, err := naspsarama.Wrap(config, n)
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrapped.Net.Proxy.Dialer.Dial("tcp", l.Addr().String())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// proxyDialer stands for a dialer that the program had set itself.
type proxyDialer struct{ dialed []string }

func (p *proxyDialer) Dial(network, addr string) (net.Conn, error) {
	p.dialed = append(p.dialed, network+" "+addr)
	c, _ := net.Pipe()
	return c, nil
}

func TestExistingProxyAndOtherNetworks(t *testing.T) {
	n, _ := newInterceptor(t)
	p := &proxyDialer{}
	config := sarama.NewConfig()
	config.Net.Proxy.Enable = true
	config.Net.Proxy.Dialer = p
	wrapped, err := naspsarama.Wrap(config, n)
	if err != nil {
		t.Fatal(err)
	}
	for network, filtered := range map[string]bool{"tcp": true, "udp": false} {
		c, err := wrapped.Net.Proxy.Dialer.Dial(network, "broker:9092")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := c.(*conn.Conn); ok != filtered {
			t.Errorf("%s: filtered %v, want %v", network, ok, filtered)
		}
		c.Close()
	}
	if len(p.dialed) != 2 {
		t.Errorf("the program's own dialer made %d connections, want 2", len(p.dialed))
	}
}
