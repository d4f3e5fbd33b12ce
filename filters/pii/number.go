package pii

import (
	"math/bits"

	"github.com/libnasp/libnasp/filters/yield"
)

// number is a row of digits: one group, or several with a space, '-', '.', '/' or parentheses between. It lies in the text, and no word, decimal or
// longer number that it would be a part of ends where it begins. What stands behind it is for the detector to check, by text.endsAt.
type number struct {
	start, end int
	digits     int    // how many there are
	seps       uint64 // a bit for each byte that is no digit, the lowest for the one at start
}

// bare tells whether the row is digits only.
func (n *number) bare() bool { return n.seps == 0 }

// first returns the length of the first group.
func (n *number) first() int {
	if n.seps == 0 {
		return n.end - n.start
	}
	return bits.TrailingZeros64(n.seps)
}

// endsAt tells whether a number may end before i.
func (t *text) endsAt(i int) bool { return numberEnds(t.b, i) }

// minRow is the shortest row that detectors are called at, in bytes: findNumbers relies on it.
const minRow = 7

// number is called at the first digit of a row, which is bit o of block k.
func (e *Engine) number(i, k int, o uint) {
	t := &e.text
	if i > t.claimed {
		if c := t.b[i-1]; isWord(c) || c == '%' {
			skip := afterEscape(t.b, i) - i
			if skip == 0 && !endsEscape(t.b, i) {
				return
			}
			i, o = i+skip, o+uint(skip)
			if k, o = k+int(o/blockSize), o%blockSize; k > chunk {
				e.blocks.rows[chunk+2] = rowOf(&e.blocks.b[chunk+1], &e.blocks.b[chunk+2], &e.blocks.b[chunk+3])
			}
		}
	}
	x := &e.blocks
	row := x.rows[k]>>o | x.rows[k+1]<<(64-o)
	size := bits.TrailingZeros64(^row)
	seps := ^(x.b[k].digit>>o | x.b[k+1].digit<<(64-o)) & (1<<size - 1)
	digits := size - bits.OnesCount64(seps)
	if size < minRow || seps&1 != 0 {
		return
	}
	d := &e.dispatch
	wants, form := d.byDigits[min(digits, maxRow)], bareForm
	second := i + 1
	if seps != 0 {
		first := bits.TrailingZeros64(seps)
		wants, form = d.byLeast[min(digits, maxRow)]&d.byGroup[min(first, maxRow)]&d.bySeps[min(size-digits, maxSeps)], x.formOf(k, o+uint(first))
		if seps&2 != 0 {
			second++ // "1-800": there is one, since a row ends with a digit
			if !isDigit(t.b[second]) {
				second++
			}
		}
	}
	if wants &= d.byForm[form] & d.byLead[(t.b[i]-'0')*10+t.b[second]-'0'] & d.byBehind[at(t.b, i+size)]; wants == 0 {
		return
	}
	b, start := t.alone(i)
	if !numberStarts(b, start) {
		return
	}
	c := at(t.b, i-1)
	if wants = e.withoutNeedy(wants, i, i+size, seps != 0 || t.b[i] == '0' || c == '+' || c == '('); wants == 0 {
		return
	}
	t.num = number{start: i, end: i + size, digits: digits, seps: seps}
	for ; wants != 0; wants &= wants - 1 {
		yield.After(anchorWork)
		t.d = e.dispatch.numbers[bits.TrailingZeros64(wants)]
		if t.d.number(t, &t.num); t.num.start < t.claimed && t.num.bare() {
			return
		}
	}
}

// formOf tells by which separator a row goes on: that at bit o of block k, or of the one behind it.
func (x *blocks) formOf(k int, o uint) forms {
	c := &x.b[k+int(o/blockSize)]
	switch o %= blockSize; {
	case c.dash>>o&1 != 0:
		return dashForm
	case c.dot>>o&1 != 0:
		return dotForm
	}
	return spaceForm
}

// withoutNeedy takes the detectors out that need words which aren't near the row. Of rows that begin with '0', or behind '+' or '(', which phone numbers do, all
// but those that always need some are left, as of grouped ones.
func (e *Engine) withoutNeedy(wants bitset, start, end int, grouped bool) bitset {
	d := &e.dispatch
	needy := d.needy[0]
	if grouped {
		needy = d.needy[1]
	}
	if needy &= wants; needy == 0 {
		return wants
	}
	wants &^= needy
	for sets := e.text.setsNear(start, end); sets != 0; sets &= sets - 1 {
		wants |= needy & d.bySet[bits.TrailingZeros64(sets)]
	}
	return wants
}

// numberStarts tells whether digits that begin at i aren't the rest of a word, a decimal, a UUID or a longer number.
func numberStarts(b []byte, i int) bool {
	switch at(b, i-1) {
	case '.':
		return !isDigit(at(b, i-2))
	case '-':
		return !wordHasDigit(b, i-1) && !uuidEnds(b, i-1)
	}
	return wordStarts(b, i)
}

// numberEnds tells whether a number may end before i.
func numberEnds(b []byte, i int) bool {
	switch c := at(b, i); c {
	case '.', '-':
		return !isDigit(at(b, i+1))
	default:
		return !isWord(c)
	}
}

// wordHasDigit tells whether the word that ends before i has a digit.
func wordHasDigit(b []byte, i int) bool {
	for j := i - 1; j >= 0 && j >= i-maxCard && isAlnum(b[j]); j-- {
		if isDigit(b[j]) {
			return true
		}
	}
	return false
}

// uuidEnds tells whether the last but one group of a UUID ends before i.
func uuidEnds(b []byte, i int) bool {
	return at(b, i-5) == '-' && isHex(b[i-4]) && isHex(b[i-3]) && isHex(b[i-2]) && isHex(b[i-1])
}
