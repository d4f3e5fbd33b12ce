package conn

import "time"

// control is the Controller of one filter.
type control struct {
	c      *Conn
	stages [2]*stage // by Direction
}

func (k *control) Continue(d Direction) {
	if int(d) >= len(k.stages) || !k.stages[d].resume() || k.c.starting.Load() {
		return
	}
	if f := &k.c.r; f.dir == d {
		f.rouse()
	} else {
		k.c.w.startPump()
	}
}

// rouse wakes a Read, in the socket or not.
func (f *flow) rouse() {
	select {
	case f.wake <- struct{}{}:
	default: // there is one already
	}
	f.dl.poke()
}

// startPump makes sure that a goroutine sends what was released, since nobody may call Write again. At most one waits for
// the lock: it will find all that was released until it has it.
func (f *flow) startPump() {
	if f.pumped.CompareAndSwap(false, true) {
		go f.pump()
	}
}

func (f *flow) pump() {
	select {
	case f.sem <- struct{}{}:
	case <-f.c.done:
		return // who ends the connection sends what was released
	}
	f.pumped.Store(false)
	if f.c.enter() != nil {
		<-f.sem
		return
	}
	defer f.unlock()
	f.mode, f.ctx = modePump, &f.life
	f.dl.lend(time.Time{})
	defer f.dl.giveBack()
	_ = f.advance() // a failure is kept: the next call returns it
}

func (k *control) CloseConnection(reason error) {
	c, err := k.c, ErrClosedByFilter
	if reason != nil {
		err = &closedByFilterError{reason}
	}
	if !c.terminate(err, false) || c.starting.Load() {
		return
	}
	go c.flushAndClose()
}
