package nasp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
)

// upper is a filter in Go that does what the guest does with a stream that begins with U.
type upper struct{ passThrough }

func (upper) OnDownstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	return conn.Continue, b.Splice(0, b.Len(), bytes.ToUpper(b.Bytes()))
}

func upperFilter() nasp.Filter {
	return nasp.Filter{Name: "upper", New: func() (conn.Filter, error) { return upper{}, nil }}
}

// broker is a server that looks at all bytes that reach it, and answers each with itself.
type broker struct {
	addr   string
	leaked atomic.Int64 // times that something came that must not
	bytes  atomic.Int64
}

func newBroker(t *testing.T, forbidden func(seen []byte) bool) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b := &broker{addr: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(c, forbidden)
		}
	}()
	return b
}

func (b *broker) serve(c net.Conn, forbidden func([]byte) bool) {
	defer c.Close()
	var seen []byte // all of the connection, so that nothing hides at the border of two reads
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		b.bytes.Add(int64(n))
		if seen = append(seen, buf[:n]...); forbidden(seen) {
			b.leaked.Add(1)
		}
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

func hasLower(seen []byte) bool { return bytes.ContainsAny(seen, "abcdefghijklmnopqrstuvwxyz") }

func hasAddress(seen []byte) bool { return bytes.Contains(seen, []byte("example@email.com")) }

// TestReloadUnderLoad replaces the configuration again and again, by good ones and bad ones, while clients connect and talk. No byte may reach the broker
// unmasked, no client may see an error, and nothing of the old configurations may stay.
func TestReloadUnderLoad(t *testing.T) {
	message := append([]byte("U"), bytes.Repeat([]byte("secret"), 100)...)
	// Sent back as it came it looks like a response to it: the correlation id is where a request has key 0 and version 7.
	produce := kafkatest.Produce(7, 1, kafkatest.Batch(kafkatest.Text("My email is example@email.com")...))
	tests := map[string]struct {
		config    func() nasp.Config
		bad       nasp.Config
		message   []byte
		forbidden func([]byte) bool
	}{
		"native": {
			func() nasp.Config { return nasp.Config{Filters: []nasp.Filter{upperFilter()}} },
			nasp.Config{Filters: []nasp.Filter{upperFilter(), upperFilter()}}, message, hasLower,
		},
		"wasm": {
			func() nasp.Config { return nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}, VMs: 2} },
			nasp.Config{Filters: []nasp.Filter{testGuest(t, "refuse")}, VMs: 2}, message, hasLower,
		},
		"pii": {
			func() nasp.Config { return nasp.Config{VMs: 2} },
			nasp.Config{Filters: []nasp.Filter{nasp.PII(`{"filters":[{"name":"other"}]}`)}}, produce, hasAddress,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			quiet := slog.New(slog.DiscardHandler)
			config := func(c nasp.Config) nasp.Config {
				c.Logger, c.CacheDir = quiet, testguest.CacheDir(t)
				return c
			}
			n := newInterceptor(t, config(test.config()))
			b := newBroker(t, test.forbidden)
			stop := make(chan struct{})
			var clients sync.WaitGroup
			var rounds atomic.Int64
			for range 4 {
				clients.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
						}
						if err := talk(n, b.addr, test.message); err != nil {
							t.Error(err)
							return
						}
						rounds.Add(1)
					}
				})
			}
			const reloads = 6
			for k := range reloads {
				eventually(t, "clients talk", func() bool { return rounds.Load() > int64(8*k) || t.Failed() })
				if err := n.Reload(t.Context(), config(test.config())); err != nil {
					t.Error(err)
				}
				if err := n.Reload(t.Context(), config(test.bad)); err == nil {
					t.Error("a bad configuration is accepted")
				}
			}
			close(stop)
			clients.Wait()
			if b.leaked.Load() > 0 {
				t.Error("bytes reached the broker unmasked")
			}
			if b.bytes.Load() < rounds.Load()*int64(len(test.message)) {
				t.Errorf("%d bytes of %d rounds reached the broker", b.bytes.Load(), rounds.Load())
			}
			eventually(t, "the old configurations go", func() bool { m := n.Metrics(); return m.Draining == 0 && m.Open == 0 })
			m := n.Metrics()
			if m.Configuration != reloads+1 || m.RefusedReloads != reloads || m.Failed+m.Refused != 0 || m.Opened != uint64(rounds.Load()) {
				t.Errorf("metrics %+v after %d rounds", m, rounds.Load())
			}
			if m.BytesWritten != uint64(b.bytes.Load()) || m.Buffered != 0 {
				t.Errorf("%d bytes are counted, %d held; the broker got %d", m.BytesWritten, m.Buffered, b.bytes.Load())
			}
		})
	}
}

// talk dials, sends the message in two pieces, and waits for as many bytes.
func talk(n *nasp.Interceptor, addr string, message []byte) error {
	c, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(hang))
	for _, piece := range [][]byte{message[:len(message)/2], message[len(message)/2:]} {
		if piece[0] != 'U' && message[0] == 'U' {
			piece = append([]byte("U"), piece[1:]...) // the guest looks at the first byte of what it is shown
		}
		if _, err := c.Write(piece); err != nil {
			return err
		}
	}
	_, err = io.ReadFull(c, make([]byte, len(message)))
	return err
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(hang); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in vain: ", what)
		}
	}
}

// TestOldStreamsStayOnTheOldConfiguration, and their filters are freed with the last of them.
func TestOldStreamsStayOnTheOldConfiguration(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}})
	b := newBroker(t, func([]byte) bool { return false })
	old := dial(t, n, b.addr)
	if err := n.Reload(t.Context(), nasp.Config{Filters: []nasp.Filter{}, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	for c, want := range map[net.Conn]string{old: "UP", dial(t, n, b.addr): "Up"} {
		if _, err := c.Write([]byte("Up")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 2)
		if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if m := n.Metrics(); m.Draining != 1 || m.Open != 1 || m.Passed != 1 {
		t.Errorf("metrics %+v", m)
	}
	old.Close()
	eventually(t, "the old configuration goes", func() bool { m := n.Metrics(); return m.Draining == 0 && len(m.Filters) == 0 })
}

// TestCountersSurviveReload: those of a filter that keeps its name go on.
func TestCountersSurviveReload(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}})
	b := newBroker(t, hasLower)
	for k := range 3 {
		if err := talk(n, b.addr, []byte("Up Up")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the stream ends", func() bool { return n.Metrics().Open == 0 })
		m := n.Metrics().Filters[0]
		if m.Name != "guest" || m.Streams != uint64(k+1) || m.Calls[conn.Downstream].Count < uint64(2*(k+1)) || m.VMs == 0 || m.Memory < 1<<20 {
			t.Errorf("round %d: %+v", k, m)
		}
		if err := n.Reload(t.Context(), nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}, CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusedReloadSaysWhy(t *testing.T) {
	var log bytes.Buffer
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{upperFilter()}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	err := n.Reload(t.Context(), nasp.Config{Filters: []nasp.Filter{{File: "missing.wasm"}}})
	if err == nil || !strings.Contains(err.Error(), "stays as it was") || !strings.Contains(err.Error(), "missing.wasm") || !strings.HasPrefix(err.Error(), "nasp: ") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "missing.wasm") {
		t.Errorf("the log is %q", log.String())
	}
}

// TestShutdown waits for a connection that is there, and takes no other.
func TestShutdown(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}})
	b := newBroker(t, hasLower)
	c := dial(t, n, b.addr)
	done := make(chan error, 1)
	go func() { done <- n.Shutdown(t.Context()) }()
	eventually(t, "new connections are refused", func() bool {
		_, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", b.addr)
		return errors.Is(err, nasp.ErrShutdown) && errors.Is(err, net.ErrClosed)
	})
	if err := n.Reload(t.Context(), nasp.Config{}); !errors.Is(err, nasp.ErrShutdown) {
		t.Errorf("Reload: %v", err)
	}
	if _, err := c.Write([]byte("Up")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Fatal("Shutdown didn't wait:", err)
	default:
	}
	c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestShutdownWithoutTime closes what is left, native and Wasm.
func TestShutdownWithoutTime(t *testing.T) {
	for name, filter := range map[string]nasp.Filter{"native": upperFilter(), "wasm": testGuest(t, "")} {
		t.Run(name, func(t *testing.T) {
			n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{filter}})
			b := newBroker(t, hasLower)
			c := dial(t, n, b.addr)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := n.Shutdown(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(fmt.Sprint(err), "1 connections") {
				t.Errorf("got %v", err)
			}
			if _, err := c.Write([]byte("Up")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the connection goes on: %v", err)
			}
			if m := n.Metrics(); m.Open != 0 {
				t.Errorf("%d connections are open", m.Open)
			}
		})
	}
}

// TestShutdownUnderLoad: clients that work when it begins finish or are refused; nothing leaves unmasked.
func TestShutdownUnderLoad(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}, VMs: 2})
	b := newBroker(t, hasLower)
	var clients sync.WaitGroup
	var rounds atomic.Int64
	for range 4 {
		clients.Go(func() {
			for {
				if err := talk(n, b.addr, []byte("Usecret")); err != nil {
					if !errors.Is(err, nasp.ErrShutdown) {
						t.Error(err)
					}
					return
				}
				rounds.Add(1)
			}
		})
	}
	eventually(t, "clients talk", func() bool { return rounds.Load() > 20 })
	if err := n.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	clients.Wait()
	if b.leaked.Load() > 0 {
		t.Error("bytes reached the broker unmasked")
	}
}

// TestCloseWaitsForConnections that their users are closing at the same time: modules are told of their end, and no filter is blamed.
func TestCloseWaitsForConnections(t *testing.T) {
	var log bytes.Buffer
	n, err := nasp.New(t.Context(), nasp.Config{
		Filters: []nasp.Filter{testGuest(t, "")}, CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := newBroker(t, hasLower)
	const connections = 50
	for range connections {
		c := dial(t, n, b.addr)
		go func() { _, _ = io.Copy(io.Discard, c) }()
		go c.Close()
	}
	if err := n.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if ended := strings.Count(log.String(), "guest: stream ended"); ended != connections {
		t.Errorf("the guest was told of %d ends, want %d", ended, connections)
	}
	if m := n.Metrics(); m.Failed != 0 || m.Open != 0 || strings.Contains(log.String(), "level=WARN") {
		t.Errorf("%d connections failed, %d are open; the log is %q", m.Failed, m.Open, log.String())
	}
}
