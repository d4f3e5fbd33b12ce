package nasp_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/tlstest"
	"github.com/libnasp/libnasp/nasp"
)

// hang is a guard against what never returns. No test passes or fails by less.
const hang = 20 * time.Second

func listen(t *testing.T, lc nasp.ListenConfig) net.Listener {
	t.Helper()
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// accept accepts a connection, or fails the test.
func accept(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	type result struct {
		c   net.Conn
		err error
	}
	ch := make(chan result, 1)
	go func() {
		c, err := l.Accept()
		ch <- result{c, err}
	}()
	select {
	case r := <-ch:
		if r.err != nil {
			t.Fatal(r.err)
		}
		t.Cleanup(func() { r.c.Close() })
		return r.c
	case <-time.After(hang):
		t.Fatal("Accept doesn't return")
	}
	return nil
}

// TestListenerIsNotHeldUp: clients that connect and say nothing don't keep others from a server that speaks TLS, nor one that doesn't speak TLS
// at all.
func TestListenerIsNotHeldUp(t *testing.T) {
	pair := tlstest.New(t)
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}})
	l := listen(t, nasp.ListenConfig{Interceptor: n, TLS: pair.Server})
	for _, say := range []string{"", "", "this isn't TLS"} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte(say)); err != nil {
			t.Fatal(err)
		}
	}
	answer := make(chan string, 1)
	go func() {
		c, err := tls.Dial("tcp", l.Addr().String(), pair.Client)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer c.Close()
		_, _ = c.Write([]byte("Up"))
		b := make([]byte, 6)
		_, _ = io.ReadFull(c, b)
		answer <- string(b)
	}()
	c := accept(t, l)
	b := make([]byte, 2)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "UP" {
		t.Errorf("the server read %q, %v", b, err)
	}
	if _, err := c.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	if got := <-answer; got != "ANSWER" {
		t.Errorf("the client read %q", got)
	}
}

// TestListenerStopsHandshakes: a handshake that takes too long is ended, and one that is under way by Close.
func TestListenerStopsHandshakes(t *testing.T) {
	pair := tlstest.New(t)
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{}})
	for name, timeout := range map[string]time.Duration{"timeout": 20 * time.Millisecond, "close": time.Hour} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, nasp.ListenConfig{Interceptor: n, TLS: pair.Server, StartTimeout: timeout})
			accepted := make(chan error, 1)
			go func() {
				_, err := l.Accept()
				accepted <- err
			}()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if name == "close" {
				l.Close()
				if err := <-accepted; !errors.Is(err, net.ErrClosed) {
					t.Errorf("Accept after Close: %v", err)
				}
			}
			_ = c.SetReadDeadline(time.Now().Add(hang))
			if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the server leaves the connection open: %v", err)
			}
		})
	}
}

// TestListenersOfEachKind wraps plain listeners and those of crypto/tls, with and without a filter.
func TestListenersOfEachKind(t *testing.T) {
	pair := tlstest.New(t)
	guest := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}})
	nothing := newInterceptor(t, nasp.Config{Rules: []nasp.Rule{{Ports: []nasp.PortRange{{First: 1}}}}})
	tests := map[string]struct {
		listen func() (net.Listener, error)
		tls    bool
		want   string
	}{
		"Listen": {func() (net.Listener, error) { return nasp.Listen("tcp", "127.0.0.1:0", guest) }, false, "UPPER"},
		"crypto/tls": {func() (net.Listener, error) {
			l, err := tls.Listen("tcp", "127.0.0.1:0", pair.Server)
			return nasp.NewListener(l, guest), err
		}, true, "UPPER"},
		"no rule matches": {func() (net.Listener, error) { return nasp.Listen("tcp", "127.0.0.1:0", nothing) }, false, "Upper"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l, err := test.listen()
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			sent := make(chan error, 1)
			go func() {
				var c net.Conn
				var err error
				if test.tls {
					c, err = tls.Dial("tcp", l.Addr().String(), pair.Client)
				} else {
					c, err = net.Dial("tcp", l.Addr().String())
				}
				if err == nil {
					_, err = c.Write([]byte("Upper"))
					defer c.Close()
				}
				sent <- err
			}()
			c := accept(t, l)
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(c); err != nil || string(b) != test.want {
				t.Errorf("the server read %q, %v, want %q", b, err, test.want)
			}
			if _, plain := c.(*net.TCPConn); plain != (name == "no rule matches") {
				t.Errorf("the server got a %T", c)
			}
		})
	}
}

// TestServersEndAfterShutdown: a server's loop ends, its clients of before are served to their end.
func TestServersEndAfterShutdown(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{{Name: "pass", New: func() (conn.Filter, error) { return passThrough{}, nil }}}})
	l := listen(t, nasp.ListenConfig{Interceptor: n})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	resp, err := client.Post("http://"+l.Addr().String(), "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v", b, err)
	}
	resp.Body.Close()
	done := make(chan error, 1)
	go func() { done <- n.Shutdown(t.Context()) }()
	if err := <-served; !errors.Is(err, nasp.ErrShutdown) {
		t.Errorf("Serve returned %v", err)
	}
	transport.CloseIdleConnections() // the last stream
	if err := <-done; err != nil {
		t.Error(err)
	}
}
