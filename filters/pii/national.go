package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// The national packs: identifiers of people and companies by country, off by default (NationalID), since numbers that pass a check of one digit are many.
// Numbers need a word that says what they are, unless they are written as only such a number is.

// national is one identifier.
type national struct {
	reason string
	valid  func([]byte) bool
	digits int      // that it has, if it has nothing else
	least  int      // if it may have fewer
	form   string   // how only such numbers are written in groups: digits as 0, and what separates them
	words  []string // that say what it is
	shape  string   // of one with letters: see detector
	long   int      // its length, if it has letters
}

var nationals = []national{
	{reason: "CA social insurance number", valid: check.SIN, digits: 9, words: []string{"sin", "social insurance", "nas"}},
	{reason: "AU tax file number", valid: check.TFN, digits: 9, least: 8, words: []string{"tfn", "tax file"}},
	{reason: "AU business number", valid: check.ABN, digits: 11, words: []string{"abn", "australian business"}},
	{reason: "AU Medicare number", valid: check.AustralianMedicare, digits: 11, least: 10, words: []string{"medicare"}},
	{reason: "ES DNI", valid: check.DNI, shape: "99999999A", long: 9},
	{reason: "ES NIE", valid: check.NIE, shape: "A9999999A", long: 9},
	{reason: "IT codice fiscale", valid: check.CodiceFiscale, long: 16},
	{reason: "FR social security number", valid: check.NIR, digits: 15, form: "0 00 00 00 000 000 00", words: []string{"nir", "sécurité sociale", "securite sociale", "insee"}},
	{reason: "DE tax number", valid: check.SteuerID, digits: 11, form: "00 000 000 000", words: []string{"steuer id", "steueridentifikationsnummer", "idnr", "identifikationsnummer", "tin", "steuernummer"}},
	{reason: "NL citizen number", valid: check.BSN, digits: 9, words: []string{"bsn", "burgerservicenummer", "sofinummer"}},
	{reason: "PL PESEL", valid: check.PESEL, digits: 11, words: []string{"pesel"}},
	{reason: "SE personal number", valid: check.Personnummer, digits: 12, least: 10, form: "000000-0000", words: []string{"personnummer", "pnr", "personal number", "samordningsnummer"}},
	{reason: "BE national number", valid: check.BelgianNN, digits: 11, form: "00.00.00-000.00", words: []string{"rijksregisternummer", "registre national", "national number", "nn", "insz", "niss"}},
	{reason: "PT tax number", valid: check.NIF, digits: 9, words: []string{"nif", "contribuinte", "número fiscal"}},
	{reason: "RO CNP", valid: check.CNP, digits: 13, words: []string{"cnp", "cod numeric personal"}},
	{reason: "BR CPF", valid: check.CPF, digits: 11, form: "000.000.000-00", words: []string{"cpf"}},
	{reason: "BR CNPJ", valid: check.CNPJ, digits: 14, form: "00.000.000/0000-00", words: []string{"cnpj"}},
	{reason: "ZA identity number", valid: check.SouthAfricanID, digits: 13, words: []string{"id number", "identity number", "sa id", "id no", "rsa id"}},
	{reason: "KR resident number", valid: check.RRN, digits: 13, form: "000000-0000000", words: []string{"rrn", "resident registration"}},
	{reason: "TH identity number", valid: check.ThaiPIN, digits: 13, form: "0-0000-00000-00-0", words: []string{"thai id", "national id", "id card"}},
	{reason: "TR identity number", valid: check.TCKN, digits: 11, words: []string{"tckn", "tc kimlik", "kimlik no", "kimlik"}},
	{reason: "SG identity card", valid: check.NRIC, shape: "A9999999A", long: 9},
	{reason: "CN identity card", valid: check.ChineseID, digits: 18, words: []string{"id card", "identity card", "shenfenzheng", "sfz", "id number"}},
	{reason: "CN identity card", valid: check.ChineseID, shape: "99999999999999999A", long: 18},
	{reason: "FI personal identity code", valid: check.HETU, shape: "999999A999?", long: 11},
}

// Codes of people born before 2000 have a hyphen.
var _ = registerNationals() && register(detector{kind: NationalID, reason: "FI personal identity code", number: hetu, digits: span{9, 10}})

func registerNationals() bool {
	for i := range nationals {
		x := &nationals[i]
		d := detector{kind: NationalID, reason: x.reason}
		if x.digits == 0 {
			d.word, d.length, d.shape = x.word, span{x.long, x.long}, x.shape
		} else {
			words := newContext(x.words...)
			d.number, d.digits = func(t *text, n *number) { x.number(t, n, words) }, span{x.digits, x.digits}
			if x.least > 0 {
				d.digits.min = x.least
			}
		}
		register(d)
	}
	return true
}

func (x *national) word(t *text, w *word) {
	if v := t.b[w.start:w.end]; x.valid(v) && !hasLower(v) {
		t.add(w.start, w.end, 80)
	}
}

func hasLower(v []byte) bool {
	for _, c := range v {
		if isLower(c) {
			return true
		}
	}
	return false
}

func (x *national) number(t *text, n *number, words wordSet) {
	b, i := t.b, n.start
	if x.form != "" && hasForm(b[i:], x.form) {
		if end := i + len(x.form); t.endsAt(end) && x.valid(b[i:end]) {
			t.add(i, end, 80)
		}
		return
	}
	end := t.nationalEnd(n, x.digits)
	if end > 0 && x.valid(b[i:end]) && t.endsAt(end) && t.context(i, end, words) {
		t.add(i, end, 90)
	}
}

// nationalEnd returns the end of the row's first digits, at most so many, or 0 if it has more that aren't set off by a blank.
func (t *text) nationalEnd(n *number, digits int) int {
	if n.bare() {
		return n.end
	}
	if n.digits <= digits {
		return n.end
	}
	count := 0
	for i := n.start; i < n.end; i++ {
		if !isDigit(t.b[i]) {
			continue
		}
		if count++; count == digits {
			if isDigit(at(t.b, i+1)) {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

func hasForm(b []byte, form string) bool {
	if len(b) < len(form) {
		return false
	}
	for i := range len(form) {
		if form[i] == '0' && !isDigit(b[i]) || form[i] != '0' && b[i] != form[i] {
			return false
		}
	}
	return true
}

func hetu(t *text, n *number) {
	end := n.start + 11
	if n.first() == 6 && end <= len(t.b) && !isWord(at(t.b, end)) && check.HETU(t.b[n.start:end]) {
		t.add(n.start, end, 80)
	}
}
