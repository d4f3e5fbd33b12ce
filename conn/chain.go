package conn

import (
	"context"
	"errors"
	"sync/atomic"
)

// The states of a stage. All but calling and callingResumed are entered by the goroutine that holds the flow's lock;
// Controller.Continue moves paused, gated and calling on from any goroutine.
const (
	flowing        uint32 = iota // bytes that arrive are shown to the filter
	calling                      // the filter is being called
	callingResumed               // the same, and Continue came meanwhile: it applies to what the call leaves paused
	paused                       // the filter holds bytes that it has seen
	resumed                      // Continue released them, they go on without the filter
	gated                        // OnNewConnection paused: bytes wait that the filter has not seen
	opened                       // Continue came: the filter will be shown them
)

// stage is one filter in one direction, with the bytes that it has not handed on.
type stage struct {
	filter  Filter
	index   int  // in Config.Filters
	wants   bool // false for a filter that doesn't want the direction, but paused in OnNewConnection
	state   atomic.Uint32
	buf     Buffer
	seen    int  // so many bytes of buf were paused by the filter; what is behind them it has not looked at
	stalled bool // the last call ran out of time before it decided: the filter is to be called again
	end     bool // no more bytes come to this stage
	shown   bool // the filter was told so
	passed  bool // the end went on to the next stage
}

// piece is what goes from one stage to the next.
type piece struct {
	b        []byte
	readOnly bool // b is the slice of a caller of Write
	end      bool
}

// resume is Controller.Continue for one stage. It returns true when there is something to be run because of it.
func (s *stage) resume() bool {
	for {
		from := s.state.Load()
		to := continued(from)
		if to == from {
			return false
		}
		if s.state.CompareAndSwap(from, to) {
			return from != calling
		}
	}
}

// continued returns the state after Continue.
func continued(state uint32) uint32 {
	switch state {
	case calling:
		return callingResumed
	case paused:
		return resumed
	case gated:
		return opened
	}
	return state
}

func (s *stage) runnable() bool {
	state := s.state.Load()
	return s.stalled || state == resumed || state == opened
}

// take removes all bytes.
func (s *stage) take() piece {
	p := piece{end: s.end}
	s.passed, s.seen = s.end, 0
	p.b, p.readOnly = s.buf.take()
	return p
}

// takeSeen removes the bytes that the filter has paused.
func (s *stage) takeSeen() piece {
	n := min(s.seen, s.buf.Len())
	if n == s.buf.Len() && !s.stalled {
		return s.take()
	}
	s.seen = 0
	return piece{b: s.buf.takeFront(n)}
}

// runnable tells whether Continue has released something or a call has to be repeated.
func (f *flow) runnable() bool {
	for i := range f.stages {
		if f.stages[i].runnable() {
			return true
		}
	}
	return false
}

// releaseAll hands on what Continue released.
func (f *flow) releaseAll() error {
	for i := len(f.stages) - 1; i >= 0; i-- { // the last filter holds the oldest bytes
		if f.stages[i].state.Load() == resumed {
			if err := f.release(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// retry calls the filters that have bytes which they have not seen: after a call that ran out of time, or behind a gate
// that was opened.
func (f *flow) retry() error {
	for i := len(f.stages) - 1; i >= 0; i-- {
		if s := &f.stages[i]; s.stalled || s.state.Load() == opened {
			if err := f.push(i, piece{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// release hands on what the filter of stage i has paused, without calling it.
func (f *flow) release(i int) error {
	s := &f.stages[i]
	s.state.Store(flowing)
	p := s.takeSeen()
	if len(p.b) == 0 && !p.end {
		return nil
	}
	return f.push(i+1, p)
}

// push gives p to stage i, and on until a filter holds it or it is ready for the other end.
func (f *flow) push(i int, p piece) error {
	f.absorb()
	for ; i < len(f.stages); i++ {
		s := &f.stages[i]
		open, err := f.claim(i)
		s.buf.receive(p.b, p.readOnly) // also after an error: nothing else has these bytes
		s.end = s.end || p.end
		if open {
			open, err = f.visit(s)
		}
		if !open {
			s.buf.hold()
			return err
		}
		if p = s.take(); len(p.b) == 0 && !p.end {
			return nil
		}
	}
	f.output(p)
	return nil
}

// claim puts stage i in the state calling. It returns false if the stage can't take a call. Bytes that Continue released go
// on before anything else reaches the stage, since the filter must not see them again.
func (f *flow) claim(i int) (bool, error) {
	s := &f.stages[i]
	for {
		switch state := s.state.Load(); state {
		case gated:
			return false, nil
		case resumed:
			if err := f.release(i); err != nil {
				s.stalled = true // what is to come waits here until the released bytes have found their way
				return false, err
			}
			f.absorb()
		default:
			if s.state.CompareAndSwap(state, calling) {
				return true, nil
			}
		}
	}
}

// visit calls the filter of a claimed stage and returns whether its bytes go on.
func (f *flow) visit(s *stage) (pass bool, err error) {
	if news := s.buf.Len() > 0 || s.end && !s.shown; !news || !s.wants {
		s.stalled = false
		s.state.Store(flowing)
		return true, nil
	}
	act, err := f.call(s)
	if err != nil {
		return false, f.filterFailed(s, err)
	}
	s.stalled, s.shown, s.seen = false, s.end, s.buf.Len()
	if s.end && s.seen == 0 {
		act = Continue // there is nothing to keep, and a stream whose end is kept never ends
	}
	if act != Continue && s.state.CompareAndSwap(calling, paused) {
		f.pauses.Add(1)
		return false, nil
	}
	s.state.Store(flowing)
	if err := f.c.closedByFilter(); err != nil {
		return false, err // the bytes at hand are not handed on
	}
	return true, nil
}

// call calls the filter. A panic of it ends the connection, so that nothing more gets past a filter in an unknown state.
func (f *flow) call(s *stage) (act Action, err error) {
	returned := false
	defer func() {
		if !returned {
			_ = f.c.fail(&FilterError{s.index, f.callName(), errPanicked})
		}
	}()
	if f.dir == Downstream {
		act, err = s.filter.OnDownstreamData(f.ctx, &s.buf, s.end)
	} else {
		act, err = s.filter.OnUpstreamData(f.ctx, &s.buf, s.end)
	}
	returned = true
	return act, err
}

var errPanicked = errors.New("the filter panicked")

func (f *flow) callName() string {
	if f.dir == Downstream {
		return "OnDownstreamData"
	}
	return "OnUpstreamData"
}

// filterFailed tells a filter that ran out of time, for example while it waited for a lock, from one that failed. The first
// keeps its bytes and is called again with them, at Close if not before; the second ends the connection.
func (f *flow) filterFailed(s *stage, err error) error {
	ended := f.ctx.Err()
	if ended == nil || !errors.Is(err, ended) {
		fe := &FilterError{s.index, f.callName(), err}
		if f.mode == modeDrain {
			return fe // Close is on its way, and returns it
		}
		return f.c.fail(fe)
	}
	f.stall(s)
	if errors.Is(ended, context.DeadlineExceeded) {
		return f.timeout()
	}
	return f.c.closedByFilter()
}

// stall undoes a call: what the filter had paused before is paused again, and the rest it hasn't seen.
func (f *flow) stall(s *stage) {
	s.stalled = true
	if !s.state.CompareAndSwap(calling, paused) {
		s.state.Store(resumed) // Continue came during the call
		if f == &f.c.w && f.mode != modeDrain {
			f.startPump()
		}
	}
}

// output puts p behind what is ready.
func (f *flow) output(p piece) {
	f.ended = f.ended || p.end
	if len(f.out) == 0 && len(f.ready) == 0 {
		f.ready, f.readyOnly = p.b, p.readOnly
		return
	}
	f.absorb()
	f.out = append(f.out, p.b...)
}

// absorb copies what is ready to storage of the flow, before what it aliases is used again.
func (f *flow) absorb() {
	if len(f.ready) > 0 {
		f.out = append(f.out, f.ready...)
	}
	f.ready = nil
}

// held returns the number of bytes that filters hold.
func (f *flow) held() (n int) {
	for i := range f.stages {
		n += f.stages[i].buf.Len()
	}
	return n
}

// used returns the number of bytes that the flow owns.
func (f *flow) used() int {
	n := f.held() + len(f.out)
	if !f.readyOnly {
		n += len(f.ready)
	}
	return n
}

// settle corrects what the shared budget knows of this flow.
func (f *flow) settle() {
	if b := f.c.cfg.Budget; b != nil {
		n := f.used()
		b.used.Add(int64(n) - f.reserved.Swap(int64(n)))
	}
}

// shrink gives large storages back once nothing refers to them.
func (f *flow) shrink() {
	if len(f.ready) > 0 {
		return
	}
	for i := range f.stages {
		f.stages[i].buf.shrink()
	}
}
