package pii

import (
	"math/bits"

	"github.com/libnasp/libnasp/filters/yield"
)

// minWordLen is the shortest word of letters and digits that is looked at, in bytes.
const minWordLen = 8

// word is one of ASCII letters and digits with at least one of each. No letter, digit or '_' stands beside it.
type word struct {
	start, end int
	digits     uint64 // a bit for each byte that is a digit, the lowest for the one at start
}

// wordBefore is called behind a word, at bit o of block k.
func (e *Engine) wordBefore(end, k int, o uint) {
	t, x := &e.text, &e.blocks
	p, c := &x.b[k-1], &x.b[k]
	back := (c.letter|c.digit)<<1<<(63-o) | (p.letter|p.digit)>>o // its highest bit is the byte before
	n := bits.LeadingZeros64(^back)
	if n > maxWordLen {
		return
	}
	digits := (c.digit<<1<<(63-o) | p.digit>>o) >> (64 - n)
	start := end - n
	if start > 0 && t.b[start-1] == '\\' && contains("nrt", t.b[start]) {
		start, n, digits = start+1, n-1, digits>>1
	}
	if n < minWordLen || len(e.dispatch.words[n]) == 0 || start < t.claimed || at(t.b, start-1) == '_' || at(t.b, end) == '_' {
		return
	}
	t.w = word{start, end, digits}
	list := e.dispatch.words[n]
	for i := range list {
		if d := &list[i]; d.mask&digits == d.digits && (d.needs == 0 || t.setsNear(start, end)&d.needs != 0) {
			t.d = d.detector
			yield.After(anchorWork)
			if d.word(t, &t.w); start < t.claimed {
				return
			}
		}
	}
}
