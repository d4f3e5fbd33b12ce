package wasmhost

import (
	"sync"
	"time"
)

const (
	defaultLogLines = 1000
	defaultLogBytes = 1 << 20
)

// logRate bounds what the guests of a plugin log: lines and bytes of one second may come at once, and as much each second.
// Its zero value bounds nothing.
type logRate struct {
	maxLines, maxBytes float64

	mu           sync.Mutex
	last         time.Time
	lines, bytes float64 // allowed now
	dropped      uint64  // in a row
	allDropped   uint64
}

// allow reports whether a message of n bytes may be logged, and how many were dropped just before it.
func (l *logRate) allow(now time.Time, n int) (ok bool, dropped uint64) {
	if l.maxLines == 0 {
		return true, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	passed := now.Sub(l.last).Seconds()
	if l.last.IsZero() {
		passed = 1
	}
	l.last = now
	l.lines = min(l.maxLines, l.lines+passed*l.maxLines)
	l.bytes = min(l.maxBytes, l.bytes+passed*l.maxBytes)
	if l.lines < 1 || l.bytes < float64(n) {
		l.dropped++
		l.allDropped++
		return false, 0
	}
	l.lines--
	l.bytes -= float64(n)
	dropped, l.dropped = l.dropped, 0
	return true, dropped
}

func (l *logRate) total() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.allDropped
}
