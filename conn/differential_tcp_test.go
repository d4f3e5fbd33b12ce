package conn_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// TestDifferentialTCP is TestDifferential on real sockets, in real time. It does only what has the same outcome however fast the kernel is: it
// reads what is known to be on its way, and waits in vain only where nothing is.
func TestDifferentialTCP(t *testing.T) {
	for seed := range uint64(60) {
		x, y := tcpPipe(t)
		plain := traceTCP(t, x.(twoWay), y.(twoWay), seed)
		for _, v := range differentialVariants {
			x, y := tcpPipe(t)
			cfg := conn.Config{Filters: v.filters(rand.New(rand.NewPCG(seed, 4))), Server: seed%2 == 0}
			c, err := conn.New(context.Background(), x, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if wrapped := traceTCP(t, c, y.(twoWay), seed); !slices.Equal(plain, wrapped) {
				t.Fatalf("filters %q, seed %d:\nplain   %v\nwrapped %v", v.name, seed, plain, wrapped)
			}
		}
	}
}

// tcpTrace is the state of both ends, by end.
type tcpTrace struct {
	t        *testing.T
	ends     [2]twoWay
	rnd      *rand.Rand
	wrote    [2]int // by the end
	read     [2]int // of what the other wrote
	ended    [2]bool
	outcomes []outcome
}

func traceTCP(t *testing.T, x, y twoWay, seed uint64) []outcome {
	w := &tcpTrace{t: t, ends: [2]twoWay{x, y}, rnd: rand.New(rand.NewPCG(seed, 5))}
	defer y.Close()
	for range 60 {
		end := w.rnd.IntN(2)
		switch w.rnd.IntN(12) {
		case 0, 1, 2, 3:
			w.write(end)
		case 4, 5, 6, 7, 8:
			w.readSome(end)
		case 9:
			w.deadlinePassed(end)
		case 10:
			if !w.ended[end] && w.rnd.IntN(4) == 0 {
				w.note(xCloseWrite, 0, w.ends[end].CloseWrite())
				w.ended[end] = true
			}
		}
	}
	for w.read[endX] < w.wrote[endY] { // closing with unread bytes resets the connection
		w.readSome(endX)
	}
	w.note(xClose, 0, x.Close())
	for _, call := range []func([]byte) (int, error){x.Read, x.Write} {
		_, err := call(make([]byte, 1))
		w.note(xRead, 0, err)
	}
	w.note(xDeadline, 0, x.SetDeadline(time.Now()))
	w.note(xCloseWrite, 0, x.CloseWrite())
	rest, err := io.ReadAll(y)
	w.check(endY, rest)
	w.note(yRead, len(rest), err)
	return w.outcomes
}

func (w *tcpTrace) note(o op, n int, err error) {
	w.outcomes = append(w.outcomes, outcome{len(w.outcomes), o, n, kind(err)})
}

func (w *tcpTrace) check(end int, p []byte) {
	w.t.Helper()
	if err := checkSeq(w.read[end], p); err != nil {
		w.t.Error(err)
	}
	w.read[end] += len(p)
}

func (w *tcpTrace) write(end int) {
	p := seq(w.wrote[end], 1+w.rnd.IntN(3000))
	total, err := 0, error(nil)
	for total < len(p) && err == nil {
		var n int
		n, err = w.ends[end].Write(p[total : total+piece(w.rnd, len(p)-total)])
		total += n
	}
	w.wrote[end] += total
	w.note(xWrite, total, err)
}

// readSome reads a part of what is on its way, or the end, or waits in vain.
func (w *tcpTrace) readSome(end int) {
	c := w.ends[end]
	p := make([]byte, piece(w.rnd, w.wrote[1-end]-w.read[end]))
	if len(p) > 0 {
		n, err := io.ReadFull(c, p)
		w.check(end, p[:n])
		w.note(xRead, n, err)
		return
	}
	if !w.ended[1-end] {
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		defer c.SetReadDeadline(time.Time{})
	}
	n, err := c.Read(make([]byte, 1+w.rnd.IntN(100)))
	w.note(xRead, n, err)
}

func (w *tcpTrace) deadlinePassed(end int) {
	var c net.Conn = w.ends[end]
	c.SetDeadline(time.Now().Add(-time.Second))
	defer c.SetDeadline(time.Time{})
	_, err := c.Read(make([]byte, 1))
	w.note(xRead, 0, err)
	_, err = c.Write([]byte{1})
	w.note(xWrite, 0, err)
}
