package conn

import "sync/atomic"

// Budget bounds the bytes that filters hold back on all connections that share it, usually those of a process. Its methods
// may be called from any goroutine.
//
// It counts bytes that the connections own, not the slices of callers that are passed through. Reads check it before and
// count after, so each connection may exceed it by one read.
type Budget struct {
	max  int64
	used atomic.Int64
}

// NewBudget returns a Budget of so many bytes. Zero or less is no bound: such a Budget only counts.
func NewBudget(bytes int64) *Budget { return &Budget{max: bytes} }

// Used returns the bytes that are held back now.
func (b *Budget) Used() int64 { return b.used.Load() }

// take reserves n bytes, all or none.
func (b *Budget) take(n int) bool {
	if b == nil {
		return true
	}
	if used := b.used.Add(int64(n)); b.max > 0 && used > b.max {
		b.used.Add(int64(-n))
		return false
	}
	return true
}

func (b *Budget) full() bool { return b != nil && b.max > 0 && b.used.Load() >= b.max }
