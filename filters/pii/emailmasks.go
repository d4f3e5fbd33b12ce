package pii

import "math/bits"

// The common case of email.go, decided by masks instead of a look at each byte: an address of ASCII letters, digits, '.' and '-' between delimiters that
// leave no doubt. Anything else is left to the detector.

// verdict is what masks tell about an '@'.
type verdict uint8

const (
	unsure verdict = iota
	noAddress
	address
)

// emailByMasks looks at the '@' at i, which is bit o of block k.
func (x *blocks) emailByMasks(b []byte, i, k int, o uint) (start, end int, v verdict) {
	p, c, n := &x.b[k-1], &x.b[k], &x.b[k+1]
	o &= 63
	left := (c.letter|c.digit|c.dot|c.dash)<<1<<(63-o) | (p.letter|p.digit|p.dot|p.dash)>>o // its highest bit is the byte before
	right := (c.letter|c.digit|c.dot|c.dash)>>o>>1 | (n.letter|n.digit|n.dot|n.dash)<<(63-o)
	l, r := bits.LeadingZeros64(^left), bits.TrailingZeros64(^right)
	if l > 62 || r > 62 || r == 0 {
		return 0, 0, unsure
	}
	start, end = i-l, i+1+r
	if start > 0 && classOf[b[start-1]]&endsLocal == 0 || start > 0 && b[start-1] == '\'' || end < len(b) && (b[end] >= 0x80 || b[end] == ':') {
		return 0, 0, unsure
	}
	dots := (c.dot>>o>>1 | n.dot<<(63-o)) & (1<<r - 1)
	letters := (c.letter>>o>>1 | n.letter<<(63-o)) & (1<<r - 1)
	switch topLevel := dots & (letters >> 1) & (letters >> 2); {
	case l == 0 || topLevel == 0:
		return 0, 0, noAddress
	}
	if dots>>(r-1) != 0 { // of the sentence
		r--
		end--
		dots &^= 1 << r
	}
	last := bits.Len64(dots) // where the top-level domain begins
	dashes := (c.dash>>o>>1 | n.dash<<(63-o)) & (1<<r - 1)
	localDots := c.dot<<1<<(63-o) | p.dot>>o
	odd := dots&(dots>>1) | dashes&(dots>>1|dots<<1) | (dots|dashes)&1 | // labels that are empty, or begin or end with '-'
		localDots&(localDots<<1)>>(63-l) | localDots>>63 // dots beside each other, or before the '@'
	if odd != 0 || letters>>last != 1<<(r-last)-1 || r-last < 2 || !isAlnum(b[start]) || isDigit(b[i+1]) || isFileSuffix(b[i+1+last:end]) {
		return 0, 0, unsure
	}
	return start, end, address
}
