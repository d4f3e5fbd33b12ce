package pii

// chunk is how many blocks are classified at a time.
const chunk = 32

// all is a mask of all bytes of a block.
const all = 1<<64 - 1

// blocks has the bit masks of a chunk of a text, with one block before and two after it: what a bit means depends on its neighbours.
type blocks struct {
	b       [1 + chunk + 2]block
	anchors [chunk]anchors
	tail    [2*blockSize + lookahead]byte // the end of a text, filled up with zeros, which are of no class
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
type anchors struct { // The kernel in assembly relies on the order.
	at   uint64 // '@', but behind ' '
	hint uint64
	card uint64 // a digit, followed by at least 11 bytes of digits in groups, or 14 if few numbers begin so
	ssn  uint64 // the separator behind an area number
	ipv4 uint64 // the first of three dots that stand near each other between digits
	iban uint64 // the country, before two digits
}

func (a *anchors) all() uint64 { return a.at | a.hint | a.card | a.ssn | a.ipv4 | a.iban }

// find finds the anchors of the n blocks, and returns a bit for each block that has any.
func (x *blocks) find(n int, alone bool, mask *anchors) (some uint64) {
	var starts uint64
	if alone {
		starts = all
	}
	return findAnchors(&x.b, &x.anchors, mask, uint64(n), starts)
}
