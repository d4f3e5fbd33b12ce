package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Passports and driving licences by a word that says so, since their numbers look like any; and the lines that machines read (ICAO 9303).

var (
	_ = register(detector{kind: Passport, reason: "passport number", literal: passport, words: []string{"passp", "passep", "reisep", "pasapo"}})
	_ = register(detector{kind: DrivingLicence, reason: "driving licence", literal: licence, words: []string{"licen"}})
	_ = register(detector{kind: MRZ, reason: "machine readable zone", literal: mrz, prefixes: []string{"<<<"}})
)

// passport looks for letters and digits behind the word: nine or so, at least four of them digits.
func passport(t *text, i, n int) {
	if isLower(at(t.b, i-1)) && isLower(t.b[i]) {
		return
	}
	t.numbersBehind(i+n, 6, 9, 70)
}

// licence looks for a driver's one: D123-4567-8901, K1234567.
func licence(t *text, i, n int) {
	if containsFold(t.b[max(t.claimed, i-9):i], "driv") {
		t.numbersBehind(i+n, 6, 20, 65)
	}
}

// numbersBehind notes the value behind a word, or the values of an array, if they are as long and have four digits.
func (t *text) numbersBehind(i, least, most int, confidence uint8) {
	b := t.b
	start, end := t.nextValue(i)
	for k := 0; k < 8 && start >= 0; k++ {
		if end-start < least || end-start > most || countDigits(b[start:end]) < 4 {
			return
		}
		if d, _, _ := check.Date(b[start:end]); d == 0 {
			t.addNear(start, end, confidence)
		}
		next := end + 3
		if at(b, end) != '"' || at(b, end+1) != ',' || at(b, end+2) != '"' || !isAlnum(at(b, next)) {
			return
		}
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
