package nasp_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest/filter"
	"github.com/libnasp/libnasp/nasp"
)

// The fault table, docs/faults.md: each row breaks something under a client that produces through the PII filter. Whatever breaks, the
// broker gets a prefix of what should have come, byte by byte, so nothing that isn't masked; what it has acknowledged is
// there; the client gets an error; and no goroutine is left. test/e2e has the rows that need a real broker.

// faultBroker records all that comes, and acknowledges each request after it has come to its end.
type faultBroker struct {
	net.Listener
	answer []byte // behind the correlation id
	after  int    // bytes after which it resets each connection, 0 for never

	mu    sync.Mutex
	conns map[net.Conn]*bytes.Buffer
	wg    sync.WaitGroup
}

func newFaultBroker(t *testing.T, b *faultBroker) *faultBroker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.Listener, b.conns = l, map[net.Conn]*bytes.Buffer{}
	b.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got := &bytes.Buffer{}
			b.mu.Lock()
			b.conns[c] = got
			b.mu.Unlock()
			b.wg.Go(func() { b.serve(c, got) })
		}
	})
	return b
}

func (b *faultBroker) serve(c net.Conn, got *bytes.Buffer) {
	defer c.Close()
	p := make([]byte, 1000)
	for frames := 0; ; {
		n, err := c.Read(p)
		b.mu.Lock()
		got.Write(p[:n])
		all := got.Bytes()
		b.mu.Unlock()
		if b.after > 0 && len(all) >= b.after {
			_ = c.(*net.TCPConn).SetLinger(0) // a reset
			return
		}
		for {
			id, size := frameAt(all, frames)
			if size == 0 {
				break
			}
			_, _ = c.Write(kafkatest.Frame(append(binary.BigEndian.AppendUint32(nil, id), b.answer...)))
			frames += size
		}
		if err != nil {
			return
		}
	}
}

// frameAt returns the correlation id and the size of the whole frame that begins at a byte, 0 if there is none.
func frameAt(b []byte, at int) (id uint32, size int) {
	if b = b[at:]; len(b) < 12 {
		return 0, 0
	}
	if size = 4 + int(binary.BigEndian.Uint32(b)); len(b) < size {
		return 0, 0
	}
	return binary.BigEndian.Uint32(b[8:]), size
}

// stop ends the broker and returns what came on each connection.
func (b *faultBroker) stop() (streams [][]byte) {
	b.Close()
	b.mu.Lock()
	for c := range b.conns {
		c.Close()
	}
	b.mu.Unlock()
	b.wg.Wait()
	for _, got := range b.conns {
		streams = append(streams, got.Bytes())
	}
	return streams
}

// A record with something to mask, and what should come of it.
func secretRecord(i int) (sent, masked string) {
	mail := fmt.Sprintf("user%04d@example.com", i)
	sent = fmt.Sprintf("record %d is of %s, and long enough to come in several segments: %s", i, mail, strings.Repeat("x", 3000))
	return sent, strings.Replace(sent, mail, strings.Repeat("*", len(mail)), 1)
}

// faultClient produces requests through a connection, one after the other.
type faultClient struct {
	c       net.Conn
	want    []byte // the masked requests, one behind the other
	acked   int    // so many of them
	writing error
	reading error
}

// produce sends a request and waits for its answer. mark makes the faulty filter fail.
func (f *faultClient) produce(i int, mark string) error {
	sent, masked := secretRecord(i)
	request := kafkatest.Produce(int32(i), 1, kafkatest.Batch(kafkatest.Text(mark+sent)...))
	f.want = append(f.want, kafkatest.Produce(int32(i), 1, kafkatest.Batch(kafkatest.Text(mark+masked)...))...)
	for b := request; len(b) > 0; {
		n, err := f.c.Write(b[:min(len(b), 1500)])
		if err != nil {
			f.writing = err
			return err
		}
		b = b[n:]
	}
	response := make([]byte, 8)
	_ = f.c.SetReadDeadline(time.Now().Add(hang))
	_, err := io.ReadFull(f.c, response)
	if err == nil {
		_, err = io.CopyN(io.Discard, f.c, int64(binary.BigEndian.Uint32(response))-4)
	}
	if err != nil {
		f.reading = err
		return err
	}
	f.acked++
	return nil
}

// check compares what the broker has got with what it should have.
func (f *faultClient) check(t *testing.T, streams [][]byte) {
	t.Helper()
	for _, got := range streams {
		if !bytes.HasPrefix(f.want, got) {
			t.Errorf("the broker got %d bytes that are no beginning of the masked requests", len(got))
		}
	}
	whole := 0
	for _, got := range streams {
		for at := 0; ; whole++ {
			_, size := frameAt(got, at)
			if size == 0 {
				break
			}
			at += size
		}
	}
	if whole < f.acked {
		t.Errorf("%d requests were acknowledged, and the broker has %d", f.acked, whole)
	}
}

// faulty returns the test guest that fails so, behind which is the PII filter.
func faulty(t *testing.T, configuration string) []nasp.Filter {
	f := testGuest(t, configuration)
	f.Name = "faulty"
	if strings.Contains(configuration, "hang") {
		f.TimeLimit = time.Second
	}
	return []nasp.Filter{f, nasp.PII("")}
}

func TestFaultsOfGuests(t *testing.T) {
	const filterError, closed, either, dial = "FilterError", "ErrClosedByFilter", "either", "dialling"
	rows := []struct {
		config string
		want   string // what the client sees
		text   string // in it
		limit  uint64 // memory of a VM
	}{
		{config: "fault trap new", want: dial, text: "proxy_on_context_create"},
		{config: "fault trap connection", want: dial, text: "proxy_on_new_connection"},
		{config: "fault trap downstream", want: filterError, text: "proxy_on_downstream_data"},
		{config: "fault trap upstream", want: filterError, text: "proxy_on_upstream_data"},
		{config: "fault trap tick", want: either, text: "proxy_on_tick"},
		{config: "fault trap queue", want: either, text: "proxy_on_queue_ready"},
		{config: "fault trap downstream-close"},
		{config: "fault trap upstream-close"},
		{config: "fault trap end"},
		{config: "fault hang connection", want: dial, text: "time limit"},
		{config: "fault hang downstream", want: filterError, text: "time limit"},
		{config: "fault hang upstream", want: filterError, text: "time limit"},
		{config: "fault hang tick", want: either, text: "time limit"},
		{config: "fault hang end"},
		{config: "fault memory downstream", want: filterError, text: "proxy_on_downstream_data", limit: 32 << 20},
		{config: "fault memory upstream", want: filterError, text: "proxy_on_upstream_data", limit: 32 << 20},
		{config: "fault panic downstream", want: closed, text: "the filter panicked"},
		{config: "fault panic upstream", want: closed, text: "the filter panicked"},
		{config: "fault error downstream", want: closed, text: "an error on purpose"},
		{config: "fault error upstream", want: closed, text: "an error on purpose"},
	}
	for i, row := range rows {
		if raceDetector && i%5 != 2 {
			continue // each takes ten seconds then
		}
		t.Run(row.config, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			b := newFaultBroker(t, &faultBroker{answer: []byte(" all is well")})
			n, err := tryInterceptor(t, nasp.Config{Filters: faulty(t, row.config), VMs: 1, MemoryLimit: row.limit})
			if err != nil {
				t.Fatal(err)
			}
			f := &faultClient{}
			f.c, err = (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", b.Addr().String())
			if err == nil {
				mark := ""
				if row.want != "" {
					mark = filter.FaultMark + " "
				}
				err = f.run(mark)
				f.c.Close()
			} else if row.want != dial {
				t.Error(err)
			}
			checkFault(t, err, row.want, row.text)
			if traps := n.Metrics().Filters[0].Traps; traps == 0 && !strings.Contains(row.config, "panic") && !strings.Contains(row.config, "error") {
				t.Error("the guest has not failed")
			}
			if err := n.Close(context.Background()); err != nil {
				t.Error(err)
			}
			f.check(t, b.stop())
		})
	}
}

// run produces until an error, that the third request causes if it is to.
func (f *faultClient) run(mark string) error {
	for i := range 5 {
		text := ""
		if i == 2 {
			text = mark
		}
		if err := f.produce(i, text); err != nil {
			return err
		}
		if text != "" {
			time.Sleep(50 * time.Millisecond) // what fails in the background fails before the next
		}
	}
	return nil
}

func checkFault(t *testing.T, err error, want, text string) {
	t.Helper()
	var fe *conn.FilterError
	switch want {
	case "":
		if err != nil {
			t.Errorf("the client sees %v, want nothing", err)
		}
		return
	case "FilterError":
		if !errors.As(err, &fe) {
			t.Errorf("the client sees %v, want a FilterError", err)
		}
	case "either": // a call of the client that was waiting for the virtual machine meanwhile gives a FilterError
		if !errors.As(err, &fe) && !errors.Is(err, conn.ErrClosedByFilter) {
			t.Errorf("the client sees %v, want that a filter ended the connection", err)
		}
	case "ErrClosedByFilter":
		if !errors.Is(err, conn.ErrClosedByFilter) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("the client sees %v, want ErrClosedByFilter", err)
		}
	}
	if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "faulty") {
		t.Errorf("the client sees %v, want an error of the filter that says %q", err, text)
	}
	if err != nil && strings.Contains(err.Error(), "example") {
		t.Error("the error holds bytes of a record")
	}
}

// failing is a filter in Go that holds back or fails.
type failing struct {
	conn.Filter
	data func(b *conn.Buffer) (conn.Action, error)
}

func (f failing) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (f failing) OnDownstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	return f.data(b)
}

func (f failing) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (f failing) OnClose(conn.Peer) {}

var errOnPurpose = errors.New("an error on purpose")

func TestFaultsBesidesGuests(t *testing.T) {
	marked := func(then func() (conn.Action, error)) nasp.Filter {
		return nasp.Filter{Name: "faulty", New: func() (conn.Filter, error) {
			return failing{data: func(b *conn.Buffer) (conn.Action, error) {
				if bytes.Contains(b.Bytes(), []byte(filter.FaultMark)) {
					return then()
				}
				return conn.Continue, nil
			}}, nil
		}}
	}
	one := len(kafkatest.Produce(0, 1, kafkatest.Batch(kafkatest.Text(first(secretRecord(0)))...)))
	rows := map[string]struct {
		filters []nasp.Filter
		mark    string
		after   int     // see faultBroker
		is      []error // one of them is what the client sees
		text    string
	}{
		"broker ends in the middle of a request": {after: 2*one + one/2, is: []error{syscall.ECONNRESET, syscall.EPIPE, io.EOF}},
		"broker resets behind a request":         {after: 2 * one, is: []error{syscall.ECONNRESET, syscall.EPIPE, io.EOF}},
		"filter error": {
			filters: []nasp.Filter{marked(func() (conn.Action, error) { return conn.Continue, errOnPurpose }), nasp.PII("")},
			mark:    filter.FaultMark + " ",
			is:      []error{errOnPurpose},
		},
		"buffer bound": {
			filters: []nasp.Filter{marked(func() (conn.Action, error) { return conn.Pause, nil }), nasp.PII("")},
			mark:    filter.FaultMark + strings.Repeat("y", 3000),
			is:      []error{conn.ErrBufferFull},
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			b := newFaultBroker(t, &faultBroker{after: row.after})
			n, err := tryInterceptor(t, nasp.Config{Filters: row.filters, VMs: 1, MaxBuffered: 4000})
			if err != nil {
				t.Fatal(err)
			}
			f := &faultClient{}
			if f.c, err = (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", b.Addr().String()); err != nil {
				t.Fatal(err)
			}
			err = f.run(row.mark)
			if !slices.ContainsFunc(row.is, func(target error) bool { return errors.Is(err, target) }) {
				t.Errorf("the client sees %v, want one of %v", err, row.is)
			}
			if err := f.c.Close(); name == "buffer bound" && !errors.Is(err, conn.ErrDiscarded) {
				t.Errorf("Close: %v, want the bytes that are lost", err)
			}
			if err := n.Close(context.Background()); err != nil {
				t.Error(err)
			}
			f.check(t, b.stop())
		})
	}
}

func first(s, _ string) string { return s }

// TestFaultShutdownUnderLoad ends the process's filters while many connections produce.
func TestFaultShutdownUnderLoad(t *testing.T) {
	for name, end := range map[string]func(*nasp.Interceptor) error{
		"Close": func(n *nasp.Interceptor) error { return n.Close(context.Background()) },
		"Shutdown": func(n *nasp.Interceptor) error {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			if err := n.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("Shutdown = %w, want that connections were left", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			n, err := tryInterceptor(t, nasp.Config{VMs: 2})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			var working sync.WaitGroup
			const clients = 20
			working.Add(clients)
			for range clients {
				b := newFaultBroker(t, &faultBroker{}) // one each: its stream is compared with its client's
				f := &faultClient{}
				if f.c, err = (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", b.Addr().String()); err != nil {
					t.Fatal(err)
				}
				wg.Go(func() {
					defer f.c.Close()
					for i := 0; ; i++ {
						if err := f.produce(i, ""); err != nil {
							if !errors.Is(err, net.ErrClosed) {
								t.Errorf("the client sees %v", err)
							}
							break
						}
						if i == 3 {
							working.Done()
						}
					}
					f.check(t, b.stop())
				})
			}
			working.Wait()
			if err := end(n); err != nil {
				t.Error(err)
			}
			wg.Wait()
			_, err = (&nasp.Dialer{Interceptor: n}).Dial("tcp", "127.0.0.1:1")
			if !errors.Is(err, nasp.ErrShutdown) && err == nil {
				t.Errorf("dialling afterwards: %v", err)
			}
		})
	}
}
