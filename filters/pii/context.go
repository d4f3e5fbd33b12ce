package pii

import (
	"math/bits"

	"github.com/libnasp/libnasp/filters/yield"
)

// Words near a candidate say what it is: "SSN 219091234". Looking for them costs nothing where there is no candidate, and each byte is looked at once.

// wordSet is a bit for each set of context words.
type wordSet = bitset

// contexts are the sets that there are.
var contexts struct {
	n       int
	words   [1 << 10][]contextWord // by the low five bits of the first two bytes
	triples [1 << 10]uint32        // for each of those, the low five bits of the third byte, of words that have less than four letters or a space among them
	filter  filter                 // of the first four letters of the others
}

type contextWord struct {
	text string
	sets wordSet
}

// newContext makes a set of words, in lower case. A space in one stands for a space, '-', '_', or nothing: "date of birth" is in dateOfBirth, too. A word may
// have an s behind it. It must be one by itself, or begin with a capital letter behind a small one.
func newContext(words ...string) wordSet {
	if contexts.n == 64 {
		panic("pii: more than 64 sets of context words")
	}
	set := wordSet(1) << contexts.n
	contexts.n++
	for _, w := range words {
		i := pairOf(w[0], w[1])
		contexts.words[i] = append(contexts.words[i], contextWord{w, set})
		switch {
		case len(w) >= window && isLetter(w[2]) && isLetter(w[3]):
			four, _ := windows([]byte(w))
			contexts.filter.add(four)
		case len(w) > 2 && w[2] != ' ':
			contexts.triples[i] |= 1 << (w[2] & 31)
		default:
			contexts.triples[i] = 1<<32 - 1
		}
	}
	return set
}

func pairOf(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// mayBeContext tells whether a context word may begin at i, by the bytes there if there are enough.
func mayBeContext(b []byte, i int) bool {
	if i+window > len(b) {
		return true
	}
	if contexts.triples[pairOf(b[i], b[i+1])]>>(b[i+2]&31)&1 != 0 {
		return true
	}
	four, _ := windows(b[i:])
	return contexts.filter.has(four)
}

// begins tells whether a word may begin with c behind the byte before: a letter that doesn't go on with a word, or a capital behind a small one. It is small enough to be a
// part of loops, since calls are dear in Wasm.
func begins(before, c byte) bool {
	return isLetter(c) && (!isLetter(before) || before >= 'a' && c < 'a')
}

// The default of Config.ContextBefore, and how far behind a candidate words count, in bytes.
const (
	contextBefore = 48
	contextAfter  = 24
)

// nearby remembers which context words stand where.
type nearby struct {
	before int // how far a word may be
	to     int // up to here has been looked
	hits   [8]hit
	n      int // all hits that there were

	row     int // 1 more than where the row begins that setsNear was asked about last, 0 for none
	rowSets wordSet
}

type hit struct {
	at   int
	sets wordSet
}

// context tells whether one of the words stands near what begins and ends here: in the name of its field if it has one, otherwise before or behind
// it, in the same line.
func (t *text) context(start, end int, sets wordSet) bool {
	if t.named&sets != 0 {
		return true
	}
	if name, nameEnd, ok := t.fieldName(start); ok {
		return t.setsOf(name, nameEnd)&sets != 0
	}
	return t.setsBefore(start)&sets != 0 || t.wordsIn(end, t.lineEnd(end, contextAfter))&sets != 0
}

// setsNear returns the sets that have words near a row of digits: all for which context or says is true of a number that begins with the row, or with
// signs before it.
func (t *text) setsNear(start, end int) wordSet {
	if t.nearby.row != start+1 {
		t.nearby.row, t.nearby.rowSets = start+1, t.findSetsNear(start, end)
	}
	return t.nearby.rowSets
}

func (t *text) findSetsNear(start, end int) wordSet {
	yield.After(2 * anchorWork)
	if t.named != 0 {
		return all
	}
	if sets, ok := t.setsOfMember(start); ok {
		return sets
	}
	if name, nameEnd, ok := t.fieldName(start); ok {
		return t.setsOf(name, nameEnd) | t.foreign(start)
	}
	first := start
	for n := 0; n < 4 && contains("+-( ", at(t.b, first-1)); n++ {
		first--
	}
	sets := t.setsBefore(start) | t.wordsIn(start, t.lineEnd(start, end-start+contextAfter)) | t.foreign(start)
	if name, nameEnd, ok := t.nameOf(start); ok {
		sets |= t.wordsIn(name, nameEnd)
	}
	if first < start {
		for i := max(0, first-t.nearby.before); i < first && i < start-t.nearby.before; i++ { // what is too far from start only
			sets |= t.contextWord(i)
		}
		for i := first; i < start; i++ {
			if name, nameEnd, ok := t.nameOf(i); ok {
				sets |= t.wordsIn(name, nameEnd)
			}
		}
	}
	return sets
}

// foreignWords is a set without words: other scripts than ASCII stand near before.
var foreignWords = newContext()

func (t *text) foreign(i int) wordSet {
	for k := max(0, i-contextAfter); k < i; k++ {
		if t.b[k] >= 0x80 {
			return foreignWords
		}
	}
	return 0
}

// setsOfMember is the usual case of findSetsNear, for a member of an object of JSON whose name has at most 16 bytes of ASCII: names come again and again, so what
// they say is remembered.
func (t *text) setsOfMember(i int) (sets wordSet, ok bool) {
	b := t.b
	end := i - 2 // "name":123
	if i < 32 {
		return 0, false
	}
	if b[end] != '"' || b[end+1] != ':' {
		if end--; b[end] != '"' || b[end+1] != ':' || b[end+2] != '"' { // "name":"123"
			return 0, false
		}
	}
	lo, hi := load(b[end-16:]), load(b[end-8:])
	if (load(b[end-24:])|lo|hi)&(0x80*everyByte) != 0 {
		return 0, false
	}
	if q := quotes(hi); q != 0 {
		n := uint(bits.LeadingZeros64(q)) &^ 7 // bits behind the quote
		if n == 0 {
			return 0, false
		}
		lo, hi = 0, hi>>(64-n)
	} else if q := quotes(lo); q != 0 {
		lo = lo >> 1 >> (63 - uint(bits.LeadingZeros64(q))&^7)
	} else {
		return 0, false
	}
	x := &t.members.list[(lo*3+hi)*0x9e3779b97f4a7c15>>58]
	if x.key != [2]uint64{lo, hi} {
		start := end
		for b[start-1] != '"' {
			start--
		}
		x.key, x.sets = [2]uint64{lo, hi}, t.wordsIn(start, end)
	}
	return x.sets, true
}

// everyByte is 1 in each byte.
const everyByte = 0x0101010101010101

// quotes has the highest bit of each byte of w that is a quote. All bytes are ASCII.
func quotes(w uint64) uint64 {
	w ^= '"' * everyByte
	return ^(w + 0x7f*everyByte) & (0x80 * everyByte)
}

// setsBefore returns the sets that have words in the window before i.
func (t *text) setsBefore(start int) (sets wordSet) {
	x, b := &t.nearby, t.b
	from := max(0, start-x.before)
	i := max(from, x.to)
	before := at(b, i-1)
	for ; i < start; i++ {
		c := b[i]
		if word := begins(before, c); !word {
			before = c
			continue
		}
		before = c
		if s := t.contextWord(i); s != 0 {
			x.hits[x.n%len(x.hits)] = hit{i, s}
			x.n++
		}
	}
	t.work += max(0, start-max(from, x.to))
	yield.After(byteWork * max(0, start-max(from, x.to)))
	x.to = max(x.to, start)
	for n := x.n - 1; n >= 0 && n > x.n-1-len(x.hits); n-- {
		h := x.hits[n%len(x.hits)]
		if h.at < from {
			break
		}
		if h.at < start {
			sets |= h.sets
		}
	}
	return sets
}

// names remembers the sets of names of fields, which come again and again. Names of up to 16 bytes are kept as two words.
type names struct {
	list [64]struct {
		key  [2]uint64
		size int
		sets wordSet
	}
}

// setsOf returns the sets that have words in the name of a field.
func (t *text) setsOf(start, end int) wordSet {
	size := end - start
	if size > 16 || end < 16 {
		return t.wordsIn(start, end)
	}
	// The bytes before the name are shifted out.
	lo, hi := load(t.b[end-16:]), load(t.b[end-8:])
	if size < 8 {
		lo, hi = 0, hi>>(64-8*uint(size))
	} else {
		lo >>= 128 - 8*uint(size)
	}
	x := &t.names.list[(lo*3+hi)*0x9e3779b97f4a7c15>>58]
	if x.size != size || x.key != [2]uint64{lo, hi} {
		x.key, x.size, x.sets = [2]uint64{lo, hi}, size, t.wordsIn(start, end)
	}
	return x.sets
}

// lineEnd returns the end of the line, or i+n.
func (t *text) lineEnd(i, n int) int {
	stop := min(len(t.b), i+n)
	for i < stop && t.b[i] != '\n' && t.b[i] != '"' {
		i++
	}
	return i
}

// wordsIn returns the sets of all words in a range.
func (t *text) wordsIn(start, end int) (sets wordSet) {
	t.work += end - start
	yield.After(byteWork * (end - start))
	b := t.b
	before := at(b, start-1)
	for i := start; i < end; i++ {
		c := b[i]
		if word := begins(before, c); !word {
			before = c
			continue
		}
		before = c
		sets |= t.contextWord(i)
	}
	return sets
}

// fieldName returns the name of the field that the value at i is all of or begins: "name":"value", name=value. Prose (name: value) has none.
func (t *text) fieldName(i int) (start, end int, ok bool) {
	b, j := t.b, i
	if c := at(b, j-1); c == '"' || c == '\'' {
		j--
	}
	if at(b, j-1) == '\\' {
		j--
	}
	for n := 0; n < 4 && isSpace(at(b, j-1)); n++ {
		j--
	}
	if c := at(b, j-1); c == '[' || c == ',' {
		j = arrayBefore(b, j)
	}
	switch at(b, j-1) {
	case '=':
		end = j - 1
	case ':':
		end = j - 1
		if q := at(b, end-1); q != '"' && q != '\'' {
			return 0, 0, false
		}
		end--
		if at(b, end-1) == '\\' {
			end--
		}
	default:
		return 0, 0, false
	}
	start = end
	for start > 0 && end-start < maxName && (isName(b[start-1]) || b[end] != '=' && b[start-1] == ' ') {
		start--
	}
	return start, end, start < end
}

// maxArray is how far back the beginning of an array of JSON is looked for, in bytes.
const maxArray = 128

// arrayBefore returns the end of what names the array that i is in: "name":["a","b". It returns i if that isn't near.
func arrayBefore(b []byte, i int) int {
	for j := i - 1; j >= 0 && i-j < maxArray; j-- {
		switch b[j] {
		case '[':
			for n := 0; n < 4 && isSpace(at(b, j-1)); n++ {
				j--
			}
			if at(b, j-1) == ':' {
				return j
			}
			return i
		case '{', '}', ']', ':', '=':
			return i
		}
	}
	return i
}

// contextWord returns the sets that have the word which begins at i.
func (t *text) contextWord(i int) (sets wordSet) {
	b, c := t.b, t.b[i]
	if !isLetter(c) || i+1 >= len(b) || !mayBeContext(b, i) {
		return 0
	}
	if i > 0 && isLetter(b[i-1]) && (isLower(c) || !isLower(b[i-1])) {
		return 0
	}
	list := contexts.words[pairOf(c, b[i+1])]
	for n := range list {
		if w := &list[n]; w.at(b, i) {
			sets |= w.sets
		}
	}
	return sets
}

func (w *contextWord) at(b []byte, i int) bool {
	start := i
	for k := range len(w.text) {
		c := at(b, i)
		if w.text[k] == ' ' {
			if contains(" -_", c) {
				i++
			}
			continue
		}
		if lower(c) != w.text[k] {
			return false
		}
		i++
	}
	if at(b, i)|0x20 == 's' {
		i++
	}
	return !isLetter(at(b, i)) || isUpper(b[i]) && !isUpper(b[start+1])
}
