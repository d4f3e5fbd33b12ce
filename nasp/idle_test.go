package nasp_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/nasp"
)

// TestIdleConnections measures what 10,000 idle connections cost beyond as many plain ones: in Go's heap and stacks, and in the memory of
// the guests of the built-in filter. Each has a goroutine in Read with room for four bytes, as clients wait for the size of the next response.
func TestIdleConnections(t *testing.T) {
	const limit = 16 << 10
	connections := 10_000
	if raceDetector {
		connections = 100
	}
	plain := measureIdle(t, connections, func(nc net.Conn) net.Conn { return nc }, func() uint64 { return 0 })
	n := newInterceptor(t, nasp.Config{VMs: 2})
	wrapped := measureIdle(t, connections, func(nc net.Conn) net.Conn {
		c, err := n.Client(context.Background(), nc)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}, func() uint64 { return n.Metrics().Filters[0].Memory })
	for i, when := range []string{"new", "after a request and a response of 60 KB"} {
		goes := (wrapped[i].goes - plain[i].goes) / int64(connections)
		guest := wrapped[i].guest / int64(connections)
		t.Logf("%s: %d bytes of Go's memory and %d of the guests' for each connection", when, goes, guest)
		if goes+guest > limit && !raceDetector {
			t.Errorf("%s: more than %d bytes", when, limit)
		}
		if more := wrapped[i].goroutines - plain[i].goroutines; more > 20 {
			t.Errorf("%s: %d goroutines more than plain connections have", when, more)
		}
	}
}

// idleCost is for all connections, in bytes but for the goroutines.
type idleCost struct{ goes, guest, goroutines int64 }

// measureIdle opens connections, and measures before and after each has worked.
func measureIdle(t *testing.T, n int, wrap func(net.Conn) net.Conn, guest func() uint64) (cost []idleCost) {
	request := kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text(strings.Repeat("a line of text ", 4000)+"me@example.com")...))
	response := kafkatest.Frame(append(binary.BigEndian.AppendUint32(nil, 1), make([]byte, 60_000)...))
	first, _ := newIdleSocket() // what all share is made for the first
	defer wrap(first).Close()
	goes, before := goMemory(), guest()
	note := func() {
		cost = append(cost, idleCost{goMemory() - goes, int64(guest()) - int64(before), int64(runtime.NumGoroutine())})
	}

	conns, peers := make([]net.Conn, n), make([]*idleSocket, n)
	var readers, arrived sync.WaitGroup
	arrived.Add(n)
	for i := range conns {
		nc, peer := newIdleSocket()
		conns[i], peers[i] = wrap(nc), peer
		readers.Go(func() { readResponses(conns[i], &arrived) })
	}
	time.Sleep(100 * time.Millisecond) // they come to their Read
	note()
	for i, c := range conns {
		for b := request; len(b) > 0; { // in two pieces, as a socket that is full makes it
			k := min(len(b), 40_000)
			if _, err := c.Write(b[:k]); err != nil {
				t.Fatal(err)
			}
			b = b[k:]
		}
		peers[i].send(response)
	}
	arrived.Wait()
	time.Sleep(100 * time.Millisecond)
	note()
	for _, c := range conns {
		c.Close()
	}
	readers.Wait()
	return cost
}

// readResponses reads as Kafka clients do: a size, and then so many bytes.
func readResponses(c net.Conn, arrived *sync.WaitGroup) {
	size := make([]byte, 4)
	for {
		if _, err := io.ReadFull(c, size); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(size))); err != nil {
			return
		}
		arrived.Done()
	}
}

// goMemory returns the bytes of Go's heap and stacks that are in use.
func goMemory() int64 {
	runtime.GC()
	runtime.GC() // what pools kept
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// idleSocket is a socket that takes everything and gives what send was called with. The system's sockets would need two descriptors a connection.
type idleSocket struct {
	net.Conn
	in     chan []byte
	rest   []byte
	closed chan struct{}
}

func newIdleSocket() (net.Conn, *idleSocket) {
	s := &idleSocket{in: make(chan []byte, 1), closed: make(chan struct{})}
	return s, s
}

func (s *idleSocket) send(b []byte) { s.in <- b }

func (s *idleSocket) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		select {
		case s.rest = <-s.in:
		case <-s.closed:
			return 0, io.EOF
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *idleSocket) Write(p []byte) (int, error)      { return len(p), nil }
func (s *idleSocket) Close() error                     { close(s.closed); return nil }
func (s *idleSocket) SetDeadline(time.Time) error      { return nil }
func (s *idleSocket) SetReadDeadline(time.Time) error  { return nil }
func (s *idleSocket) SetWriteDeadline(time.Time) error { return nil }
func (s *idleSocket) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *idleSocket) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
