package wasmhost

import (
	"math"
	"sync/atomic"
	"time"
)

const (
	defaultTrustedTimeLimit   = 10 * time.Second
	defaultUntrustedTimeLimit = time.Second

	// looksPerLimit is how often the watchdog looks at a call before it ends it: a call ends between its limit and a
	// quarter more.
	looksPerLimit = 4
	// startFactor is how much longer than other calls those may take that start a VM.
	startFactor = 10

	expiredBit = 1 << 63
)

// watchdog ends calls into a VM that take longer than the plugin's time limit. It costs a call two atomic additions: a
// timer runs as long as there are calls, and looks from time to time whether it still sees the same one.
type watchdog struct {
	seq     atomic.Uint64 // odd while a call runs; has expiredBit once one took too long
	armed   atomic.Bool   // the timer runs
	stopped atomic.Bool
	slack   atomic.Int64 // how many looks a call may see
	expired chan struct{}
	timer   *time.Timer
	period  time.Duration

	seen  uint64 // by the last look; of the timer
	looks int64
}

func (w *watchdog) init(limit time.Duration) {
	w.expired = make(chan struct{})
	w.period = max(limit/looksPerLimit, time.Millisecond)
	w.slack.Store(looksPerLimit * startFactor)
	w.timer = time.AfterFunc(math.MaxInt64, w.look)
	w.timer.Stop()
}

// started makes the limit that of normal calls.
func (w *watchdog) started() { w.slack.Store(looksPerLimit) }

func (w *watchdog) stop() {
	w.stopped.Store(true)
	w.timer.Stop()
}

func (w *watchdog) begin() {
	w.seq.Add(1)
	if !w.armed.Load() && w.armed.CompareAndSwap(false, true) {
		w.timer.Reset(w.period)
	}
}

// end reports whether the call took too long.
func (w *watchdog) end() bool { return w.seq.Add(1)&expiredBit != 0 }

func (w *watchdog) overdue() bool { return w.seq.Load()&expiredBit != 0 }

// look is called by the timer.
func (w *watchdog) look() {
	seq := w.seq.Load()
	switch {
	case w.stopped.Load():
		return
	case seq != w.seen:
		w.seen, w.looks = seq, 0
	case seq&1 == 1:
		if w.looks++; w.looks >= w.slack.Load() && w.seq.CompareAndSwap(seq, seq|expiredBit) {
			close(w.expired)
			return
		}
	default: // nobody has called since
		w.armed.Store(false)
		if w.seq.Load() == seq || !w.armed.CompareAndSwap(false, true) {
			return // begin starts the timer again
		}
	}
	w.timer.Reset(w.period)
	if w.stopped.Load() {
		w.timer.Stop()
	}
}
