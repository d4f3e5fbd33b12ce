package masker

import (
	"crypto/sha256"
	"hash"
)

// hasher is HMAC-SHA-256, RFC 2104, of one key. It is made of crypto/sha256 alone, since crypto/hmac makes a guest several times as large at its start.
type hasher struct {
	sha        hash.Hash
	inner      [sha256.BlockSize]byte // the key xor ipad
	outer      [sha256.BlockSize]byte // the key xor opad
	sum, block [sha256.Size]byte
}

func newHasher(key []byte) *hasher {
	h := &hasher{sha: sha256.New()}
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	for i := range h.inner {
		var k byte
		if i < len(key) {
			k = key[i]
		}
		h.inner[i], h.outer[i] = k^0x36, k^0x5c
	}
	return h
}

// mac returns the HMAC of text and a counter, for texts longer than one HMAC.
func (h *hasher) mac(text []byte, counter byte) []byte {
	h.sha.Reset()
	h.sha.Write(h.inner[:])
	h.sha.Write(text)
	if counter > 0 {
		h.block[0] = counter
		h.sha.Write(h.block[:1])
	}
	inner := h.sha.Sum(h.sum[:0])
	h.sha.Reset()
	h.sha.Write(h.outer[:])
	h.sha.Write(inner)
	return h.sha.Sum(h.sum[:0])
}

// hashAlphabet has no digits, so that nothing in a hash looks like a number that a detector knows.
const hashAlphabet = "abcdefghijklmnopqrstuvwxyzBCDFGH"

// hash appends '*' and letters, as many bytes as text. What begins with '*' is taken for masked already and stays.
func (m *Masker) hash(dst, text []byte) []byte {
	if text[0] == '*' {
		return append(dst, text...)
	}
	end := len(dst) + len(text)
	dst = append(dst, '*')
	for counter := 0; counter < maxMACs && len(dst) < end; counter++ {
		sum := m.hasher.mac(text, byte(counter))
		for _, b := range sum[:min(end-len(dst), len(sum))] {
			dst = append(dst, hashAlphabet[b&31])
		}
	}
	for len(dst) < end {
		dst = append(dst, '*')
	}
	return dst
}

// maxMACs bounds the work for a long text: 256 bits are in the first one already.
const maxMACs = 4

// hashDigits appends a number of the same form whose digits come from the hash; the first one isn't zero.
func (m *Masker) hashDigits(dst, text []byte) []byte {
	sum := m.hasher.mac(text, 0)
	first := true
	for i, c := range text {
		if isDigit(c) {
			c = '0' + sum[i%len(sum)]%10
			if first {
				c = '1' + sum[i%len(sum)]%9
			}
			first = false
		}
		dst = append(dst, c)
	}
	return dst
}
