// Package pii finds personal data and secrets in text, and masks them. It knows nothing of Kafka nor of Proxy-Wasm, and is small:
// no reflect, fmt or regexp, so that a guest that carries it stays small.
//
// Each detector is a file of its own: email.go decides what an e-mail address is, card.go what a payment card's number is, and so on.
//
// # How it works
//
// The text is classified in blocks of 64 bytes into bit masks (classify.go). From them come anchors (blocks.go): bytes that something must have that
// is to be found, such as '@', the first bytes of "password", or the first digit of enough digits. Only at an anchor detectors look at
// single bytes, outward from it, over a bounded number of them or over bytes that are looked at once: hostile text costs no more than a constant
// for each byte.
//
// # A new detector
//
// It is one file, which declares what it looks for and registers it; nothing else has to change but for the list of kinds:
//
//	var phoneWords = newContext("phone", "tel", "mobile")
//
//	var _ = register(detector{kind: Phone, reason: "ten digits", number: tenDigits, digits: span{10, 10}, leads: []string{"2*", "3*"}})
//
//	func tenDigits(t *text, n *number) {
//		if n.bare() && t.context(n.start, n.end, phoneWords) {
//			t.add(n.start, n.end, 60)
//		}
//	}
//
// detector.go says which anchors there are (literals, rows of digits, words of letters and digits, '@', …) and what they promise. What a detector finds
// it reports by text.add, with a confidence from 0 to 100: what Config.Threshold (50 by default) is more than is dropped. As a rule, 90 and more is for what
// a check digit or a unique prefix proves, 70 for a form that hardly anything else has, 50 for a form that needs its context and has it, 30 for
// one without. The engine settles which of two findings a byte belongs to (text.claim). text.context looks for words nearby. docs/detectors.md
// has more, and the list of what there is.
package pii

import (
	"errors"
	"math/bits"

	"github.com/libnasp/libnasp/filters/yield"
)

// Finding is a range of bytes that must be hidden: whole UTF-8 code points, and of a named secret the value only.
type Finding struct {
	Start, End int // of the text; End is behind the last byte
	Kind       Kind
	Confidence uint8  // 0 to 100
	Reason     string // what it is, in a few words; never a part of the text
}

// Config says what to look for. Its zero value looks for DefaultKinds.
type Config struct {
	Kinds []Kind // DefaultKinds if empty
	// Threshold is the least confidence of a finding, 0 to 100: 50 if 0. Kinds may have another one.
	Threshold      uint8
	KindThresholds map[Kind]uint8
	// ContextBefore is how many bytes before a candidate words count that say what it is: 48 if 0.
	ContextBefore int
	// Custom are detectors of the user, on whatever Kinds says.
	Custom []CustomDetector
	// Deny are texts that are always findings, in any case of letters, of at least three bytes. Allow are ones that never are, as they are written.
	Deny, Allow []string
}

// CustomDetector finds what has a literal in it.
type CustomDetector struct {
	// Reason is Finding.Reason. It ends up in metrics, so it must say nothing secret.
	Reason string
	// Literal is what must stand in the text, of at least three bytes, in any case of letters.
	Literal string
	// Match returns the range of what is to be found around the literal, which stands at i in text, or false. nil is for the literal itself. It
	// must look at a bounded number of bytes. Package pii/pattern makes one of a regular expression.
	Match func(text []byte, i int) (start, end int, ok bool)
	// Confidence of findings, 0 to 100: 80 if 0.
	Confidence uint8
}

// Engine finds data of some kinds. It reuses its memory, so it isn't safe for concurrent use.
type Engine struct {
	enabled  [NumKinds]bool
	mask     anchors // all ones where an enabled kind has that anchor
	dispatch dispatch
	blocks   blocks
	text     text
	whole    [1]Field
	offset   int // of the field at hand, counted from the first byte of the chunk at hand
}

// DefaultThreshold is the default of Config.Threshold.
const DefaultThreshold = 50

// New returns an engine, or an error that says what of config is wrong.
func New(config Config) (*Engine, error) {
	e := &Engine{}
	kinds := config.Kinds
	if len(kinds) == 0 {
		kinds = DefaultKinds()
	}
	for _, k := range kinds {
		if int(k) >= len(e.enabled) {
			return nil, errors.New("pii: unknown kind in Config.Kinds: use the constants of this package, or ParseKind")
		}
		e.enabled[k] = true
	}
	if config.Threshold > 100 || config.ContextBefore < 0 {
		return nil, errors.New("pii: Config.Threshold must be 0 to 100, Config.ContextBefore not negative")
	}
	for i := range e.text.thresholds {
		e.text.thresholds[i] = config.Threshold
		if config.Threshold == 0 {
			e.text.thresholds[i] = DefaultThreshold
		}
		if own, ok := config.KindThresholds[Kind(i)]; ok {
			e.text.thresholds[i] = own
		}
	}
	for _, d := range detectors {
		if e.enabled[d.kind] {
			e.dispatch.add(d, e.text.thresholds[d.kind])
		}
	}
	if err := e.addCustom(config); err != nil {
		return nil, err
	}
	e.text.nearby.before = config.ContextBefore
	if config.ContextBefore == 0 {
		e.text.nearby.before = contextBefore
	}
	for _, a := range config.Allow {
		e.text.allow = append(e.text.allow, []byte(a))
	}
	e.prepare()
	return e, nil
}

// prepare makes the tables of the kernels.
func (e *Engine) prepare() {
	x := &e.dispatch
	e.blocks.tables = tables{class: classTable}
	e.blocks.tables.hint = x.literals.arrange(&e.blocks.tables.filter)
	e.blocks.hints.from(&e.blocks.tables.hint)
	words := 0
	for _, w := range x.words {
		words += len(w)
	}
	e.mask = anchors{
		hint: all, number: allIf(len(x.numbers) > 0), word: allIf(words > 0), country: allIf(len(x.country) > 0),
		colons: allIf(len(x.colons) > 0), dashes: allIf(len(x.dashes) > 0),
	}
}

func allIf(some bool) uint64 {
	if some {
		return all
	}
	return 0
}

// Field is a range of a run of bytes that is a text of its own.
type Field struct{ Start, End int }

// Find appends what it finds in b to dst: in order, without overlaps. It allocates nothing if dst has room.
func (e *Engine) Find(dst []Finding, b []byte) []Finding {
	e.whole[0] = Field{0, len(b)}
	return e.FindFields(dst, b, e.whole[:])
}

// FindFields is Find for several texts that stand in a run of bytes, in order and with at least one byte between: it reads the run at once, and what is
// beside the texts doesn't matter. The ranges of findings are of the run.
func (e *Engine) FindFields(dst []Finding, run []byte, fields []Field) []Finding {
	if len(fields) == 0 {
		return dst
	}
	t := &e.text
	t.found = dst
	e.scan(run, fields)
	dst = t.found
	t.b, t.found = nil, nil // the caller's
	return dst
}

// scan walks over the anchors in the fields.
func (e *Engine) scan(run []byte, fields []Field) {
	x := &e.blocks
	t := &e.text
	cur := 0
	t.begin(run[fields[0].Start:fields[0].End])
	for base := x.start(fields); base <= fields[len(fields)-1].End; base += chunk * blockSize {
		n := x.load(run, base, fields)
		yield.After(n * blockSize)
		for some := x.find(n, &e.mask); some != 0; some &= some - 1 {
			k := bits.TrailingZeros64(some)
			for a := &x.anchors[k]; a.left() != 0; {
				p := base + k*blockSize + bits.TrailingZeros64(a.left())
				for p > fields[cur].End {
					t.end(fields[cur].Start)
					cur++
					t.begin(run[fields[cur].Start:fields[cur].End])
				}
				limit := fields[cur].End - (base + k*blockSize)
				e.offset = fields[cur].Start - base
				e.block(base+k*blockSize-fields[cur].Start, 1+k, a, limit)
			}
		}
	}
	t.end(fields[cur].Start)
}

// block looks at the anchors of block k, which begins at base, up to its bit limit, and clears them.
func (e *Engine) block(base, k int, a *anchors, limit int) {
	t := &e.text
	for left := a.left(); left != 0; left = a.left() {
		o := bits.TrailingZeros64(left)
		if o > limit {
			return
		}
		bit := left & -left
		i := base + o
		if len(t.pending) > 0 {
			t.settle(i)
		}
		claimed := t.claimed
		if a.hint&bit != 0 {
			a.hint &^= bit
			if i >= t.claimed {
				e.hint(i, k, uint(o))
			}
		}
		if a.number&bit != 0 {
			a.number &^= bit
			if i >= t.claimed {
				e.number(i, k, uint(o))
			}
		}
		if a.word&bit != 0 {
			a.word &^= bit
			if i > t.claimed {
				e.wordBefore(i, k, uint(o))
			}
		}
		if (a.country|a.colons|a.dashes)&bit != 0 {
			e.rare(i, bit, a)
		}
		for claimed < t.claimed {
			claimed = t.claimed
			e.joined(claimed)
		}
	}
}

// joined looks at the number that a '.' or '-' joins to a finding that ends at i with a digit. Such ones have no anchor, since they are parts of longer numbers, but
// what is masked isn't one.
func (e *Engine) joined(i int) {
	b := e.text.b
	if i+1 >= len(b) || b[i] != '.' && b[i] != '-' || !isDigit(b[i+1]) || !isDigit(b[i-1]) {
		return
	}
	if p := i + 1 + e.offset; p < (chunk+1)*blockSize {
		e.number(i+1, 1+p/blockSize, uint(p%blockSize))
	}
}

// rare calls the detectors of anchors that text hardly has.
func (e *Engine) rare(i int, bit uint64, a *anchors) {
	t := &e.text
	for _, c := range []struct {
		mask *uint64
		list []*detector
	}{{&a.country, e.dispatch.country}, {&a.colons, e.dispatch.colons}, {&a.dashes, e.dispatch.dashes}} {
		if *c.mask&bit == 0 {
			continue
		}
		*c.mask &^= bit
		for _, d := range c.list {
			if i < t.claimed {
				break
			}
			t.d = d
			yield.After(anchorWork)
			switch {
			case c.mask == &a.country:
				d.country(t, i)
			case c.mask == &a.colons:
				d.colons(t, i)
			default:
				d.dashes(t, i)
			}
		}
	}
}

// longStretch is how many bytes a loop over single ones looks at between two calls of yield.After, and byteWork what each of them counts for.
const (
	longStretch = 256
	byteWork    = 8
	// anchorWork is what a detector does at an anchor, masksWork what is done where masks are enough.
	anchorWork = 256
	masksWork  = 32
)

// long is called by loops that may become long for each byte, with the number of those before.
func long(n int) {
	if n&(longStretch-1) == longStretch-1 {
		yield.After(byteWork * longStretch)
	}
}

// hint is called at an '@', and where a literal may be.
func (e *Engine) hint(i, k int, o uint) {
	t := &e.text
	b := t.b
	if i+2 >= len(b) {
		return
	}
	if b[i] == '@' {
		e.atSign(i, k, o)
		return
	}
	var w [window]byte
	copy(w[:], b[i:])
	four, three := windows(w[:])
	e.literals(i, four)
	e.literals(i, three)
}

// literals calls the detectors of the literals whose window has the hash h and stands at i.
func (e *Engine) literals(i int, h uint32) {
	t, l := &e.text, &e.dispatch.literals
	for n := int(l.index[h>>(32-indexBits)]); n != 0; {
		x := &l.list[n]
		if i >= t.claimed && x.hash == h && x.has(t.b, i-x.at) {
			t.d = x.d
			yield.After(anchorWork)
			x.d.literal(t, i-x.at, len(x.text))
		}
		n = x.next
	}
}

// atSign is called at the '@' at i, which is bit o of block k.
func (e *Engine) atSign(i, k int, o uint) {
	t := &e.text
	if i == 0 || classOf[t.b[i-1]]&endsLocal != 0 {
		return
	}
	start, end, v := e.blocks.emailByMasks(t.b, i, k, o)
	t.work++
	yield.After(masksWork)
	switch {
	case v == unsure, v == address && start < t.claimed:
		yield.After(anchorWork)
		if !t.urlPassword(i, e.enabled[Secret]) && e.enabled[Email] {
			t.d = &emailDetector
			t.email(i, 1)
		}
	case v == address && e.enabled[Email]:
		t.claim(Finding{start, end, Email, emailConfidence, emailReason})
	}
}
