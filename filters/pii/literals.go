package pii

// Literals are found by three bytes of theirs: the kernels compare each three bytes of the text with eight sets at once, by tables of the low and high
// four bits of bytes. A set of several literals matches other bytes, too, so which three bytes stand for a literal, and in which set, is chosen for few of
// them in common text.

// literal is what a detector's words and prefixes are.
type literal struct {
	text string
	fold bool // any case; then text is in lower case
	d    *detector
	at   int // where the three bytes are
	set  int
	next int // the next one of the same hash, 0 for none
}

// literals are those of an engine.
type literals struct {
	list  []literal   // from 1 on
	index [256]uint16 // by hash of the three bytes, 0 for none
}

const minLiteral = 3

func (l *literals) add(x literal) {
	if len(l.list) == 0 {
		l.list = make([]literal, 1, 128)
	}
	if len(x.text) >= minLiteral {
		l.list = append(l.list, x)
	}
}

func hashOf(a, b, c byte) uint8 {
	return uint8((uint32(a|0x20) | uint32(b|0x20)<<8 | uint32(c|0x20)<<16) * 0x9e3779b1 >> 24)
}

// nibbleSet is a set of bytes as the kernels see it: any low with any high four bits of those that were added.
type nibbleSet struct{ low, high uint16 }

func (s *nibbleSet) add(c byte, fold bool) {
	s.low |= 1 << (c & 15)
	s.high |= 1 << (c >> 4)
	if fold && isLetter(c) {
		s.high |= 1 << (c>>4 ^ 2)
	}
}

// weight is how often bytes of the set are met in text, of 1000.
func (s nibbleSet) weight() (w int) {
	for high := byte(2); high < 16; high++ {
		if s.high>>high&1 == 0 {
			continue
		}
		for low := range byte(16) {
			if s.low>>low&1 != 0 {
				w += int(frequency[high<<4|low])
			}
		}
	}
	return w
}

// frequency is roughly how often bytes are met in logs and records, of 1000.
var frequency = newFrequency()

func newFrequency() (t [256]uint8) {
	for i := range t {
		t[i] = 1
	}
	for i, c := range []byte("etaoinsrhdlucmfygwpbvkxqjz") {
		t[c] = uint8(max(3, 60-4*i))
		t[c&^0x20] = 4
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = 15
	}
	for c, n := range map[byte]uint8{' ': 60, '"': 80, ',': 30, ':': 30, '-': 20, '.': 15, '/': 10, '_': 12} {
		t[c] = n
	}
	return t
}

// triple is three sets, for three bytes that follow each other.
type triple [3]nibbleSet

func (t triple) with(x *literal, at int) triple {
	for i := range t {
		t[i].add(x.text[at+i], x.fold)
	}
	return t
}

// weight is how often bytes match, of 10⁹.
func (t triple) weight() int {
	if t[0].low == 0 {
		return 0
	}
	return t[0].weight() * t[1].weight() * t[2].weight()
}

// arrange chooses the sets, and returns the tables for the kernels.
func (l *literals) arrange() [3]nibbles {
	var sets [8]triple
	for round := range 3 {
		for i := 1; i < len(l.list); i++ {
			x := &l.list[i]
			if round > 0 {
				sets[x.set] = l.without(x)
			}
			best := -1
			for at := 0; at+minLiteral <= len(x.text); at++ {
				for s := range sets {
					if cost := sets[s].with(x, at).weight() - sets[s].weight(); best < 0 || cost < best {
						best, x.at, x.set = cost, at, s
					}
				}
			}
			sets[x.set] = sets[x.set].with(x, x.at)
		}
	}
	for i := len(l.list) - 1; i > 0; i-- {
		x := &l.list[i]
		h := hashOf(x.text[x.at], x.text[x.at+1], x.text[x.at+2])
		x.next, l.index[h] = int(l.index[h]), uint16(i)
	}
	return newTables(&sets)
}

// without is the set of x without it.
func (l *literals) without(x *literal) (t triple) {
	for i := 1; i < len(l.list); i++ {
		if y := &l.list[i]; y != x && y.set == x.set {
			t = t.with(y, y.at)
		}
	}
	return t
}

func newTables(sets *[8]triple) (t [3]nibbles) {
	for s := range sets {
		for i, set := range sets[s] {
			for n := range 16 {
				t[i].low[n] |= byte(set.low>>n&1) << s
				t[i].high[n] |= byte(set.high>>n&1) << s
			}
		}
	}
	return t
}

// hintTable has, for each byte, the sets of literals that it may be the first, second and third byte of, in bits 0, 8 and 16 and up.
type hintTable [256]uint32

func (t *hintTable) from(n *[3]nibbles) {
	for c := range t {
		t[c] = 0
		for i := range n {
			t[c] |= uint32(n[i].of(byte(c))) << (8 * i)
		}
	}
}

// has tells whether the literal stands at i.
func (x *literal) has(b []byte, i int) bool {
	if i < 0 || len(b)-i < len(x.text) {
		return false
	}
	if x.fold {
		return hasPrefixFold(b[i:], x.text)
	}
	return string(b[i:i+len(x.text)]) == x.text
}
