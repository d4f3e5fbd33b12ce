//go:build !wasip1

package kafka

// collectGarbage is for guests: the memory of a process isn't bounded like theirs.
func collectGarbage() {}

func uncleared(n int) []byte { return make([]byte, n) }
