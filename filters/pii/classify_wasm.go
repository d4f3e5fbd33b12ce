//go:build go1.27

package pii

import "unsafe"

// classify fills out from p, which has a block for each of out and lookahead bytes more.
func classify(p []byte, out []block, x *blocks) {
	if len(out) > 0 {
		_ = p[len(out)*blockSize+lookahead-1]
		classifyBlocks(unsafe.Pointer(&p[0]), uint64(len(out)), unsafe.Pointer(&out[0]), unsafe.Pointer(&x.tables))
	}
}

// classifyBlocks classifies n blocks, at least one, by instructions of 16 bytes.
//
//go:noescape
func classifyBlocks(p unsafe.Pointer, n uint64, out, t unsafe.Pointer)

// find is findSlowly in assembly: Go compiles branches to table jumps in Wasm, so that a block takes 100 ns that way, and 20 ns this way.
func (x *blocks) find(n int, mask *anchors) uint64 {
	x.rows[1] = rowOf(&x.b[0], &x.b[1], &x.b[2])
	return findAnchors(unsafe.Pointer(&x.b), unsafe.Pointer(&x.anchors), unsafe.Pointer(&x.rows), unsafe.Pointer(&x.carry), unsafe.Pointer(mask), uint64(n))
}

//go:noescape
func findAnchors(b, found, rows, carry, mask unsafe.Pointer, n uint64) (some uint64)
