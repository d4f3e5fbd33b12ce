package pii

// chunk is how many blocks are classified at a time.
const chunk = 32

// blocks has the bit masks of a chunk of a text, with one block before and two after it: what a bit means depends on its neighbours.
type blocks struct {
	b    [1 + chunk + 2]block
	tail [2*blockSize + lookahead]byte // the end of a text, filled up with zeros, which are of no class
}

// load classifies the chunk that begins at base, which must follow the one before it unless it is 0. It returns the number of blocks.
func (x *blocks) load(text []byte, base int) int {
	x.b[0] = x.b[chunk]
	if base == 0 {
		x.b[0] = block{}
	}
	text = text[base:]
	n := min((len(text)+blockSize-1)/blockSize, chunk+1)
	whole := min(max(len(text)-lookahead, 0)/blockSize, n)
	classify(text, x.b[1:1+whole])
	if whole < n {
		clear(x.tail[copy(x.tail[:], text[whole*blockSize:]):])
		classify(x.tail[:], x.b[1+whole:1+n])
	}
	x.b[1+n] = block{}
	return min(n, chunk)
}

// anchors are positions of a block at which a detector looks: those where what it finds may be.
type anchors struct {
	at   uint64 // '@'
	hint uint64
	card uint64 // a digit, followed by at least 11 bytes of digits in groups
	ssn  uint64 // the separator behind an area number
	ipv4 uint64 // the first of three dots that stand near each other between digits
	iban uint64 // the country, before two digits
}

func (a *anchors) all() uint64 { return a.at | a.hint | a.card | a.ssn | a.ipv4 | a.iban }

// anchors finds those of block i. alone is for texts of their own: then a card begins where a group of digits does, and an IBAN where a word does.
func (x *blocks) anchors(i int, alone bool) (a anchors) {
	before, b, after := &x.b[i-1], &x.b[i], &x.b[i+1]
	a.at, a.hint = b.at, b.hint
	if b.digit == 0 && after.digit&0xff == 0 {
		return a
	}
	digit := wide{b.digit, after.digit}
	inner := wide{before.digit>>63 | b.digit<<1, b.digit>>63 | after.digit<<1}.and(digit.shr(1)) // between two digits
	gap := inner.and(wide{b.gap, after.gap})

	if dot := inner.and(wide{b.dot, after.dot}); dot.lo != 0 {
		near := dot.and(dot.shr(2).or(dot.shr(3)).or(dot.shr(4)))
		a.ipv4 = near.and(near.shr(2).or(near.shr(3)).or(near.shr(4))).lo
	}
	if pair := gap.and(gap.shr(3)); pair.lo != 0 {
		a.ssn = pair.and(digit.shr(4)).and(digit.shr(5)).and(digit.shr(6)).and(digit.shr(7)).lo
	}
	row := digit.or(gap)
	long := row.and(row.shr(1))
	long = long.and(long.shr(2))
	four := long
	long = long.and(long.shr(4))
	a.card = long.and(four.shr(8)).lo & b.digit
	a.iban = b.letter & (b.letter>>1 | after.letter<<63) & digit.shr(2).lo & digit.shr(3).lo
	if alone {
		word := b.letter | b.digit
		a.iban &^= word<<1 | (before.letter|before.digit)>>63
		a.card &^= b.digit<<1 | before.digit>>63
	}
	return a
}

// wide is the mask of two blocks. Shifts fill up with zeros, so only the low half is exact after one.
type wide struct{ lo, hi uint64 }

func (w wide) and(v wide) wide { return wide{w.lo & v.lo, w.hi & v.hi} }
func (w wide) or(v wide) wide  { return wide{w.lo | v.lo, w.hi | v.hi} }
func (w wide) shr(n uint) wide { return wide{w.lo>>n | w.hi<<(64-n), w.hi >> n} }

func (a *anchors) and(m *anchors) {
	a.at &= m.at
	a.hint &= m.hint
	a.card &= m.card
	a.ssn &= m.ssn
	a.ipv4 &= m.ipv4
	a.iban &= m.iban
}
