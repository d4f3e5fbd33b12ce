package conn_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// The differential test does the same to a plain connection and to a wrapped one whose filters change nothing, and wants the same to
// come of it: bytes, kinds of errors, ends of streams. x is the end that is wrapped or not, y its peer.
//
// It runs in fake time, which passes when all that could happen has happened, and compares at these moments only. So nothing depends on
// how fast something was: a difference is a difference.

// step is one thing that is done. size is a number of bytes, or tells which deadline is set.
type step struct {
	op   op
	size int
	// now means that the next step follows at once, before what this one began has come to its end.
	now bool
}

type op uint8

const (
	xWrite op = iota
	xRead
	yWrite
	yRead
	xReadDeadline
	xWriteDeadline
	xDeadline
	yReadDeadline
	yWriteDeadline
	xCloseWrite
	yCloseWrite
	xClose
	yClose
	ops // how many
)

var opNames = [ops]string{"x writes", "x reads", "y writes", "y reads", "read deadline of x", "write deadline of x", "deadlines of x",
	"read deadline of y", "write deadline of y", "x closes its write side", "y closes its write side", "x closes", "y closes"}

func (s step) String() string {
	text := opNames[s.op]
	switch {
	case s.op <= yRead:
		text += " " + strconv.Itoa(s.size)
	case s.op <= yWriteDeadline:
		text += " " + []string{"none", "past", "soon", "later"}[s.size%4]
	}
	if s.now {
		text += ", and at once:"
	}
	return text
}

// A tick passes between two steps, and a pause before some. No sum of them is the time of a deadline, so that a step and a deadline are
// never at the same moment. A hundred filters that are late in a row take less than a pause.
const (
	tick     = 10 * time.Millisecond
	pauseFor = 530 * time.Microsecond
	soon     = 5007 * time.Microsecond
	lateness = time.Microsecond
	linger   = time.Millisecond
)

// overTLS leaves deadlines out, and reads of nothing: a *tls.Conn gives what it has decrypted also after the deadline, and nothing also when
// it is closed.
func (s step) overTLS() step {
	switch {
	case s.op == xRead || s.op == yRead:
		s.size = max(s.size, 1)
	case s.op >= xReadDeadline && s.op <= yWriteDeadline:
		s.size = 0
	}
	return s
}

func deadlineOf(size int) time.Time {
	switch size % 4 {
	case 1:
		return time.Now().Add(-time.Second)
	case 2:
		return time.Now().Add(soon)
	case 3:
		return time.Now().Add(3*tick + soon)
	}
	return time.Time{}
}

// variant is what is compared with a plain connection.
type variant struct {
	name    string
	window  int // of memTCP
	filters func(*rand.Rand) []conn.Filter
	// A filter that pauses lets Write return before the socket has taken the bytes. So there is no window that could be full, and an error
	// of the socket comes one call later.
	pauses bool
	// tls puts TLS beneath the filters.
	tls bool
}

var differentialVariants = []variant{
	{name: "no filter", window: 100, filters: func(*rand.Rand) []conn.Filter { return nil }},
	{name: "pass", window: 100, filters: func(*rand.Rand) []conn.Filter { return []conn.Filter{pass{}} }},
	{name: "copy", window: 40, filters: func(r *rand.Rand) []conn.Filter { return []conn.Filter{newLate(r, 0)} }},
	{name: "pass, TLS", tls: true, filters: func(*rand.Rand) []conn.Filter { return []conn.Filter{pass{}} }},
	{name: "pause, TLS", tls: true, pauses: true, filters: func(r *rand.Rand) []conn.Filter { return []conn.Filter{newLate(r, 2), pass{}} }},
	{name: "pause", pauses: true, filters: func(r *rand.Rand) []conn.Filter { return []conn.Filter{newLate(r, 2)} }},
	{name: "three, all pause", pauses: true, filters: func(r *rand.Rand) []conn.Filter {
		return []conn.Filter{newLate(r, 2), newLate(r, 3), newLate(r, 4)}
	}},
}

// late hands on what it sees, but one time in some only a moment later. It also moves the bytes about.
type late struct {
	conn.Controller
	pauses int // one call in so many; 0: none

	mu     sync.Mutex
	rnd    *rand.Rand
	closes int
}

func newLate(r *rand.Rand, pauses int) *late {
	return &late{rnd: rand.New(rand.NewPCG(r.Uint64(), 0)), pauses: pauses}
}

func (l *late) OnNewConnection(_ context.Context, c conn.Controller) (conn.Action, error) {
	l.Controller = c
	return conn.Continue, nil
}

func (l *late) OnDownstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return l.data(conn.Downstream, b, end)
}

func (l *late) OnUpstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return l.data(conn.Upstream, b, end)
}

func (l *late) data(d conn.Direction, b *conn.Buffer, end bool) (conn.Action, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := b.Len(); n > 0 && l.rnd.IntN(2) == 0 {
		at := l.rnd.IntN(n)
		same := slices.Clone(b.Bytes()[at:])
		if err := errors.Join(b.Splice(at, n-at, nil), b.Splice(at, 0, same)); err != nil {
			return conn.Pause, err
		}
	}
	if l.pauses == 0 || end || l.rnd.IntN(l.pauses) > 0 { // what is paused at the end is lost by Close
		return conn.Continue, nil
	}
	time.AfterFunc(lateness, func() { l.Continue(d) })
	return conn.Pause, nil
}

func (l *late) OnClose(conn.Peer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closes++
}

// outcome is what came of a call.
type outcome struct {
	step int
	op   op
	n    int    // bytes
	err  string // kind of error
}

func kind(err error) string {
	var ne net.Error
	switch {
	case err == nil:
		return ""
	case err == io.EOF:
		return "EOF"
	case errors.Is(err, net.ErrClosed):
		return "closed"
	case errors.Is(err, conn.ErrDiscarded):
		return "discarded"
	case errors.As(err, &ne) && ne.Timeout() && errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
		return "broken"
	}
	if strings.Contains(err.Error(), "tls: protocol is shutdown") {
		return "broken" // Write after CloseWrite
	}
	return "other: " + err.Error()
}

// scaleOf is by how much the reads and writes of a run are larger than its steps say: small ones meet more of the states, large ones other buffers.
func scaleOf(seed uint64) int {
	switch seed % 32 {
	case 0:
		return 700 // up to 41 KB, more than is read from the socket at once
	case 1, 2, 3:
		return 40
	}
	return 1
}

// twoWay is what both ends of the test have.
type twoWay interface {
	net.Conn
	CloseWrite() error
}

// world is one of the two connections.
type world struct {
	x, y  twoWay
	scale int            // of the sizes of reads and writes
	rnd   [4]*rand.Rand  // by call
	calls [4]chan func() // for xWrite, xRead, yWrite and yRead: one at a time each, in their order
	wg    sync.WaitGroup

	mu       sync.Mutex
	outcomes []outcome
	settled  int // so many of them before finish
	failure  error

	target, wrote [2]int // by end: how far the stream is to be written, and was accepted
	read          [2]int // by end
	late          bool   // a Write of x has timed out
	owed          bool   // a Write of x has timed out, and what it left wasn't written since
}

const (
	endX = iota
	endY
)

// trace does the steps and returns what came of them. cut is how many steps were done: after a Write that timed out, closing leaves bytes
// on a plain connection that a wrapped one sends, so there the test ends.
func trace(x, y twoWay, steps []step, v variant, seed uint64) (w *world, cut int) {
	w = &world{x: x, y: y, scale: scaleOf(seed)}
	for i := range w.calls {
		w.rnd[i] = rand.New(rand.NewPCG(seed, uint64(10+i)))
		w.calls[i] = make(chan func(), len(steps)+1)
		w.wg.Go(func() {
			for f := range w.calls[i] {
				f()
			}
		})
	}
	cut = len(steps)
	for i, s := range steps {
		if v.tls {
			s = s.overTLS()
		}
		if s.op == xClose || s.op == xCloseWrite {
			if synctest.Wait(); w.owes() {
				cut = i
				break
			}
		}
		if s.op > yRead && v.pauses {
			time.Sleep(pauseFor) // a filter that pauses is like a slow network: what was begun has to get through
		}
		w.begin(i, s)
		if synctest.Wait(); !s.now {
			time.Sleep(tick)
		}
		if v.tls && s.op >= xClose { // a closed *tls.Conn still gives what it has decrypted
			cut = i + 1
			break
		}
	}
	time.Sleep(4 * tick) // the deadlines that are set pass
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settled = len(w.outcomes)
	return w, cut
}

func (w *world) owes() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.owed
}

// begin starts what a step says.
func (w *world) begin(i int, s step) {
	var err error
	switch s.op {
	case xWrite, yWrite, xRead, yRead:
		w.calls[s.op] <- func() { w.transfer(i, s) }
		return
	case xCloseWrite:
		w.calls[xWrite] <- func() {
			if w.owes() { // by a Write that was under way when this step came
				w.note(outcome{i, s.op, 0, "left out"})
				return
			}
			w.note(outcome{i, s.op, 0, kind(w.x.CloseWrite())})
		}
		return
	case yCloseWrite:
		w.calls[yWrite] <- func() { w.note(outcome{i, s.op, 0, kind(w.y.CloseWrite())}) }
		return
	case xReadDeadline:
		err = w.x.SetReadDeadline(deadlineOf(s.size))
	case xWriteDeadline:
		err = w.x.SetWriteDeadline(deadlineOf(s.size))
	case xDeadline:
		err = w.x.SetDeadline(deadlineOf(s.size))
	case yReadDeadline:
		err = w.y.SetReadDeadline(deadlineOf(s.size))
	case yWriteDeadline:
		err = w.y.SetWriteDeadline(deadlineOf(s.size))
	case xClose:
		err = w.x.Close()
	case yClose:
		err = w.y.Close()
	}
	w.note(outcome{i, s.op, 0, kind(err)})
}

func (w *world) note(o outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outcomes = append(w.outcomes, o)
}

// transfer writes or reads so many bytes, in random pieces, or until an error.
func (w *world) transfer(i int, s step) {
	o, size := outcome{step: i, op: s.op}, s.size*w.scale
	var err error
	switch s.op {
	case xWrite:
		o.n, err = w.put(s.op, w.x, endX, size)
	case yWrite:
		o.n, err = w.put(s.op, w.y, endY, size)
	case xRead:
		o.n, err = w.get(s.op, w.x, endX, size)
	case yRead:
		o.n, err = w.get(s.op, w.y, endY, size)
	}
	o.err = kind(err)
	w.note(o)
}

// piece returns the size of the next call.
func piece(r *rand.Rand, n int) int {
	switch {
	case n > 1 && r.IntN(3) == 0:
		return 1
	case n > 0 && r.IntN(2) == 0:
		return 1 + r.IntN(n)
	}
	return n
}

// put writes up to n bytes further than was asked for until now, so that it makes up for what a call before left.
func (w *world) put(call op, c net.Conn, end, n int) (int, error) {
	w.target[end] += n
	for {
		k := piece(w.rnd[call], w.target[end]-w.wrote[end])
		p := seq(w.wrote[end], k)
		m, err := c.Write(p)
		clear(p) // a connection that keeps what it was given is found out
		w.wrote[end] += m
		if end == endX {
			w.noteOwed(kind(err))
		}
		if err != nil || w.wrote[end] == w.target[end] {
			return n, err
		}
		if m < k {
			return n, fmt.Errorf("Write took %d of %d bytes and gave no error", m, k)
		}
	}
}

// noteOwed keeps owed after a Write of x.
func (w *world) noteOwed(err string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == "timeout":
		w.owed, w.late = true, true
	case err == "" && w.wrote[endX] == w.target[endX], err == "broken":
		w.owed = false // it was made up for, or never will
	}
}

func (w *world) get(call op, c net.Conn, end, n int) (got int, err error) {
	for {
		p := make([]byte, piece(w.rnd[call], n-got))
		k, err := c.Read(p)
		if wrong := checkSeq(w.read[end], p[:k]); wrong != nil {
			w.fail(wrong)
		}
		w.read[end] += k
		got += k
		if err != nil || got == n {
			return got, err
		}
		if k == 0 {
			return got, io.ErrNoProgress
		}
	}
}

func (w *world) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure = errors.Join(w.failure, err)
}

// pair returns both ends of a connection.
func (v variant) pair(t *testing.T, seed uint64) (x, y twoWay) {
	a, b := memTCP(v.window*scaleOf(seed), seed)
	if !v.tls {
		return a, b
	}
	client := tls.Client(a, &tls.Config{InsecureSkipVerify: true}) // fake time is no time for certificates
	server := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{differentialCertificate()}, SessionTicketsDisabled: true})
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	return client, server
}

var differentialCertificate = sync.OnceValue(func() tls.Certificate {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	der, err := x509.CreateCertificate(nil, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// finish closes both ends and reads what is left at y. The error is that of x's Close.
func (w *world) finish() error {
	w.y.SetDeadline(time.Time{})
	time.AfterFunc(linger/2, func() { // later than the Close: what it interrupts must be the same for both
		w.calls[yRead] <- func() { _, _ = w.get(yRead, w.y, endY, 1<<14*w.scale) }
	})
	err := w.x.Close()
	time.Sleep(tick)
	synctest.Wait()
	w.y.Close()
	for _, c := range w.calls {
		close(c)
	}
	w.wg.Wait()
	return err
}

// differ does the steps to both connections, and returns how they differ.
func differ(t *testing.T, v variant, steps []step, seed uint64) (err error) {
	synctest.Test(t, func(t *testing.T) {
		x, y := v.pair(t, seed)
		plain, cut := trace(x, y, steps, v, seed)
		_ = plain.finish()
		x, y = v.pair(t, seed)
		fs := v.filters(rand.New(rand.NewPCG(seed, 4)))
		budget := conn.NewBudget(0)
		c, nerr := conn.New(t.Context(), x, conn.Config{Filters: fs, Server: seed%2 == 0, Linger: linger, Budget: budget})
		if nerr != nil {
			err = nerr
			return
		}
		wrapped, wcut := trace(c, y, steps, v, seed)
		cerr := wrapped.finish()
		if wcut != cut {
			err = fmt.Errorf("after %d steps a Write of the wrapped connection has timed out, after %d of the plain one", wcut, cut)
			return
		}
		err = errors.Join(plain.failure, wrapped.failure, compare(plain, wrapped, v, steps), complete(plain, wrapped, v, steps[:cut], cerr))
		for i, f := range fs {
			if l, ok := f.(*late); ok && l.closes != 1 {
				err = errors.Join(err, fmt.Errorf("OnClose of filter %d was called %d times", i, l.closes))
			}
		}
		if n := budget.Used(); n != 0 {
			err = errors.Join(err, fmt.Errorf("%d bytes are still counted as held", n))
		}
	})
	return err
}

// compare compares what came of each call.
func compare(plain, wrapped *world, v variant, steps []step) error {
	a, b := plain.sorted(wrapped.owed), wrapped.sorted(wrapped.owed)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			return fmt.Errorf("%d calls returned on the plain connection, %d on the wrapped one", len(a), len(b))
		}
		p, w := a[i], b[i]
		closedByY := slices.ContainsFunc(steps[:min(p.step+1, len(steps))], func(s step) bool { return s.op == yClose })
		if v.pauses && closedByY && (p.op == xWrite || p.op == xCloseWrite || p.op == xClose) {
			continue // the error comes later, or not at all
		}
		if p.op == xClose && slices.ContainsFunc(steps[:p.step], func(s step) bool { return s.op == xClose }) {
			continue // a second Close is no error here, as for most things that are closed
		}
		if p.op == xClose && w.err == "discarded" && wrapped.late {
			continue // that Write had accepted bytes which couldn't be sent later
		}
		if p.op == xCloseWrite && p.err != "" && w.err != "" {
			w.err = p.err // the socket's error, whichever it was first
		}
		if p != w {
			return fmt.Errorf("step %d (%v): %d bytes and error %q on the plain connection, %d and %q on the wrapped one",
				p.step, opNames[p.op], p.n, p.err, w.n, w.err)
		}
	}
	return nil
}

// sorted returns the outcomes in the order of the steps: calls of different goroutines may return in any order.
func (w *world) sorted(owed bool) []outcome {
	s := slices.Clone(w.outcomes)
	if owed { // Close has sent what a Write left that timed out: other reads of y returned
		s = s[:w.settled]
	}
	slices.SortStableFunc(s, func(a, b outcome) int { return a.step - b.step })
	return s
}

// complete compares the whole streams, and looks whether what the wrapped connection accepted has come out.
func complete(plain, wrapped *world, v variant, steps []step, cerr error) error {
	if plain.read[endX] != wrapped.read[endX] {
		return fmt.Errorf("x read %d bytes from the plain connection, %d from the wrapped one", plain.read[endX], wrapped.read[endX])
	}
	gone := slices.ContainsFunc(steps, func(s step) bool { return s.op == yClose })
	if !wrapped.owed && !(v.tls && gone) && plain.read[endY] != wrapped.read[endY] {
		return fmt.Errorf("y got %d bytes from the plain connection, %d from the wrapped one", plain.read[endY], wrapped.read[endY])
	}
	told := cerr != nil || slices.ContainsFunc(wrapped.outcomes, func(o outcome) bool { return o.op == xClose && o.err != "" })
	if got := wrapped.read[endY]; !told && !gone && got < wrapped.wrote[endX] {
		return fmt.Errorf("y got %d bytes, %d were accepted, and Close gave no error", got, wrapped.wrote[endX])
	}
	return nil
}

// shrink returns the shortest steps it finds that differ, too, and how.
func shrink(t *testing.T, v variant, steps []step, seed uint64, err error) ([]step, error) {
	try := func(s []step) bool {
		e := differ(t, v, s, seed)
		if e != nil {
			steps, err = s, e
		}
		return e != nil
	}
	for n := len(steps); n > 0; n /= 2 { // without n steps in a row
		for at := 0; at+n <= len(steps); {
			if !try(slices.Concat(steps[:at], steps[at+n:])) {
				at += n
			}
		}
	}
	for i := range steps {
		for _, smaller := range []func(*step){
			func(s *step) { s.now = false }, func(s *step) { s.size = 0 }, func(s *step) { s.size = 1 }, func(s *step) { s.size /= 2 },
		} {
			s := slices.Clone(steps)
			if smaller(&s[i]); s[i] != steps[i] {
				try(s)
			}
		}
	}
	return steps, err
}

// checkSteps fails the test with the shortest sequence when the connections differ.
func checkSteps(t *testing.T, v variant, steps []step, seed uint64) {
	t.Helper()
	err := differ(t, v, steps, seed)
	if err == nil {
		return
	}
	steps, err = shrink(t, v, steps, seed, err)
	var lines []string
	for i, s := range steps {
		lines = append(lines, fmt.Sprintf("%3d  %v", i, s))
	}
	t.Fatalf("filters %q, seed %d, sizes times %d:\n%v\n%s", v.name, seed, scaleOf(seed), err, strings.Join(lines, "\n"))
}

// randomSteps are mostly reads and writes: a connection is closed once.
func randomSteps(r *rand.Rand) []step {
	steps := make([]step, 5+r.IntN(60))
	for i := range steps {
		s := step{op: op(r.IntN(int(xReadDeadline))), size: r.IntN(60), now: r.IntN(4) == 0}
		switch n := r.IntN(100); {
		case n < 25:
			s.op = xReadDeadline + op(r.IntN(int(xCloseWrite-xReadDeadline)))
		case n < 29:
			s.op = xCloseWrite + op(r.IntN(int(ops-xCloseWrite)))
		case n < 31:
			s.size = 0
		}
		steps[i] = s
	}
	return steps
}

// TestDifferential does random steps. NASP_DIFFERENTIAL is how many, in millions; the default takes a few seconds.
func TestDifferential(t *testing.T) {
	want := 100_000
	if s := os.Getenv("NASP_DIFFERENTIAL"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("NASP_DIFFERENTIAL=%q is no number of millions", s)
		}
		want = n * 1_000_000
	}
	for i, v := range differentialVariants {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(want), uint64(i)))
			share := want / len(differentialVariants)
			if v.tls {
				share /= 10 // handshakes are slow
			}
			done := 0
			for done < share {
				steps := randomSteps(r)
				checkSteps(t, v, steps, r.Uint64())
				done += len(steps)
			}
			t.Logf("%d steps", done)
		})
	}
}

// FuzzDifferential lets the fuzzer choose the steps: two bytes each, behind one for the filters and one for the seed.
func FuzzDifferential(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		f.Add(encodeSteps(byte(r.Uint32()), byte(r.Uint32()), randomSteps(r)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 {
			return
		}
		v := differentialVariants[int(in[0])%len(differentialVariants)]
		checkSteps(t, v, decodeSteps(in[2:min(len(in), 402)]), uint64(in[1]))
	})
}

func encodeSteps(v, seed byte, steps []step) []byte {
	b := []byte{v, seed}
	for _, s := range steps {
		b = append(b, byte(s.op), byte(s.size))
		if s.now {
			b[len(b)-1] |= 0x80
		}
	}
	return b
}

func decodeSteps(b []byte) (steps []step) {
	for ; len(b) >= 2; b = b[2:] {
		steps = append(steps, step{op: op(b[0]) % ops, size: int(b[1] & 0x7f), now: b[1]&0x80 != 0})
	}
	return steps
}
