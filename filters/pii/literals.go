package pii

// Literals are found by a window of four bytes of theirs, or of three if they have no more. The kernels compare the windows of the text with eight sets at
// once, by tables of the low and high four bits of bytes. A set of several literals matches other bytes, too: which window stands for a literal, and in
// which set, is chosen for few of them in common text, and what matches is looked up in a filter, a bit for each hash of a window, before a detector sees it.

// literal is what a detector's words and prefixes are.
type literal struct {
	text string
	fold bool // any case; then text is in lower case
	d    *detector
	at   int // where the window is
	set  int
	hash uint32 // of the window
	next int    // the next one whose hash has the same index, 0 for none
}

// literals are those of an engine.
type literals struct {
	list  []literal              // from 1 on
	index [1 << indexBits]uint16 // by hash of the window, 0 for none
}

const (
	minLiteral = 3
	window     = 4

	indexBits  = 10
	filterBits = 15
)

// filter has a bit for each hash of a window. The kernel in assembly reads it, too.
type filter [1 << filterBits / 8]byte

func (l *literals) add(x literal) {
	if len(l.list) == 0 {
		l.list = make([]literal, 1, 128)
	}
	if len(x.text) >= minLiteral {
		l.list = append(l.list, x)
	}
}

// hashOf is the hash of a window in any case of letters: of four bytes, the first the lowest, or of three with 0 for the fourth.
func hashOf(w uint32) uint32 { return w * 0x9e3779b1 }

// windows returns the hashes of the windows of four and of three bytes that begin with b.
func windows(b []byte) (four, three uint32) {
	w := load4(b) | 0x20202020
	return hashOf(w), hashOf(w & 0xffffff)
}

// hashWindow sets the hash.
func (x *literal) hashWindow() {
	var w [window]byte
	n := copy(w[:], x.text[x.at:])
	four, three := windows(w[:])
	if x.hash = four; n < window {
		x.hash = three
	}
}

func (f *filter) add(h uint32) { f[h>>(32-filterBits)>>3] |= 1 << (h >> (32 - filterBits) & 7) }

func (f *filter) has(h uint32) bool { return f[h>>(32-filterBits)>>3]>>(h>>(32-filterBits)&7)&1 != 0 }

// mayBegin tells whether the window of a literal may be what b begins with, which has lookahead bytes.
func (f *filter) mayBegin(b []byte) bool {
	four, three := windows(b)
	return f.has(four) || f.has(three)
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

// anyByte is the set of all bytes.
var anyByte = nibbleSet{0xffff, 0xffff}

// quad is four sets, for the bytes of a window.
type quad [window]nibbleSet

func (t quad) with(x *literal, at int) quad {
	for i := range t {
		if at+i < len(x.text) {
			t[i].add(x.text[at+i], x.fold)
		} else {
			t[i] = anyByte
		}
	}
	return t
}

// weight is how often windows match, of 10¹².
func (t quad) weight() int {
	w := 1
	for i := range t {
		w *= t[i].weight()
	}
	return w
}

// arrange chooses the windows and the sets of what isn't arranged beforehand (TestArrange), such as literals of the user, and returns the tables for the
// kernels.
func (l *literals) arrange(f *filter) [window]nibbles {
	var sets [8]quad
	for i := 1; i < len(l.list); i++ {
		if x := &l.list[i]; x.isArranged() {
			sets[x.set] = sets[x.set].with(x, x.at)
		}
	}
	var weights [8]int
	for s := range sets {
		weights[s] = sets[s].weight()
	}
	for i := 1; i < len(l.list); i++ {
		x := &l.list[i]
		if x.isArranged() {
			continue
		}
		best := -1
		for at := 0; at == 0 || at+window <= len(x.text); at++ {
			for s := range sets {
				if cost := sets[s].with(x, at).weight() - weights[s]; best < 0 || cost < best {
					best, x.at, x.set = cost, at, s
				}
			}
		}
		sets[x.set] = sets[x.set].with(x, x.at)
		weights[x.set] = sets[x.set].weight()
	}
	for i := len(l.list) - 1; i > 0; i-- {
		x := &l.list[i]
		x.hashWindow()
		h := x.hash
		f.add(h)
		x.next, l.index[h>>(32-indexBits)] = int(l.index[h>>(32-indexBits)]), uint16(i)
	}
	return newTables(&sets)
}

// key is what a literal is known by in arranged.
func (x *literal) key() string {
	if x.fold {
		return x.text
	}
	return "=" + x.text
}

// isArranged sets where x is found from arranged, and tells whether it is there.
func (x *literal) isArranged() bool {
	a, ok := arranged[x.key()]
	if ok {
		x.at, x.set = int(a[0]-'A'), int(a[1]-'0')
	}
	return ok
}

func newTables(sets *[8]quad) (t [window]nibbles) {
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

// hintTable has, for each byte, the sets of literals that it may be the first to fourth byte of the window of, eight bits each.
type hintTable [256]uint32

func (t *hintTable) from(n *[window]nibbles) {
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
