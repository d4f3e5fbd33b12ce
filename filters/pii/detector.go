package pii

// detector declares what finds one kind of data: by which anchors a place is found where it may be, and who looks at it there. Each file of a kind
// has one or more:
//
//	var _ = register(detector{
//		kind: UKNHS, reason: "NHS number",
//		number: nhs, digits: span{10, 10},
//	})
//
//	func nhs(t *text, n *number) { … t.add(start, end, 80) }
//
// A detector may have several anchors, and is called at each, in the order of the text. It looks outward from there, over a number of bytes that is
// bounded by a constant, or that no other call looks at again.
type detector struct {
	kind   Kind
	reason string // what was found, in a few words: Finding.Reason

	// literal is called where one of these stands. i is its first byte, n its length. words are in lower case and match any case, prefixes match as they
	// are written. Shorter ones than three bytes aren't found. What stands beside them is for the detector to check: wordStarts.
	literal  func(t *text, i, n int)
	words    []string
	prefixes []string

	// number is called at the first digit of a row of digits, alone or in groups, that isn't the rest of a word, a decimal or a longer number, if its
	// digits are as many as in digits. In grouped rows more may follow: other numbers behind a space.
	number func(t *text, n *number)
	digits span
	leads  []string // the two digits that it may begin with, all if empty. "4*" is for any that begin with 4.
	forms  forms    // how the row may go on behind its first group, any way if 0
	group  span     // digits of the first group of a row that has several, any if 0
	seps   int      // the least number of separators in such a row
	behind string   // bytes of which one must stand behind the row, any if empty
	// needs are sets of words without one of which near a row or word (text.context) the detector finds nothing with a confidence of 50 or more: it
	// isn't called there then. needsBare is the same for bare rows only.
	needs, needsBare wordSet

	// word is called at words of letters and digits that have both, and eight bytes or more, if they are as long as length says.
	word   func(t *text, w *word)
	length span
	shape  string // where its digits ('9') and letters ('A') are, '?' for either; any shape if empty

	// country is called where a word begins with two letters and two digits. i is the first letter.
	country func(t *text, i int)
	// colons is called at the second of two colons that stand side by side, and at the first of three near each other between words.
	// dashes at the first of five hyphens that stand three apart, or at the first of two dots that stand five apart.
	colons, dashes func(t *text, i int)
}

// forms are how rows of digits are written, by what stands behind the first group.
type forms uint8

const (
	bareForm forms = 1 << iota // nothing: there is one group
	dashForm
	dotForm
	spaceForm // ' ', '/', parentheses
	numForms  = iota
)

// span is a range of numbers, both included.
type span struct{ min, max int }

// detectors are all that there are.
var detectors []*detector

// register adds a detector: the files of the kinds call it while the package is initialized.
func register(d detector) bool {
	detectors = append(detectors, &d)
	return true
}

// maxDigits is the longest row of digits, and maxWordLen the longest word, that is looked up in a table.
const (
	maxRow     = 40
	maxSeps    = 3 // bytes of separators that are told apart
	maxWordLen = 63
)

// dispatch has for each anchor the detectors that are called there.
type dispatch struct {
	literals literals
	numbers  []*detector        // at most 64: bits below
	byDigits [maxRow + 1]bitset // those that want so many digits: of rows without separators
	byLeast  [maxRow + 1]bitset // those that want so many or fewer: in grouped rows more may follow
	byLead   [100]bitset        // those that begin with these two digits
	byForm   [1<<(numForms-1) + 1]bitset
	byBehind [256]bitset // by the byte behind the row
	byGroup  [maxRow + 1]bitset
	bySeps   [maxSeps + 1]bitset
	needy    [2]bitset  // those that need a word near bare rows, near others
	bySet    [64]bitset // those that a set of words is enough for
	words    [maxWordLen + 1][]wordDetector
	country  []*detector
	colons   []*detector
	dashes   []*detector
}

type bitset = uint64

// wordDetector is one for words of a length.
type wordDetector struct {
	*detector
	mask, digits uint64 // bytes that matter for the shape, and which of them are digits
	needs        wordSet
}

// add enters the anchors of a detector, whose findings must be as sure as threshold.
func (x *dispatch) add(d *detector, threshold uint8) {
	if d.literal != nil {
		for _, w := range d.words {
			x.literals.add(literal{text: w, fold: true, d: d})
		}
		for _, p := range d.prefixes {
			x.literals.add(literal{text: p, d: d})
		}
	}
	if d.number != nil {
		x.addNumber(d, threshold)
	}
	if d.word != nil {
		for n := max(d.length.min, minWordLen); n <= min(d.length.max, maxWordLen); n++ {
			mask, digits := shapeMasks(d.shape, n)
			needs := d.needs
			if threshold < DefaultThreshold {
				needs = 0
			}
			x.words[n] = append(x.words[n], wordDetector{d, mask, digits, needs})
		}
	}
	for _, special := range []struct {
		has  bool
		list *[]*detector
	}{{d.country != nil, &x.country}, {d.colons != nil, &x.colons}, {d.dashes != nil, &x.dashes}} {
		if special.has {
			*special.list = append(*special.list, d)
		}
	}
}

func (x *dispatch) addNumber(d *detector, threshold uint8) {
	bit := bitset(1) << len(x.numbers)
	if bit == 0 {
		panic("pii: more than 64 detectors of numbers: join some in one")
	}
	x.numbers = append(x.numbers, d)
	for n := d.digits.min; n <= maxRow; n++ {
		x.byLeast[n] |= bit
		if n <= d.digits.max {
			x.byDigits[n] |= bit
		}
	}
	for f := bareForm; int(f) < len(x.byForm); f <<= 1 {
		if d.forms == 0 || d.forms&f != 0 {
			x.byForm[f] |= bit
		}
	}
	for n := range x.byGroup {
		if d.group.max == 0 || d.group.min <= n && n <= d.group.max {
			x.byGroup[n] |= bit
		}
	}
	for n := range x.bySeps {
		if d.seps <= n {
			x.bySeps[n] |= bit
		}
	}
	for c := range x.byBehind {
		if d.behind == "" || contains(d.behind, byte(c)) && c != 0 {
			x.byBehind[c] |= bit
		}
	}
	if threshold >= DefaultThreshold {
		x.addNeeds(bit, d)
	}
	for i := range x.byLead {
		if len(d.leads) == 0 {
			x.byLead[i] |= bit
		}
		for _, l := range d.leads {
			if int(l[0]-'0') == i/10 && (l[1] == '*' || int(l[1]-'0') == i%10) {
				x.byLead[i] |= bit
			}
		}
	}
}

func (x *dispatch) addNeeds(bit bitset, d *detector) {
	if d.needs|d.needsBare != 0 {
		x.needy[0] |= bit
	}
	if d.needs != 0 {
		x.needy[1] |= bit
	}
	for i := range x.bySet {
		if (d.needs|d.needsBare)>>i&1 != 0 {
			x.bySet[i] |= bit
		}
	}
}

func shapeMasks(shape string, n int) (mask, digits uint64) {
	if len(shape) != n {
		return 0, 0
	}
	for i := range n {
		switch shape[i] {
		case '9':
			mask |= 1 << i
			digits |= 1 << i
		case 'A':
			mask |= 1 << i
		}
	}
	return mask, digits
}
