package pii

// The text is looked at in blocks of 64 bytes: classify turns each into bit masks, by which anchors are found without a look at single bytes.
// There are two kernels with the same result: SIMD for Wasm (classify_wasm.s), words of 8 bytes elsewhere (classify_generic.go).

const (
	blockSize = 64
	// lookahead is how many bytes behind the last block a kernel may read.
	lookahead = 16
)

// block has a bit for each of 64 bytes, the lowest for the first. The kernel in assembly relies on the order of its fields.
type block struct {
	digit  uint64
	letter uint64 // of ASCII
	space  uint64 // ' ', '/', '(', ')'
	dash   uint64 // '-'
	dot    uint64
	colon  uint64
	escape uint64 // a backslash
	hint   uint64 // '@', or where the window of a literal may begin: literals.go
}

// nibbles has, for the low and for the high four bits of a byte, the classes or sets of hints that the byte may belong to. It belongs to those
// that are in both.
type nibbles struct{ low, high [16]byte }

func (n *nibbles) add(c, bit byte) {
	n.low[c&15] |= bit
	n.high[c>>4] |= bit
}

func (n *nibbles) of(c byte) byte { return n.low[c&15] & n.high[c>>4] }

// tables are for the classes, and for the windows of literals. The kernel in assembly relies on the order of its fields.
type tables struct {
	class  nibbles
	hint   [window]nibbles
	filter filter
}

// Bits of tables.class. The kernel in assembly shifts them out from the highest.
const (
	isDigitBit   byte = 0x80
	isSpaceBit   byte = 0x40
	isDashBit    byte = 0x20
	isDotBit     byte = 0x10
	isColonBit   byte = 0x08
	isEscapeBit  byte = 0x04
	isLowRowBit  byte = 1 // letters up to 'o'
	isHighRowBit byte = 2 // the others
)

var classTable = newClassTable()

func newClassTable() (t nibbles) {
	for c := byte('0'); c <= '9'; c++ {
		t.add(c, isDigitBit)
	}
	for c := byte('a'); c <= 'z'; c++ {
		bit := isLowRowBit
		if c >= 'p' {
			bit = isHighRowBit
		}
		t.add(c, bit)
		t.add(c&^0x20, bit)
	}
	for bit, set := range map[byte]string{isSpaceBit: " /()", isDashBit: "-", isDotBit: ".", isColonBit: ":", isEscapeBit: `\`} {
		for i := range len(set) {
			t.add(set[i], bit)
		}
	}
	return t
}
