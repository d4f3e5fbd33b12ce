package nasp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
)

// upperBoth changes both directions; it wants only those that are set.
type upperBoth struct {
	upper
	down, up bool
}

func (u upperBoth) Wants(d conn.Direction) bool {
	return u.down && d == conn.Downstream || u.up && d == conn.Upstream
}

func (upperBoth) OnUpstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	return conn.Continue, b.Splice(0, b.Len(), bytes.ToUpper(b.Bytes()))
}

func upperBothFilter(d nasp.Directions, down, up bool) nasp.Filter {
	return nasp.Filter{Name: "both", Directions: d, New: func() (conn.Filter, error) { return upperBoth{down: down, up: up}, nil }}
}

// exchange sends request over a new connection, and returns what the server got and what the client got for answer.
func exchange(t *testing.T, n *nasp.Interceptor, request, answer string) (sent, got string, err error) {
	t.Helper()
	s := newServer(t, []byte(answer))
	c := dial(t, n, s.addr)
	for _, b := range []byte(request) { // byte by byte
		if _, err = c.Write([]byte{b}); err != nil {
			break
		}
	}
	if err == nil {
		b := make([]byte, len(answer))
		_, err = io.ReadFull(c, b)
		got = string(b)
	}
	c.Close()
	return string(s.received(t)), got, err
}

func TestDirections(t *testing.T) {
	for name, test := range map[string]struct {
		directions nasp.Directions
		sent, got  string
	}{
		"both":       {nasp.BothDirections, "ASK", "TELL"},
		"downstream": {nasp.DownstreamOnly, "ASK", "tell"},
		"upstream":   {nasp.UpstreamOnly, "ask", "TELL"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{upperBothFilter(test.directions, true, true)}})
			sent, got, err := exchange(t, n, "ask", "tell")
			if err != nil || sent != test.sent || got != test.got {
				t.Errorf("sent %q, got %q, %v", sent, got, err)
			}
		})
	}
}

// TestTLSInside: a filter that would see ciphertext gets the connection ended with an error that says what to do, whichever direction it wants, however
// the bytes are cut.
func TestTLSInside(t *testing.T) {
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
	serverHello := "\x16\x03\x03\x00\x7a\x02\x00\x00"
	allowed := upperBothFilter(nasp.BothDirections, true, true)
	allowed.AllowTLS = true
	for name, test := range map[string]struct {
		filters         []nasp.Filter
		request, answer string
		refused         bool
	}{
		"client":                  {[]nasp.Filter{upperBothFilter(0, true, true)}, hello, "", true},
		"only upstream is wanted": {[]nasp.Filter{upperBothFilter(0, false, true)}, hello, serverHello, true},
		"nothing is wanted":       {[]nasp.Filter{upperBothFilter(0, false, false)}, hello, serverHello, false},
		"second filter wants it":  {[]nasp.Filter{{Name: "none", New: upperBothFilter(0, false, false).New}, upperBothFilter(0, true, false)}, hello, "", true},
		"allowed":                 {[]nasp.Filter{allowed}, hello, "", false},
		"not TLS":                 {[]nasp.Filter{upperBothFilter(0, true, true)}, "\x16\x03\x01\x02\x00\x03 no hello", "", false},
		"SSH":                     {[]nasp.Filter{upperBothFilter(0, true, true)}, "SSH-2.0", "SSH-2.0", false},
		"later in the stream":     {[]nasp.Filter{upperBothFilter(0, true, true)}, "X" + hello, "", false},
		"Wasm":                    {[]nasp.Filter{testGuest(t, "")}, hello, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			n := newInterceptor(t, nasp.Config{Filters: test.filters})
			sent, _, err := exchange(t, n, test.request, test.answer)
			if !test.refused {
				if err != nil {
					t.Error(err)
				}
				return
			}
			for _, want := range []string{"got TLS", "nasp.Dialer", "AllowTLS"} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v doesn't say %q", err, want)
				}
			}
			if test.answer == "" && len(sent) > 5 {
				t.Errorf("%d bytes left", len(sent))
			}
			if m := n.Metrics(); m.Failed != 1 {
				t.Errorf("%d connections failed", m.Failed)
			}
		})
	}
}

// TestFailurePolicy: a filter that can't start refuses connections, or is left out where its configuration wants that.
func TestFailurePolicy(t *testing.T) {
	broken := errors.New("broken")
	for name, open := range map[string]bool{"closed": false, "open": true} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			f := nasp.Filter{Name: "broken", FailOpen: open, New: func() (conn.Filter, error) { return nil, broken }}
			n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{upperFilter(), f}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			s := newServer(t, nil)
			c, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", s.addr)
			if !open {
				if !errors.Is(err, broken) {
					t.Errorf("got %v", err)
				}
				if m := n.Metrics(); m.Refused != 1 || m.Open != 0 {
					t.Errorf("metrics %+v", m)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.Write([]byte("up"))
			c.Close()
			if got := s.received(t); string(got) != "UP" {
				t.Errorf("the filter that works made %q", got)
			}
			if m := n.Metrics(); m.Filters[0].Skipped != 1 || m.Refused != 0 {
				t.Errorf("metrics %+v", m)
			}
			if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "filter=broken") {
				t.Errorf("the log is %q", log.String())
			}
		})
	}
}

// TestFailOpenWithoutVM: with its only VM gone, a module that may be left out is, and one that may not isn't. A connection of before ends either way.
func TestFailOpenWithoutVM(t *testing.T) {
	for name, open := range map[string]bool{"closed": false, "open": true} {
		t.Run(name, func(t *testing.T) {
			f := testGuest(t, "")
			f.FailOpen, f.MinBackoff = open, hang // no new VM in this test
			n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{f}, VMs: 1})
			b := newBroker(t, hasLower)
			c := dial(t, n, b.addr)
			if _, err := c.Write([]byte("Xit")); err == nil {
				t.Error("the guest lives on")
			}
			next, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", b.addr)
			if (err == nil) != open {
				t.Errorf("a new connection: %v", err)
			}
			if err == nil {
				if _, plain := next.(*net.TCPConn); !plain {
					t.Errorf("a connection without filters is a %T", next)
				}
				next.Close()
			}
			m := n.Metrics()
			if m.Filters[0].Traps != 1 || m.Filters[0].VMs != 0 || (m.Filters[0].Skipped == 1) != open || b.leaked.Load() > 0 {
				t.Errorf("metrics %+v, %d leaks", m, b.leaked.Load())
			}
		})
	}
}

// TestUntouched: a connection that no rule matches is the one that the base dialer made.
func TestUntouched(t *testing.T) {
	s := newServer(t, nil)
	n := newInterceptor(t, nasp.Config{Rules: []nasp.Rule{{Addresses: []string{"192.0.2.1"}}}, Filters: []nasp.Filter{upperFilter()}})
	var base net.Conn
	d := &nasp.Dialer{Interceptor: n, Base: func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
		base, err = new(net.Dialer).DialContext(ctx, network, addr)
		return base, err
	}}
	c, err := d.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c != base {
		t.Errorf("the connection is a %T", c)
	}
	if m := n.Metrics(); m.Passed != 1 || m.Opened != 0 || len(n.Streams()) != 0 {
		t.Errorf("metrics %+v", m)
	}
}

// TestDialHonoursItsContext: a filter that doesn't start, for example because its virtual machine isn't free, holds up no dial longer than its
// context says, and the connection is closed.
func TestDialHonoursItsContext(t *testing.T) {
	entered := make(chan struct{})
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{{Name: "waits", New: func() (conn.Filter, error) { return waiting{entered: entered}, nil }}}})
	s := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := (&nasp.Dialer{Interceptor: n}).DialContext(ctx, "tcp", s.addr)
		done <- err
	}()
	<-entered
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.received(t)
	if m := n.Metrics(); m.Open != 0 || m.Refused != 1 {
		t.Errorf("metrics %+v", m)
	}
}

// waiting waits in its start until its context ends.
type waiting struct {
	passThrough
	entered chan struct{}
}

func (w waiting) OnNewConnection(ctx context.Context, _ conn.Controller) (conn.Action, error) {
	close(w.entered)
	<-ctx.Done()
	return conn.Continue, ctx.Err()
}

// TestEvents: what is logged of a connection names it, and holds nothing of its bytes.
func TestEvents(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	n, err := nasp.New(t.Context(), nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}, Logger: logger, CacheDir: testguest.CacheDir(t), Rules: []nasp.Rule{{Name: "my rule"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"Usecret", "Error with a secret", "Panic with a secret", "Xit with a secret"} {
		s := newServer(t, nil)
		c, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		if info := n.Streams(); len(info) != 1 || info[0].Rule != "my rule" || info[0].Remote != s.addr || info[0].Filters[0] != "guest" {
			t.Errorf("the streams are %+v", info)
		}
		_, _ = c.Write([]byte(request))
		c.Close()
		s.received(t)
	}
	if err := n.Close(context.Background()); err != nil {
		t.Error(err)
	}
	for what, count := range map[string]int{"a connection has started": 4, "a connection has ended": 4, "a filter ended a connection": 3, "written=7": 1, `rule="my rule"`: 4} {
		if got := strings.Count(log.String(), what); got != count {
			t.Errorf("%q is logged %d times, want %d:\n%s", what, got, count, log.String())
		}
	}
	if strings.Contains(strings.ToLower(log.String()), "secret") {
		t.Error("bytes of a stream are logged")
	}
}
