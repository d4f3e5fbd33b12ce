package kafka

import (
	"math"
	"sync"

	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/kafkaproto"
)

// plan is what becomes of a frame. The zero value lets it pass.
type plan struct {
	whole   func(frame []byte) (out []byte, changed bool, err error) // gather the frame and send what this returns
	instead []byte                                                   // send this, and none of the frame
	more    int                                                      // decide again when as many bytes of the frame are there, or all of it
}

// decider says what becomes of a frame by its first bytes: four at least, its size, and as many as it asked for if the frame has them.
type decider func(h []byte) (plan, error)

// gatherer splits one direction into frames. A frame that nobody asked for streams through in whatever pieces it comes. One that is
// wanted whole is read in place if it is there, and otherwise taken out of the host's buffer into held until it is: a host
// may buffer less than a frame. So a frame that stands before a partial one leaves at once.
type gatherer struct {
	edit  edit
	held  []byte // the taken beginning of a frame, empty if there is none
	sent  []byte // a taken frame that the edit holds until it is committed
	look  int    // bytes of a frame that decide has asked for, 0 for its size
	plan  plan   // for the held frame, once need is known
	need  int    // size of the held frame in bytes, 0 until its header is complete
	rest  int    // bytes of the frame at hand that are still to pass or to be dropped
	drops bool   // which of them

	wanted bool // the frame before was
}

const (
	sizeLen = kafkaproto.FrameSizeLen
	// lookAhead is how much of a frame is read at once to decide: a call of the host costs more than the bytes.
	lookAhead = 64
	// maxLook is how much is read at once where a wanted frame is expected.
	maxLook = 64 << 10

	// heldKeep bounds the memory that is kept for the next frame, in bytes.
	heldKeep = 1 << 20
	// maxPeek bounds what is read from the host at once, in bytes. A larger frame is taken piece by piece, so that it is in the guest's
	// memory once.
	maxPeek = 4 << 20
	// maxPiece is the size of those pieces, in bytes: each costs a host call, at which a guest can be stopped.
	maxPiece = 256 << 10
	// largeFrame is how much memory a frame takes to be worth a collection of garbage before, in bytes.
	largeFrame = 16 << 20
	// growth is how much more memory than what has come a held frame may take.
	growth = 8
)

// spares is memory of frames that were held, for the next one of any stream: what each stream kept for itself would be the memory of all when many are
// idle.
var spares sync.Pool // of *[]byte

// holds tells whether a part of a frame has been taken.
func (g *gatherer) holds() bool { return len(g.held) > 0 }

// run walks over a buffer, whose first bytes have been walked over before. flush hands on what is held even so: the last bytes of a stream that ended
// within a frame.
func (g *gatherer) run(buf Buffer, size, before int, flush bool, decide decider) error {
	if before == 0 && !flush && g.need == 0 && !g.holds() {
		if done, err := g.runOne(buf, size, decide); done || err != nil {
			return err
		}
	} else {
		g.edit.begin(buf, size)
		g.edit.pass(before)
	}
	for g.edit.left() > 0 {
		if err := g.step(decide); err != nil {
			return err
		}
	}
	if flush && g.holds() {
		b := g.held
		g.release()
		if err := g.edit.insert(b); err != nil {
			return err
		}
	}
	err := g.edit.commit()
	if sent := g.sent; cap(sent) > 0 && cap(sent) <= heldKeep {
		spares.Put(&sent)
	}
	g.sent = nil
	return err
}

// runOne is for the usual buffers, and cheap: a part of a frame that passes, or one frame, all of it or its beginning. It handles what it can and
// leaves the rest to step.
func (g *gatherer) runOne(buf Buffer, size int, decide decider) (done bool, err error) {
	g.edit.begin(buf, size)
	if g.rest >= size && !g.drops {
		g.rest -= size
		return true, nil
	}
	if g.rest > 0 || size < sizeLen {
		return false, nil
	}
	look := lookAhead
	if g.wanted { // this one may be wanted as well: read all of it at once, since each call of the host costs
		look = maxLook
	}
	h, err := buf.Bytes(0, min(look, size))
	if err != nil {
		return false, err
	}
	n := frameLen(h)
	if n < size {
		return false, nil
	}
	p, err := decide(h[:min(len(h), n)])
	g.wanted = p.whole != nil
	switch {
	case err != nil || p.more > 0:
		return false, err
	case p.whole == nil && p.instead == nil:
		g.rest, g.drops = n-size, false
		return true, nil
	case p.whole != nil && len(h) == n:
		return false, g.finish(p, h)
	}
	return false, g.start(p, n)
}

// step moves on by at least one byte.
func (g *gatherer) step(decide decider) error {
	switch {
	case g.rest > 0:
		return g.passRest()
	case g.need > 0:
		return g.takeFrame()
	case g.holds() || g.edit.left() < sizeLen:
		return g.takeHeader(decide)
	}
	h, err := g.edit.peek(min(lookAhead, g.edit.left()))
	if err != nil {
		return err
	}
	for {
		n := frameLen(h)
		p, err := decide(h[:min(len(h), n)])
		if err != nil {
			return err
		}
		if min(p.more, n) <= len(h) {
			return g.start(p, n)
		}
		if g.look = min(p.more, n); g.edit.left() < g.look {
			return g.takeHeader(decide)
		}
		if h, err = g.edit.peek(g.look); err != nil {
			return err
		}
		g.look = 0
	}
}

// frameLen returns the size of a frame with its size field. Negative sizes count as very large: decide refuses them.
func frameLen(h []byte) int { return sizeLen + int(min(be32(h), math.MaxInt32-sizeLen)) }

func (g *gatherer) passRest() error {
	n := min(g.rest, g.edit.left())
	g.rest -= n
	if g.drops {
		return g.edit.drop(n)
	}
	g.edit.pass(n)
	return nil
}

// start carries out the plan for a frame of n bytes that begins here.
func (g *gatherer) start(p plan, n int) error {
	if p.whole == nil {
		g.rest, g.drops = n, p.instead != nil
		if p.instead != nil {
			return g.edit.insert(p.instead)
		}
		return nil
	}
	if g.edit.left() < n || n > maxPeek {
		g.plan, g.need = p, n
		return g.takeFrame()
	}
	frame, err := g.edit.peek(n)
	if err != nil {
		return err
	}
	return g.finish(p, frame)
}

// finish handles a whole frame that stands in the buffer.
func (g *gatherer) finish(p plan, frame []byte) error {
	out, changed, err := p.whole(frame)
	if err != nil {
		return err
	}
	if !changed {
		g.edit.pass(len(frame))
		return nil
	}
	if err := g.edit.drop(len(frame)); err != nil {
		return err
	}
	return g.edit.insert(out)
}

// take moves bytes from the buffer to held, until held has n.
func (g *gatherer) take(n int) error {
	there := min(n-len(g.held), g.edit.left())
	if there == 0 {
		return nil
	}
	if len(g.held)+there > cap(g.held) {
		g.grow(there, n)
	}
	m := min(there, maxPiece)
	end := len(g.held) + m
	if err := g.edit.read(g.held[len(g.held):end]); err != nil {
		return err
	}
	g.held = g.held[:end]
	return g.edit.drop(m)
}

// grow makes room for more bytes in held, and for those that may come after them up to n. Memory grows with the bytes that have come, never by the
// size that the frame claims.
func (g *gatherer) grow(more, n int) {
	size := max(len(g.held)+more, min(n, growth*(len(g.held)+more)))
	if size > largeFrame {
		collectGarbage()
	}
	if s, ok := spares.Get().(*[]byte); ok && cap(*s) >= size {
		g.held = append((*s)[:0], g.held...)
		return
	}
	held := uncleared(size)
	for n := 0; n < len(g.held); n += maxPiece {
		yield.After(copy(held[n:], g.held[n:min(n+maxPiece, len(g.held))]))
	}
	g.held = held[:len(g.held)]
}

// takeHeader takes the header of a frame that has come in part only, and starts the frame when it is complete.
func (g *gatherer) takeHeader(decide decider) error {
	want := max(sizeLen, g.look)
	if err := g.take(want); err != nil || len(g.held) < want {
		return err
	}
	n := frameLen(g.held)
	p, err := decide(g.held)
	if err != nil {
		return err
	}
	if min(p.more, n) > len(g.held) {
		g.look = min(p.more, n)
		return nil
	}
	g.look = 0
	if p.whole != nil {
		g.plan, g.need = p, n
		return g.takeFrame() // the header may have been all of it
	}
	g.rest, g.drops = n-len(g.held), p.instead != nil
	if !g.drops {
		p.instead = g.held
	}
	g.release()
	return g.edit.insert(p.instead)
}

// takeFrame takes what has come of the held frame, and handles the frame when it is complete.
func (g *gatherer) takeFrame() error {
	if err := g.take(g.need); err != nil || len(g.held) < g.need {
		return err
	}
	out, _, err := g.plan.whole(g.held)
	g.need, g.plan = 0, plan{}
	g.release()
	if err != nil {
		return err
	}
	return g.edit.insert(out)
}

// release gives the held bytes to the edit until the end of the run.
func (g *gatherer) release() { g.sent, g.held = g.held, nil }
