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
