package nasp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/internal/tlstest"
	"github.com/libnasp/libnasp/nasp"
)

func newInterceptor(t *testing.T, config nasp.Config) *nasp.Interceptor {
	t.Helper()
	n, err := tryInterceptor(t, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n
}

func tryInterceptor(t *testing.T, config nasp.Config) (*nasp.Interceptor, error) {
	t.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	config.CacheDir = testguest.CacheDir(t)
	return nasp.New(t.Context(), config)
}

// testGuest is the module of internal/testguest as a filter.
func testGuest(t *testing.T, configuration string) nasp.Filter {
	t.Helper()
	return nasp.Filter{Name: "guest", Wasm: testguest.Module(t), Configuration: []byte(configuration), TimeLimit: time.Minute}
}

// server is the other end of a connection: it collects what comes, and answers with answer.
type server struct {
	addr string
	mu   sync.Mutex
	got  bytes.Buffer
	end  chan struct{} // closed when the connection has ended
}

func newServer(t *testing.T, answer []byte) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: l.Addr().String(), end: make(chan struct{})}
	t.Cleanup(func() { l.Close() })
	go func() {
		defer close(s.end)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = c.Write(answer)
		_, _ = io.Copy(s, c)
	}()
	return s
}

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.Write(p)
}

// received waits for the end of the connection and returns all that came.
func (s *server) received(t *testing.T) []byte {
	t.Helper()
	select {
	case <-s.end:
	case <-time.After(20 * time.Second):
		t.Fatal("the connection didn't end")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.Bytes()
}

func dial(t *testing.T, n *nasp.Interceptor, addr string) net.Conn {
	t.Helper()
	c, err := (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestZeroConfigMasks(t *testing.T) {
	n := newInterceptor(t, nasp.Config{})
	s := newServer(t, nil)
	c := dial(t, n, s.addr)
	long := strings.Repeat("nothing to see here. ", 150_000) // 3 MB
	in := bytes.Join([][]byte{
		kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text("AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue", "My email is example@email.com")...)),
		kafkatest.Produce(2, 1, kafkatest.Batch(kafkatest.Text(long+"me@example.com")...), kafkatest.Batch(kafkatest.Text("fine")...)),
	}, nil)
	want := bytes.Join([][]byte{
		kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text("AWS_SECRET_ACCESS_KEY=*******************", "My email is *****************")...)),
		kafkatest.Produce(2, 1, kafkatest.Batch(kafkatest.Text(long+"**************")...), kafkatest.Batch(kafkatest.Text("fine")...)),
	}, nil)
	for b := in; len(b) > 0; { // frames cut anywhere
		k := min(len(b), 100_001)
		if m, err := c.Write(b[:k]); m != k || err != nil {
			t.Fatal(m, err)
		}
		b = b[k:]
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.received(t); !bytes.Equal(got, want) {
		t.Fatalf("the server got %d bytes that aren't the %d expected", len(got), len(want))
	}
}

func TestRefusalReachesTheClient(t *testing.T) {
	n := newInterceptor(t, nasp.Config{})
	batch := kafkatest.Batch(kafkatest.Text("me@example.com")...)
	batch[22] = 2 // snappy, says the header
	s := newServer(t, nil)
	c := dial(t, n, s.addr)
	if _, err := c.Write(kafkatest.Produce(7, 1, batch)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := s.received(t); bytes.Contains(got, []byte("example")) || len(got) != 4+8+4+4 {
		t.Errorf("%d bytes reached the server, want a request for no topic's metadata", len(got))
	}
}

func TestErrorsNameTheCause(t *testing.T) {
	lying := kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text("me@example.com")...))
	lying[3] -= 5 // the frame is longer than it says
	tests := map[string]struct {
		filter nasp.Filter
		in     []byte
		want   string
	}{
		"frame that lies":   {nasp.PII(""), lying, "Records at offset"},
		"TLS by the client": {nasp.PII(""), []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc"), "let nasp do TLS"},
		"not Kafka":         {nasp.PII(""), []byte("GET / HTTP/1.1\r\n\r\n"), "or this isn't Kafka's protocol"},
		"trap":              {testGuest(t, ""), []byte("Xit"), "proxy_on_downstream_data"},
		"panic":             {testGuest(t, ""), []byte("Panic"), "the filter panicked"},
		"error":             {testGuest(t, ""), []byte("Error"), "an error on purpose"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{test.filter}})
			s := newServer(t, nil)
			c := dial(t, n, s.addr)
			_, err := c.Write(test.in)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.filter.Name) {
				t.Errorf("Write: %v, want an error of filter %q that says %q", err, test.filter.Name, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "example") {
				t.Error("the error holds bytes of a record")
			}
			c.Close()
			if got := s.received(t); len(got) != 0 {
				t.Errorf("%d bytes left", len(got))
			}
		})
	}
}

// TestTrapEndsTheStreamsOfItsVM: the connections on the VM that died end, one that comes later works again.
func TestTrapEndsTheStreamsOfItsVM(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}, VMs: 1})
	bystander, s1 := newServer(t, nil), newServer(t, nil)
	other := dial(t, n, bystander.addr)
	if _, err := dial(t, n, s1.addr).Write([]byte("Xit")); err == nil {
		t.Fatal("no error")
	}
	if _, err := other.Write([]byte("Usecret")); err == nil {
		t.Error("a stream of the dead VM goes on")
	}
	other.Close()
	if got := bystander.received(t); len(got) != 0 {
		t.Errorf("%d bytes left unfiltered", len(got))
	}
	s2 := newServer(t, nil)
	var c net.Conn
	for deadline := time.Now().Add(20 * time.Second); c == nil; { // a new VM comes after a pause
		var err error
		if c, err = (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", s2.addr); err != nil {
			s2 = newServer(t, nil)
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if _, err := c.Write([]byte("Upper")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := s2.received(t); string(got) != "UPPER" {
		t.Errorf("got %q", got)
	}
}

func TestModulesThatCannotBeLoaded(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.wasm")
	if err := os.WriteFile(text, []byte("this is no module"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		filter nasp.Filter
		want   string
	}{
		"not Wasm":       {nasp.Filter{Name: "f", File: text}, "WebAssembly"},
		"no Proxy-Wasm":  {nasp.Filter{Name: "f", Wasm: []byte("\x00asm\x01\x00\x00\x00")}, "Proxy-Wasm"},
		"missing":        {nasp.Filter{Name: "f", File: text + "x"}, "no such file"},
		"digest":         {nasp.Filter{Name: "f", Wasm: testguest.Module(t), SHA256: strings.Repeat("0", 64)}, "SHA-256"},
		"configuration":  {nasp.PII(`{"filters":[{"name":"pii","config":{"kyes":"mask"}}]}`), "kyes"},
		"unknown filter": {nasp.PII(`{"filters":[{"name":"pi"}]}`), `"pi"`},
		"refused":        {testGuest(t, "refuse"), "proxy_on_configure"},
		"nothing":        {nasp.Filter{Name: "f"}, "exactly one"},
		"trusted file":   {nasp.Filter{Name: "f", File: text, Trusted: true}, "set SHA256"},
		"two sources":    {nasp.Filter{Name: "f", File: text, Wasm: []byte("x")}, "exactly one"},
	}
	for name, test := range tests {
		n, err := tryInterceptor(t, nasp.Config{Filters: []nasp.Filter{test.filter}})
		if err == nil {
			n.Close(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "nasp: ") {
			t.Errorf("%s: %v, want an error that says %q", name, err, test.want)
		}
	}
}

func TestDialErrors(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	if _, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", addr); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := new(nasp.Dialer).Dial("tcp", addr); err == nil || !strings.Contains(err.Error(), "Interceptor") {
		t.Errorf("no interceptor: %v", err)
	}
	plain := newServer(t, []byte("this isn't TLS, whatever the client may think"))
	d := &nasp.Dialer{Interceptor: n, TLS: tlstest.New(t).Client}
	if _, err := d.Dial("tcp", plain.addr); err == nil || !strings.Contains(err.Error(), "TLS with "+plain.addr) {
		t.Errorf("TLS to a server without: %v", err)
	}
}

func TestContextOfDialEndsNoConnection(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}})
	s := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := (&nasp.Dialer{Interceptor: n}).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := c.Write([]byte("Upper")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := s.received(t); string(got) != "UPPER" {
		t.Errorf("got %q", got)
	}
	if _, err := (&nasp.Dialer{Interceptor: n}).DialContext(ctx, "tcp", s.addr); !errors.Is(err, context.Canceled) {
		t.Errorf("dialling with a cancelled context: %v", err)
	}
}

func TestOrderOfFilters(t *testing.T) {
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, ""), nasp.PII("")}})
	s := newServer(t, nil)
	c := dial(t, n, s.addr)
	if _, err := c.Write([]byte("Up: no request of Kafka")); err == nil || !strings.Contains(err.Error(), `"pii"`) {
		t.Errorf("got %v, want the second filter to refuse what the first has made", err)
	}
}
