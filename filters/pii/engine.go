// Package pii finds personal data and secrets in text, and masks them. It knows nothing of Kafka nor of Proxy-Wasm, and is small:
// no reflect, fmt or regexp, so that a guest that carries it stays small.
//
// Each detector is a file of its own: email.go decides what an e-mail address is, card.go what a payment card's number is, and so on.
//
// # How it works
//
// The text is classified in blocks of 64 bytes into bit masks (classify.go). From them come anchors (blocks.go): bytes that something must have that
// is to be found, such as '@', the first bytes of "password", or the first digit of enough digits. Only at an anchor a detector looks at
// single bytes, outward from it, over a bounded number of them or over bytes that are looked at once: hostile text costs no more than a constant
// for each byte.
//
// Each detector has two answers. In a text of its own (Find) the neighbours of a candidate count: a card's number isn't a part of a longer one. In
// a run of raw bytes (MayContain) they don't, since the bytes beside a text may be anything there: it errs to true only.
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
}

// Config says what to look for. Its zero value looks for everything.
type Config struct {
	Kinds []Kind // all if empty
}

// Engine finds data of some kinds. It reuses its memory, so it isn't safe for concurrent use.
type Engine struct {
	enabled [NumKinds]bool
	mask    anchors // all ones where an enabled kind has that anchor
	blocks  blocks
	text    text
}

// New returns an engine, or an error that says what of config is wrong.
func New(config Config) (*Engine, error) {
	e := &Engine{}
	for k := range e.enabled {
		e.enabled[k] = len(config.Kinds) == 0
	}
	for _, k := range config.Kinds {
		if int(k) >= len(e.enabled) {
			return nil, errors.New("pii: unknown kind in Config.Kinds: use the constants of this package, or ParseKind")
		}
		e.enabled[k] = true
	}
	for k, on := range e.enabled {
		if on {
			e.mask.add(Kind(k))
		}
	}
	return e, nil
}

// add sets the anchors that a kind has.
func (a *anchors) add(k Kind) {
	switch k {
	case Secret, Email:
		a.at, a.hint = all, all
	case PaymentCard:
		a.card = all
	case USSSN:
		a.ssn, a.hint = all, all
	case IBAN:
		a.iban = all
	case IPv4:
		a.ipv4 = all
	}
}

// text is what is looked at, and how far: what keeps the time linear.
type text struct {
	b       []byte
	found   []Finding
	first   int  // findings before are the caller's
	claimed int  // the end of the last finding: anchors before it are of none
	nameEnd int  // names that end up to here have been judged
	loose   bool // the bytes beside the text are anything: MayContain
	maybe   bool // in a loose one something may be found
	work    int  // bytes looked at one by one, for tests

	separator separator // of the assignment at hand, here because copies are dear in Wasm
	word      shortWord // room

	pending []Finding // found ahead of anchors that come before them, in order
	due     int       // the first of them that isn't settled
}

// later notes a finding that begins behind the anchor at hand.
func (t *text) later(start, end int, k Kind) {
	t.pending = append(t.pending, Finding{})
	n := len(t.pending) - 1
	for ; n > t.due && t.pending[n-1].Start > start; n-- {
		t.pending[n] = t.pending[n-1]
	}
	t.pending[n] = Finding{start, end, k}
}

// settle adds what is pending and begins at i or before.
func (t *text) settle(i int) {
	for ; t.due < len(t.pending) && t.pending[t.due].Start <= i; t.due++ {
		if f := t.pending[t.due]; f.Start >= t.claimed {
			t.add(f.Start, f.End, f.Kind)
		}
	}
	if t.due == len(t.pending) {
		t.pending, t.due = t.pending[:0], 0
	}
}

// isFound tells whether the byte at i belongs to a finding. It must not be far back.
func (t *text) isFound(i int) bool {
	for n := len(t.found) - 1; n >= t.first && t.found[n].End > i; n-- {
		if t.found[n].Start <= i {
			return true
		}
	}
	return false
}

// alone returns the bytes behind what is claimed, and where i is in them: what is masked says nothing about its neighbours, so that masked text
// is judged as it was before.
func (t *text) alone(i int) ([]byte, int) { return t.b[t.claimed:], i - t.claimed }

// add notes a finding. Ones that lie in it go: an address may have a local part that was taken for something else.
func (t *text) add(start, end int, k Kind) {
	for n := len(t.found); n > t.first && t.found[n-1].Start >= start; n-- {
		t.found = t.found[:n-1]
	}
	if n := len(t.found); n > t.first {
		if start = max(start, t.found[n-1].End); start >= end {
			return
		}
	}
	t.found = append(t.found, Finding{start, end, k})
	t.claimed = end
}

// Find appends what it finds in b to dst: in order, without overlaps. It allocates nothing if dst has room.
func (e *Engine) Find(dst []Finding, b []byte) []Finding {
	e.text = text{b: b, found: dst, first: len(dst), pending: e.text.pending[:0], work: e.text.work}
	e.scan()
	e.text.settle(len(b))
	dst = e.text.found
	e.text.b, e.text.found = nil, nil // the caller's
	return dst
}

// MayContain tells whether a run of raw bytes may hold a text in which Find finds something, wherever that text begins and ends in it.
// It may err, but only to true.
func (e *Engine) MayContain(run []byte) bool {
	e.text = text{b: run, loose: true, pending: e.text.pending[:0], work: e.text.work}
	e.scan()
	e.text.b = nil
	return e.text.maybe
}

// scan walks over the anchors, and ends early if a loose text may hold something.
func (e *Engine) scan() {
	x := &e.blocks
	for base := 0; base < len(e.text.b); base += chunk * blockSize {
		n := x.load(e.text.b, base)
		yield.After(n * blockSize)
		for some := x.find(n, !e.text.loose, &e.mask); some != 0; some &= some - 1 {
			if i := bits.TrailingZeros64(some); e.block(base+i*blockSize, 1+i, &x.anchors[i]) {
				return
			}
		}
	}
}

// block looks at the anchors of block k, which begins at base. It tells whether enough is known. What is nothing at first glance is passed over
// here: calls cost more than that in Wasm.
func (e *Engine) block(base, k int, a *anchors) bool {
	t := &e.text
	for left := a.all(); left != 0; left &= left - 1 {
		i, bit := base+bits.TrailingZeros64(left), left&-left
		if a.at&bit != 0 && (i == 0 || classOf[t.b[i-1]]&endsLocal != 0) || a.card&bit != 0 && !t.cardBegins(i) {
			continue
		}
		if a.hint&bit != 0 && a.iban&bit == 0 && !hintGoesOn(t.b, i) {
			continue
		}
		if len(t.pending) > 0 {
			t.settle(i)
		}
		if i < t.claimed {
			continue
		}
		if a.at&bit == 0 || !e.byMasks(i, k, uint(i-base)) {
			e.anchor(i, bit, a)
		}
		if t.maybe {
			return true
		}
	}
	return false
}

// byMasks decides about the '@' at i, which is bit o of block k, if masks are enough.
func (e *Engine) byMasks(i, k int, o uint) bool {
	t := &e.text
	start, end, v := e.blocks.emailByMasks(t.b, i, k, o, t.loose)
	t.work++
	yield.After(masksWork)
	switch {
	case v == unsure, v == address && start < t.claimed && !t.loose:
		return false
	case v == noAddress, !e.enabled[Email]:
	case t.loose:
		t.maybe = true
	default:
		t.add(start, end, Email)
	}
	return true
}

// anchor calls the detectors of the anchor at i, which is this bit of the masks. More than one may have it: hints are found by chance, too.
func (e *Engine) anchor(i int, bit uint64, a *anchors) {
	t := &e.text
	yield.After(anchorWork)
	if a.at&bit != 0 {
		e.atSign(i, 1)
	}
	if a.hint&bit != 0 {
		e.hint(i)
	}
	if a.card&bit != 0 {
		t.card(i)
	}
	if a.ssn&bit != 0 {
		t.ssn(i)
	}
	if a.ipv4&bit != 0 {
		t.ipv4(i)
	}
	if a.iban&bit != 0 {
		t.iban(i)
	}
}

// atSign is called at an '@' of n bytes: one, or more if it is escaped.
func (e *Engine) atSign(i, n int) {
	if n == 1 && e.text.urlPassword(i, e.enabled[Secret]) {
		return
	}
	if e.enabled[Email] {
		e.text.email(i, n)
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

// hint is called where one of hints may be: see there.
func (e *Engine) hint(i int) {
	t := &e.text
	switch n := escapedAt(t.b[i:]); {
	case n > 0:
		e.atSign(i, n)
	case e.enabled[USSSN] && ssnWord(t.b, i):
		t.ssnAfter(i)
	case e.enabled[Secret] && nameHint(t.b, i):
		t.assignment(i)
	}
}
