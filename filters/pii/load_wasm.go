package pii

import "unsafe"

// load reads 8 bytes, the first into the lowest bits, and load4 four. For Wasm the compiler doesn't join loads of single bytes; its loads may be unaligned, and
// are little-endian.
func load(b []byte) uint64  { return *(*uint64)(unsafe.Pointer(&b[:8][0])) }
func load4(b []byte) uint32 { return *(*uint32)(unsafe.Pointer(&b[:4][0])) }
