// Package corpus makes texts that hold personal data and secrets at known places, and texts that hold what looks like them and isn't.
//
// It is written apart from the detectors, by what the formats are and by what generators of test data in other languages make of them, so
// that the engine isn't measured on what it finds easy. Nothing in it is anybody's data.
package corpus

import (
	"math/rand/v2"
	"strings"
)

// Kind is what a label says of a range of bytes.
type Kind string

// The kinds of labels.
const (
	Card       Kind = "payment_card"
	IBAN       Kind = "iban"
	SSN        Kind = "us_ssn"
	Email      Kind = "email"
	IP         Kind = "ip"
	Phone      Kind = "phone"
	Secret     Kind = "secret"
	MAC        Kind = "mac"
	Birth      Kind = "date_of_birth"
	Crypto     Kind = "crypto"
	NationalID Kind = "national_id"
	Passport   Kind = "passport"
	Licence    Kind = "driving_licence"
	Bank       Kind = "bank"    // accounts, routing numbers, BIC
	Medical    Kind = "medical" // NPI, DEA, MBI, record numbers
	Device     Kind = "device"  // IMEI, VIN
	Position   Kind = "coordinates"
	Name       Kind = "name"
	Address    Kind = "address"
	User       Kind = "username"
)

// Span is a labelled range of bytes.
type Span struct {
	Start, End int
	Kind       Kind
}

// Text is one text with all its labels, in order and without overlaps.
type Text struct {
	Source string // what made it: generated, or a peer's tests
	Format string // json, log, prose-de and so on
	Text   string
	Spans  []Span
}

// gen makes one text after the other.
type gen struct{ *rand.Rand }

// Generate makes n texts, the same ones for the same seed.
func Generate(seed uint64, n int) []Text {
	g := gen{rand.New(rand.NewPCG(seed, 0x6e617370))}
	total := 0
	for _, f := range formats {
		total += f.weight
	}
	texts := make([]Text, 0, n)
	for range n {
		pick := g.IntN(total)
		for _, f := range formats {
			if pick -= f.weight; pick < 0 {
				w := &writer{g: g}
				name := f.write(w)
				if name == "" {
					name = f.name
				}
				texts = append(texts, Text{Source: "generated", Format: name, Text: w.b.String(), Spans: w.spans})
				break
			}
		}
	}
	return texts
}

// format writes texts of one sort. It may return a name of its own.
type format struct {
	name   string
	weight int
	write  func(w *writer) string
}

// writer writes one text and its labels.
type writer struct {
	g     gen
	b     strings.Builder
	spans []Span
	enc   func(string) string // escapes values, nil for none
}

func (w *writer) escape(s string) string {
	if w.enc == nil {
		return s
	}
	return w.enc(s)
}

// raw writes text as it is.
func (w *writer) raw(s string) { w.b.WriteString(s) }

// plain writes a value that isn't labelled.
func (w *writer) plain(s string) { w.b.WriteString(w.escape(s)) }

// label writes a value with its label.
func (w *writer) label(k Kind, s string) {
	for _, public := range []string{"https://hooks.slack.com/services/", "https://discord.com/api/webhooks/"} { // the secret is what follows
		if rest, ok := strings.CutPrefix(s, public); ok {
			w.plain(public)
			s = rest
		}
	}
	start := w.b.Len()
	w.b.WriteString(w.escape(s))
	w.spans = append(w.spans, Span{start, w.b.Len(), k})
}

// value writes a value of the generator of this name. See fill.
func (w *writer) value(name string) {
	v, ok := values[name]
	if !ok {
		panic("corpus: no generator " + name)
	}
	if v.kind == "" {
		w.plain(v.make(w.g))
	} else {
		w.label(v.kind, v.make(w.g))
	}
}

// fill writes a template: [[name]] is a value of a generator, all else is written as it is.
func (w *writer) fill(template string) {
	for {
		before, rest, ok := strings.Cut(template, "[[")
		w.raw(before)
		if !ok {
			return
		}
		for rest[0] == '[' { // of the text
			w.raw("[")
			rest = rest[1:]
		}
		name, after, _ := strings.Cut(rest, "]]")
		w.value(name)
		template = after
	}
}

// generator makes values; those of a kind are labelled.
type generator struct {
	kind Kind
	make func(g gen) string
}

// values are the generators by name. Each file adds its own.
var values = map[string]generator{}

func add(kind Kind, makers map[string]func(g gen) string) {
	for name, fn := range makers {
		if _, ok := values[name]; ok {
			panic("corpus: two generators " + name)
		}
		values[name] = generator{kind, fn}
	}
}

func pick[T any](g gen, from []T) T { return from[g.IntN(len(from))] }

func (g gen) bool() bool { return g.IntN(2) == 0 }

// oneIn is true once in n times.
func (g gen) oneIn(n int) bool { return g.IntN(n) == 0 }

// between returns a number from lo to hi, both included.
func (g gen) between(lo, hi int) int { return lo + g.IntN(hi-lo+1) }

const (
	digits   = "0123456789"
	hexLower = "0123456789abcdef"
	hexUpper = "0123456789ABCDEF"
	lower    = "abcdefghijklmnopqrstuvwxyz"
	upper    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnum    = upper + lower + digits
)

// chars returns n characters of a set.
func (g gen) chars(set string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = set[g.IntN(len(set))]
	}
	return string(b)
}

// pattern makes a string: # is a digit, % one from 1 to 9, ? a capital letter, ! a lower-case one, all else itself.
func (g gen) pattern(p string) string {
	var b strings.Builder
	for _, c := range p {
		switch c {
		case '#':
			b.WriteByte(digits[g.IntN(10)])
		case '%':
			b.WriteByte(digits[1+g.IntN(9)])
		case '?':
			b.WriteByte(upper[g.IntN(26)])
		case '!':
			b.WriteByte(lower[g.IntN(26)])
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// group puts sep between groups of n characters.
func group(s string, n int, sep string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%n == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(c)
	}
	return b.String()
}
