package kafka

import (
	"runtime"
	"strings"
	"unsafe"
)

// collectGarbage makes room for a large frame. A guest's memory is bounded, and its runtime would ask the host for more before it has
// collected the large frame before.
func collectGarbage() { runtime.GC() }

// uncleared returns n bytes of whatever value. Clearing a hundred megabytes would be a long time without a host call; the memory of a
// strings.Builder isn't cleared, and here nobody has the string.
func uncleared(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0) // so that there is a first byte to point to
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}
