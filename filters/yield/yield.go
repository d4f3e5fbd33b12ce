// Package yield keeps the work of a filter interruptible. A guest's compiled code has no point where its host could stop it, or where
// Go's garbage collector in the host's process could: only host calls are. So code that walks over many bytes tells of its work as it goes:
//
//	for ; len(b) > 0; b = b[n:] {
//		n = scan(b)
//		yield.After(n)
//	}
//
// In a guest a cheap host call (sched_yield of WASI, which is sure to do nothing else) is made each Every of work, for all code of the module
// together. Anywhere else this costs nothing.
package yield

// Every is how much work lies between two host calls, in the unit of After. A piece that After is told of at once should be no larger than half of
// it. A call costs as much as a hundred bytes, so there is room for work that takes longer than it was thought to, up to the millisecond that a
// host allows.
const Every = 16 << 10
