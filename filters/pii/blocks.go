package pii

import "math/bits"

// chunk is how many blocks are classified at a time.
const chunk = 64

// all is a mask of all bytes of a block.
const all = 1<<64 - 1

// blocks has the bit masks of a chunk of a run of bytes, with one block before and three after it, of which the last may be empty: what a bit means depends on its neighbours. Bytes
// outside of the fields are of no class.
type blocks struct {
	b       [1 + chunk + 3]block
	rows    [1 + chunk + 2]uint64 // digits, and what separates groups of them
	anchors [chunk]anchors
	carry   carry
	tables  tables
	hints   hintTable                     // the same, for the kernel that takes single bytes
	next    int                           // the first field that ends behind what was classified
	tail    [2*blockSize + lookahead]byte // the end of a run, filled up with zeros
}

// start begins with a run.
func (x *blocks) start(fields []Field) int {
	x.b[chunk] = block{}
	x.carry = carry{}
	x.next = 0
	return fields[0].Start &^ (blockSize - 1)
}

// load classifies the chunk that begins at base, a multiple of blockSize, behind the one before. It returns the number of blocks.
func (x *blocks) load(run []byte, base int, fields []Field) int {
	x.b[0] = x.b[chunk]
	run = run[:fields[len(fields)-1].End]
	rest := run[min(base, len(run)):]
	n := min(len(rest)/blockSize+1, chunk+2) // a word that ends with the text has its anchor behind it
	whole := min(max(len(rest)-lookahead, 0)/blockSize, n)
	classify(rest, x.b[1:1+whole], x)
	if whole < n {
		clear(x.tail[copy(x.tail[:], rest[min(whole*blockSize, len(rest)):]):])
		classify(x.tail[:], x.b[1+whole:1+n], x)
	}
	x.b[1+n] = block{}
	x.clip(base, n, fields)
	return min(n, chunk)
}

// clip clears the bits of what is outside of the fields.
func (x *blocks) clip(base, n int, fields []Field) {
	from, end := base, base+n*blockSize
	for i := x.next; from < end; i++ {
		to := end
		if i < len(fields) {
			to = min(fields[i].Start, end)
		}
		x.clear(base, from, to)
		if i == len(fields) {
			return
		}
		from = max(from, fields[i].End)
		if from <= base+chunk*blockSize {
			x.next = i + 1
		}
	}
}

// clear clears the bits of the bytes in a range.
func (x *blocks) clear(base, from, to int) {
	for from < to {
		k, o := 1+(from-base)/blockSize, uint(from-base)%blockSize
		stop := min(to, from-int(o)+blockSize)
		x.b[k].keep(^(uint64(all) >> (64 - uint(stop-from)) << o))
		from = stop
	}
}

func (b *block) keep(m uint64) {
	b.digit &= m
	b.letter &= m
	b.space &= m
	b.dash &= m
	b.dot &= m
	b.colon &= m
	b.escape &= m
	b.hint &= m
}

// anchors are positions of a block at which detectors look: those where what they find may be.
type anchors struct {
	hint    uint64 // an '@', or where three bytes of a literal may be
	number  uint64 // the first digit of a row of seven bytes or more
	word    uint64 // behind a word of letters and digits
	country uint64 // the first of two letters before two digits
	colons  uint64
	dashes  uint64
}

func (a *anchors) left() uint64 { return a.hint | a.number | a.word | a.country | a.colons | a.dashes }

// carry is what find has to know of the block before.
type carry struct {
	digits, letters uint64    // 1 if a word goes on that has one
	words           [4]uint64 // bytes that are the last of 1, 2, 4, 8 ones of a word
}

// up shifts c up by n bits, and fills it with the bits of the block before, down shifts it down and fills it with those of the block after.
func up(p, c uint64, n uint) uint64   { return c<<n | p>>(64-n) }
func down(c, a uint64, n uint) uint64 { return c>>n | a<<(64-n) }

// findSlowly finds the anchors of the n blocks, and returns a bit for each block that has any.
func (x *blocks) findSlowly(n int, mask *anchors) (some uint64) {
	x.rows[1] = rowOf(&x.b[0], &x.b[1], &x.b[2])
	for i := range n {
		p, c, a := &x.b[i], &x.b[1+i], &x.b[2+i]
		x.rows[2+i] = rowOf(c, a, &x.b[3+i])
		found := &x.anchors[i]
		*found = anchors{hint: c.hint & mask.hint, word: x.carry.words2(p, c) & mask.word}
		if c.digit|a.digit != 0 {
			found.number = numbersOf(p, c, x.rows[1+i], x.rows[2+i]) & mask.number
			letter := c.letter &^ up(p.escape, c.escape, 1)
			found.country = letter & down(c.letter, a.letter, 1) & down(c.digit, a.digit, 2) & down(c.digit, a.digit, 3) &^
				up(p.digit, c.digit, 1) &^ up(p.letter&^(p.escape<<1), letter, 1) & mask.country
		}
		rareOf(p, c, a, found, mask)
		if found.left() != 0 {
			some |= 1 << i
		}
	}
	return some
}

// rowOf returns the digits of block c, and the single bytes or pairs that separate groups of them.
func rowOf(p, c, a *block) uint64 {
	d, s := c.digit, c.space|c.dash|c.dot
	if s == 0 || d == 0 && p.digit == 0 {
		return d
	}
	sp, sa := p.space|p.dash|p.dot, a.space|a.dash|a.dot
	before, after := up(p.digit, d, 1), down(d, a.digit, 1)
	return d | s&(before&after|before&down(s, sa, 1)&down(d, a.digit, 2)|up(sp, s, 1)&up(p.digit, d, 2)&after)
}

// numbersOf returns where digits begin that aren't behind a '.' or '-' and a digit, and seven bytes of a row.
func numbersOf(p, c *block, row, rowAfter uint64) uint64 {
	two, twoAfter := row&down(row, rowAfter, 1), rowAfter&(rowAfter>>1)
	four, fourAfter := two&down(two, twoAfter, 2), twoAfter&(twoAfter>>2)
	digits := up(p.digit, c.digit, 1)
	joint := (c.dot | c.dash) & digits
	return c.digit & four & down(four, fourAfter, 3) &^ digits &^ up((p.dot|p.dash)&(p.digit<<1), joint, 1)
}

// words2 returns what is behind words of eight bytes or more that have a digit and a letter. The sum of a word's bits and of some of them carries
// to the bit behind it.
func (x *carry) words2(p, c *block) uint64 {
	d, l := c.digit, c.letter&^up(p.escape, c.escape, 1)
	w := d | l
	var behind [2]uint64
	behind[0], x.digits = bits.Add64(w, d, x.digits)
	behind[1], x.letters = bits.Add64(w, l, x.letters)
	two := w & up(x.words[0], w, 1)
	four := two & up(x.words[1], two, 2)
	eight := four & up(x.words[2], four, 4)
	found := behind[0] & behind[1] &^ w & up(x.words[3], eight, 1)
	x.words = [4]uint64{w, two, four, eight}
	return found
}

func rareOf(p, c, a *block, found, mask *anchors) {
	if c.colon != 0 && mask.colons != 0 {
		w, wa := c.digit|c.letter, a.digit|a.letter
		before, after := up(p.digit|p.letter, w, 1), down(w, wa, 1)
		between := c.colon & before & after
		if between != 0 {
			betweenAfter := a.colon & up(w, wa, 1)
			near := between & nearby5(between, betweenAfter)
			found.colons = near & nearby5(near, betweenAfter&nearby5(betweenAfter, 0))
		}
		found.colons = (found.colons | c.colon&up(p.colon, c.colon, 1)&(after|up(p.digit|p.letter, w, 2))) & mask.colons
	}
	if (c.dash|c.dot) != 0 && mask.dashes != 0 {
		w, wa, wp := c.digit|c.letter, a.digit|a.letter, p.digit|p.letter
		group := up(wp, w, 4) &^ up(wp, w, 5) & down(w, wa, 9) &^ down(w, wa, 10) // four bytes before and behind
		found.dashes = (c.dash&down(c.dash, a.dash, 3)&down(c.dash, a.dash, 6)&down(c.dash, a.dash, 9)&down(c.dash, a.dash, 12) |
			c.dot&down(c.dot, a.dot, 5)&group) & mask.dashes
	}
}

// nearby5 returns the bits that have another one two to five bits further.
func nearby5(c, a uint64) uint64 {
	return down(c, a, 2) | down(c, a, 3) | down(c, a, 4) | down(c, a, 5)
}
