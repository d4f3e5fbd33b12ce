//go:build go1.27

package pii

import "unsafe"

// classify fills out from p, which has a block for each of out and lookahead bytes more.
func classify(p []byte, out []block) {
	if len(out) > 0 {
		_ = p[len(out)*blockSize+lookahead-1]
		classifyBlocks(unsafe.Pointer(&p[0]), uint64(len(out)), unsafe.Pointer(&out[0]), unsafe.Pointer(&kernelTables))
	}
}

// classifyBlocks classifies n blocks, at least one, by instructions of 16 bytes.
//
//go:noescape
func classifyBlocks(p unsafe.Pointer, n uint64, out, t unsafe.Pointer)

// findAnchors is the one of classify_generic.go.
func findAnchors(b *[chunk + 3]block, found *[chunk]anchors, mask *anchors, n, starts uint64) uint64 {
	return findBlockAnchors(unsafe.Pointer(b), unsafe.Pointer(found), unsafe.Pointer(mask), n, starts)
}

// findBlockAnchors is findAnchors for at least one block. Go compiles that to Wasm with a table jump at each branch; it takes a quarter of
// the time this way.
//
//go:noescape
func findBlockAnchors(b, found, mask unsafe.Pointer, n, starts uint64) (some uint64)
