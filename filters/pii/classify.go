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
	space  uint64 // ' '
	dash   uint64 // '-'
	dot    uint64
	at     uint64 // '@'
	rare   uint64 // digits that few cards' numbers begin with
	hint   uint64 // where one of hints may begin
}

// hints are three bytes each, by which names of secrets and escapes of '@' are found, in any case of letters. All hints of one of the
// eight sets share a bit in the tables below, which may find a few other triples, too.
var hints = [8][]string{
	{"pas"}, // password, passphrase, passcode, pass
	{"pwd", `\u0`},
	{"sec"}, // secret; social security
	{"tok"}, // token
	{"aut"}, // auth, authorization
	{"cre"}, // cred, credentials
	{"key"}, // api_key, access_key, private_key
	{"ssn", "%40"},
}

// fourth has a bit, by its low five bits, for each byte that may follow a hint, by the sum of the low five bits of the hint's first two.
var fourth = [32]uint32{
	('p' + 'a') & 31: 1<<('s'&31) | 1<<('0'&31), // passw…, \u00…
	('p' + 'w') & 31: all32,
	('s' + 'e') & 31: 1<<('r'&31) | 1<<('u'&31), // secret, security
	('t' + 'o') & 31: 1 << ('e' & 31),
	('a' + 'u') & 31: 1 << ('h' & 31),
	('c' + 'r') & 31: 1 << ('d' & 31),
	('k' + 'e') & 31: all32,
	('s' + 's') & 31: all32,
	('%' + '4') & 31: all32,
}

const all32 = 1<<32 - 1

// hintGoesOn is a first glance at what follows the hint at i.
func hintGoesOn(b []byte, i int) bool {
	return i+3 >= len(b) || fourth[(b[i]+b[i+1])&31]>>(b[i+3]&31)&1 != 0
}

// nibbles has, for the low and for the high four bits of a byte, the classes or sets of hints that the byte may belong to. It belongs to those
// that are in both.
type nibbles struct{ low, high [16]byte }

func (n *nibbles) add(c, bit byte) {
	n.low[c&15] |= bit
	n.high[c>>4] |= bit
}

func (n *nibbles) of(c byte) byte { return n.low[c&15] & n.high[c>>4] }

// tables are for the classes, and for the three bytes of hints.
type tables struct {
	class nibbles
	hint  [3]nibbles
}

// Bits of tables.class. The kernel in assembly shifts them out from the highest.
const (
	isDigitBit   byte = 0x80
	isSpaceBit   byte = 0x40
	isDashBit    byte = 0x20
	isDotBit     byte = 0x10
	isAtBit      byte = 0x08
	isRareBit    byte = 0x04
	isLowRowBit  byte = 1 // letters up to 'o'
	isHighRowBit byte = 2 // the others
)

var kernelTables = newTables()

func newTables() (t tables) {
	for c := byte('0'); c <= '9'; c++ {
		t.class.add(c, isDigitBit)
	}
	for _, c := range []byte("0179") {
		t.class.add(c, isRareBit)
	}
	for c := byte('a'); c <= 'z'; c++ {
		bit := isLowRowBit
		if c >= 'p' {
			bit = isHighRowBit
		}
		t.class.add(c, bit)
		t.class.add(c&^0x20, bit)
	}
	t.class.add(' ', isSpaceBit)
	t.class.add('-', isDashBit)
	t.class.add('.', isDotBit)
	t.class.add('@', isAtBit)
	for set, words := range hints {
		for _, w := range words {
			for i := range w {
				t.hint[i].add(w[i], 1<<set)
				if isLetter(w[i]) {
					t.hint[i].add(w[i]&^0x20, 1<<set)
				}
			}
		}
	}
	return t
}
