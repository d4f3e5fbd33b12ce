package check

import "math/bits"

// sha256 is the hash of a message that fits a block: at most 55 bytes. It is here because crypto/sha256 makes a guest 525 KB larger.
func sha256(message []byte) [32]byte {
	var block [64]byte
	n := copy(block[:55], message)
	block[n] = 0x80
	block[62], block[63] = byte(n*8>>8), byte(n*8)

	var w [64]uint32
	for i := range 16 {
		w[i] = uint32(block[4*i])<<24 | uint32(block[4*i+1])<<16 | uint32(block[4*i+2])<<8 | uint32(block[4*i+3])
	}
	for i := 16; i < 64; i++ {
		a, b := w[i-15], w[i-2]
		s0 := bits.RotateLeft32(a, -7) ^ bits.RotateLeft32(a, -18) ^ a>>3
		s1 := bits.RotateLeft32(b, -17) ^ bits.RotateLeft32(b, -19) ^ b>>10
		w[i] = w[i-16] + s0 + w[i-7] + s1
	}
	h := sha256Start
	for i := range 64 {
		e, a := h[4], h[0]
		t1 := h[7] + (bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)) + (e&h[5] ^ ^e&h[6]) + sha256Keys[i] + w[i]
		t2 := (bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)) + (a&h[1] ^ a&h[2] ^ h[1]&h[2])
		h = [8]uint32{t1 + t2, h[0], h[1], h[2], h[3] + t1, h[4], h[5], h[6]}
	}
	var out [32]byte
	for i := range h {
		v := h[i] + sha256Start[i]
		out[4*i], out[4*i+1], out[4*i+2], out[4*i+3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
	}
	return out
}

// sha256Start and sha256Keys are the first bits of the fractions of the roots of the first primes (FIPS 180-4).
var sha256Start = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

var sha256Keys = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

// keccak256 is the hash of Ethereum, of a message that fits a block: less than 136 bytes. It isn't SHA-3: the padding differs.
func keccak256(message []byte) [32]byte {
	var block [136]byte
	n := copy(block[:135], message)
	block[n], block[135] = block[n]|1, block[135]|0x80
	var a [25]uint64
	for i, c := range block {
		a[i/8] |= uint64(c) << (8 * uint(i%8))
	}
	for _, key := range keccakKeys {
		keccakRound(&a, key)
	}
	var out [32]byte
	for i := range out {
		out[i] = byte(a[i/8] >> (8 * uint(i%8)))
	}
	return out
}

// keccakRound is one of the 24 rounds of Keccak-f[1600] (FIPS 202): theta, rho and pi, chi, iota.
func keccakRound(a *[25]uint64, key uint64) {
	var c [5]uint64
	for x := range c {
		c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
	}
	for i := range a {
		a[i] ^= c[(i+4)%5] ^ bits.RotateLeft64(c[(i+1)%5], 1)
	}
	var b [25]uint64
	for i := range a {
		x, y := i%5, i/5
		b[y+5*((2*x+3*y)%5)] = bits.RotateLeft64(a[i], int(keccakTurns[i]))
	}
	for i := range a {
		row := i / 5 * 5
		a[i] = b[i] ^ ^b[row+(i+1)%5]&b[row+(i+2)%5]
	}
	a[0] ^= key
}

const keccakTurns = "\x00\x01\x3e\x1c\x1b\x24\x2c\x06\x37\x14\x03\x0a\x2b\x19\x27\x29\x2d\x0f\x15\x08\x12\x02\x3d\x38\x0e"

var keccakKeys = [24]uint64{
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
}
