// Package pii finds personal data and secrets in text, and masks them. It knows nothing of Kafka nor of Proxy-Wasm, and is small:
// no reflect, fmt or regexp, so that a guest that carries it stays small.
//
// Each detector is a file of its own: email.go decides what an e-mail address is, card.go what a payment card's number is, and so on.
//
// # How it works
//
// The text is passed over once. A byte that may belong to something (an anchor: '@', a digit, '=') calls its detector, which looks outward from
// it, over a bounded number of bytes or over bytes that are claimed then: hostile text costs no more than a constant for each byte.
//
// Each detector has two answers. In a text of its own (Find) the neighbours of a candidate count: a card's number isn't a part of a longer one. In
// a run of raw bytes (MayContain) they don't, since the bytes beside a text may be anything there: it errs to true only.
package pii

// Kind is a kind of data that the engine finds.
type Kind uint8

// The kinds that there are.
const (
	Secret Kind = iota
	Email
	PaymentCard
	USSSN
	IBAN
	IPv4

	// NumKinds is the number of kinds.
	NumKinds = iota
)

var kindNames = [NumKinds]string{"secret", "email", "payment_card", "us_ssn", "iban", "ipv4"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// Finding is a range of bytes that must be hidden: whole UTF-8 code points, and of a named secret the value only.
type Finding struct {
	Start, End int // of the text; End is behind the last byte
	Kind       Kind
}

// Config says what to look for. Its zero value looks for everything.
type Config struct {
	Kinds []Kind // all if empty
}

// Engine finds data of some kinds. It has no state that calls change: any number of goroutines may use it.
type Engine struct {
	enabled [NumKinds]bool
	anchors [256]anchor
}

// anchor says which detectors a byte may begin.
type anchor uint8

const (
	atSign     anchor = 1 << iota // an e-mail address, or credentials in a URL
	escapedAt                     // '%' of %40, '\' of \u0040
	digit                         // a number of some kind
	assignment                    // what stands between a name and a value
)

// New returns an engine.
func New(config Config) (*Engine, error) {
	e := &Engine{}
	for k := range e.enabled {
		e.enabled[k] = len(config.Kinds) == 0
	}
	for _, k := range config.Kinds {
		e.enabled[k] = true
	}
	if e.enabled[Email] || e.enabled[Secret] {
		e.anchors['@'] |= atSign
	}
	if e.enabled[Email] {
		e.anchors['%'] |= escapedAt
		e.anchors['\\'] |= escapedAt
	}
	if e.enabled[Secret] {
		e.anchors['='] |= assignment
		e.anchors[':'] |= assignment
		e.anchors['>'] |= assignment
	}
	if e.enabled[PaymentCard] || e.enabled[USSSN] || e.enabled[IBAN] || e.enabled[IPv4] {
		for c := '0'; c <= '9'; c++ {
			e.anchors[c] |= digit
		}
	}
	return e, nil
}

// Find appends what it finds in text to dst: in order, without overlaps. It allocates nothing if dst has room.
func (e *Engine) Find(dst []Finding, text []byte) []Finding {
	first := len(dst)
	for i := 0; i < len(text); {
		a := e.anchors[text[i]]
		if a == 0 {
			i++
			continue
		}
		claimed := 0
		if len(dst) > first {
			claimed = dst[len(dst)-1].End
		}
		f, next := e.at(text, i, a, claimed)
		if f.End > f.Start {
			for len(dst) > first && dst[len(dst)-1].Start >= f.Start { // an address whose local part was taken for something else
				dst = dst[:len(dst)-1]
			}
			dst = append(dst, f)
			next = max(next, f.End)
		}
		i = max(next, i+1)
	}
	return dst
}

// at looks for a finding at the anchor i. Bytes before claimed belong to another one. next is where to go on, at least.
func (e *Engine) at(text []byte, i int, a anchor, claimed int) (f Finding, next int) {
	switch {
	case a&digit != 0:
		return e.number(text, i, claimed)
	case a&atSign != 0:
		if e.enabled[Secret] {
			if start, end, ok := urlPassword(text, i); ok && start >= claimed {
				return Finding{start, end, Secret}, i
			}
		}
		if e.enabled[Email] {
			if start, end, ok := email(text, i, 1); ok {
				return Finding{start, end, Email}, end
			}
		}
	case a&escapedAt != 0:
		if n := escapedAtLen(text[i:]); n > 0 {
			if start, end, ok := email(text, i, n); ok {
				return Finding{start, end, Email}, end
			}
		}
	case a&assignment != 0:
		if start, end, ok := assigned(text, i); ok && start >= claimed {
			return Finding{start, end, Secret}, end
		}
	}
	return Finding{}, i + 1
}

// number looks for all that begins with digits, at the first one of them.
func (e *Engine) number(text []byte, i, claimed int) (Finding, int) {
	end := digitsEnd(text, i)
	if e.enabled[IBAN] && i-2 >= claimed {
		if stop, ok := iban(text, i-2); ok {
			return Finding{i - 2, stop, IBAN}, stop
		}
	}
	if e.enabled[IPv4] {
		if stop, ok := ipv4(text, i, end); ok {
			return Finding{i, stop, IPv4}, stop
		}
	}
	if e.enabled[USSSN] {
		if stop, ok := ssn(text, i, end); ok {
			return Finding{i, stop, USSSN}, stop
		}
	}
	if e.enabled[PaymentCard] {
		if stop, ok := card(text, i); ok {
			return Finding{i, stop, PaymentCard}, stop
		}
	}
	return Finding{}, end
}

// MayContain tells whether a run of raw bytes may hold a text in which Find finds something, wherever that text begins and ends in it.
// It may err, but only to true.
func (e *Engine) MayContain(run []byte) bool {
	for i := 0; i < len(run); {
		a := e.anchors[run[i]]
		if a == 0 {
			i++
			continue
		}
		next := i + 1
		switch {
		case a&digit != 0:
			next = digitsEnd(run, i)
			if e.mayBeNumber(run, i, next) {
				return true
			}
		case a&atSign != 0:
			if mayBeAt(run, i, 1) {
				return true
			}
		case a&escapedAt != 0:
			if n := escapedAtLen(run[i:]); n > 0 && mayBeAt(run, i, n) {
				return true
			}
		case a&assignment != 0:
			if mayBeAssigned(run, i) {
				return true
			}
		}
		i = next
	}
	return false
}

func (e *Engine) mayBeNumber(run []byte, i, end int) bool {
	return e.enabled[IBAN] && mayBeIBAN(run, i) ||
		e.enabled[IPv4] && mayBeIPv4(run, end) ||
		e.enabled[USSSN] && mayBeSSN(run, i, end) ||
		e.enabled[PaymentCard] && mayBeCard(run, i)
}

// FindNamed is Find for the value of a field with a name, such as a record header: where the name says that the value is a secret, all of it
// is one. It doesn't look into the value otherwise.
func (e *Engine) FindNamed(dst []Finding, name, value []byte) []Finding {
	if !e.enabled[Secret] || !secretName(name) {
		return dst
	}
	start := skipScheme(value, 0)
	if !secretValue(value[start:]) {
		return dst
	}
	return append(dst, Finding{start, len(value), Secret})
}

// Mask overwrites the findings in text by '*', byte for byte. A number of a JSON document stays one: its digits become '1'.
func Mask(text []byte, findings []Finding) {
	for _, f := range findings {
		with := byte('*')
		if jsonNumber(text, f) {
			with = '1'
		}
		for i := f.Start; i < f.End; i++ {
			text[i] = with
		}
	}
}

// jsonNumber tells whether a finding is a number, unquoted, in a JSON document.
func jsonNumber(text []byte, f Finding) bool {
	if digitsEnd(text, f.Start) != f.End || f.End == f.Start {
		return false
	}
	if first := skipSpace(text, 0); first == len(text) || (text[first] != '{' && text[first] != '[') {
		return false
	}
	before := f.Start - 1
	for before >= 0 && isSpace(text[before]) {
		before--
	}
	after := skipSpace(text, f.End)
	return before >= 0 && contains(":[,", text[before]) && (after == len(text) || contains(",}]", text[after]))
}
