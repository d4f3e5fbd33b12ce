package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Passports and driving licences by a word that says so, since their numbers look like any; and the lines that machines read (ICAO 9303).

var (
	passportWords = newContext("passport", "passport no", "passport number", "passeport", "pasaporte", "reisepass", "reisepassnummer", "passaporto", "passaporte", "paspoort", "passnummer", "paszport", "travel document")
	licenceWords  = newContext("driver license", "drivers license", "driver's license", "driving license", "driver licence", "drivers licence", "driver's licence", "driving licence", "driverlicense", "driver s license",
		"dl", "dln", "dl number", "license number dl", "führerschein", "führerscheinnummer", "permis de conduire", "permiso de conducir", "patente di guida", "rijbewijs")
)

var (
	_ = register(detector{kind: Passport, reason: "passport number", number: passportDigits, digits: span{8, 9}, forms: bareForm, needs: passportWords})
	_ = register(detector{kind: Passport, reason: "passport number", word: passportWord, length: span{8, 9}})
	_ = register(detector{kind: DrivingLicence, reason: "driving licence", number: licenceDigits, digits: span{7, 12}, forms: bareForm, needs: licenceWords})
	_ = register(detector{kind: DrivingLicence, reason: "driving licence", word: licenceWord, length: span{8, 18}})
	_ = register(detector{kind: DrivingLicence, reason: "driving licence", literal: licenceGrouped, words: []string{"licen"}})
	_ = register(detector{kind: MRZ, reason: "machine readable zone", literal: mrz, prefixes: []string{"<<<"}})
)

func passportDigits(t *text, n *number) {
	if n.bare() && t.endsAt(n.end) && t.says(n.start, n.end, passportWords) {
		t.add(n.start, n.end, 70)
	}
}

// passportWord: a letter or two or three and digits, or of all kinds as in Germany; at least four digits.
func passportWord(t *text, w *word) {
	if countDigits(t.b[w.start:w.end]) >= 4 && t.says(w.start, w.end, passportWords) {
		t.add(w.start, w.end, 75)
	}
}

func licenceDigits(t *text, n *number) {
	if n.bare() && t.endsAt(n.end) && t.says(n.start, n.end, licenceWords) {
		t.add(n.start, n.end, 65)
	}
}

func licenceWord(t *text, w *word) {
	if countDigits(t.b[w.start:w.end]) >= 5 && t.says(w.start, w.end, licenceWords) {
		t.add(w.start, w.end, 70)
	}
}

// licenceGrouped looks for licences with hyphens or few characters: D123-4567-8901, K1234567.
func licenceGrouped(t *text, i, n int) {
	b := t.b
	from := max(t.claimed, i-9)
	if !containsFold(b[from:i], "driv") {
		return
	}
	start, end := t.nextValue(i + n)
	for k := 0; k < 8 && start >= 0; k++ { // of an array
		if end-start < 6 || end-start > 20 || countDigits(b[start:end]) < 5 {
			return
		}
		if d, _, _ := check.Date(b[start:end]); d == 0 {
			t.addNear(start, end, 65)
		}
		if at(b, end) != '"' || at(b, end+1) != ',' || at(b, end+2) != '"' || !isAlnum(at(b, end+3)) {
			return
		}
		next := end + 3
		if start, end = t.nextValue(end + 2); start != next {
			return
		}
	}
}

// containsFold tells whether s, in lower case, stands in b.
func containsFold(b []byte, s string) bool {
	for i := range b {
		if hasPrefixFold(b[i:], s) {
			return true
		}
	}
	return false
}

// mrz looks at the line around the first of several '<', and at the line below it.
func mrz(t *text, i, n int) {
	if at(t.b, i-1) == '<' && i-1 >= t.claimed {
		return
	}
	start, end := t.mrzLine(i)
	if !check.MRZLine(t.b[start:end]) {
		return
	}
	t.add(start, end, 95)
	below := end
	for below < len(t.b) && below < end+2 && isSpace(t.b[below]) {
		below++
	}
	if at(t.b, end) == '\\' && at(t.b, end+1) == 'n' {
		below = end + 2
	}
	if below == end {
		return
	}
	if _, stop := t.mrzLine(below); stop-below == end-start && check.MRZLine(t.b[below:stop]) {
		t.later(below, stop, 95)
	}
}

// mrzLine returns the run of what a line may have around i.
func (t *text) mrzLine(i int) (start, end int) {
	const longest = 44
	start, end = i, i
	for start > t.claimed && i-start <= longest && inMRZ(t.b[start-1]) {
		start--
	}
	if start > t.claimed && t.b[start-1] == '\\' && t.b[start] == 'n' {
		start++
	}
	for end < len(t.b) && end-i <= longest && inMRZ(t.b[end]) {
		end++
	}
	t.work += end - start
	return start, end
}

func inMRZ(c byte) bool { return isUpper(c) || isDigit(c) || c == '<' }
