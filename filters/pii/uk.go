package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Numbers of the United Kingdom: national insurance, health service, driving licences.

var (
	ninoWords = newContext("nino", "national insurance", "ni number", "ni no")
	nhsWords  = newContext("nhs", "national health")
)

var (
	_ = register(detector{kind: UKNINO, reason: "national insurance number", word: nino, length: span{9, 9}, shape: "AA999999A"})
	_ = register(detector{kind: UKNINO, reason: "national insurance number", number: ninoGrouped, digits: span{6, 6}, forms: dashForm | spaceForm | dotForm, group: span{2, 2}, seps: 2})
	_ = register(detector{kind: UKNHS, reason: "NHS number, check digit valid", number: nhs, digits: span{10, 10}, needs: nhsWords})
	_ = register(detector{kind: DrivingLicence, reason: "British driving licence", word: ukLicence, length: span{16, 18}})
)

func nino(t *text, w *word) {
	switch named := t.context(w.start, w.end, ninoWords); {
	case named:
		t.add(w.start, w.end, 90)
	case isUpper(t.b[w.start]) && check.NINO(t.b[w.start:w.end]):
		t.add(w.start, w.end, 65)
	}
}

// ninoGrouped looks for AB 12 34 56 C around its digits.
func ninoGrouped(t *text, n *number) {
	const form, size = 1<<2 | 1<<5, 8
	start, end := n.start-3, n.start+size+2
	if n.seps&(1<<size-1) != form || start < t.claimed || end > len(t.b) || t.b[n.start-1] != t.b[n.start+2] || !wordStarts(t.b, start) || isWord(at(t.b, end)) {
		return
	}
	v := t.b[start:end]
	if !isLetter(v[0]) || !isLetter(v[1]) || !isLetter(v[len(v)-1]) {
		return
	}
	switch {
	case t.context(start, end, ninoWords):
		t.add(start, end, 90)
	case isUpper(v[0]) && check.NINO(v):
		t.add(start, end, 75)
	}
}

func nhs(t *text, n *number) {
	end := n.end
	if !n.bare() {
		const form, size = 1<<3 | 1<<7, 12
		if n.seps&(1<<size-1) != form || n.end-n.start < size {
			return
		}
		end = n.start + size
	}
	if check.NHS(t.b[n.start:end]) && t.endsAt(end) && t.context(n.start, end, nhsWords) {
		t.add(n.start, end, 95)
	}
}

func ukLicence(t *text, w *word) {
	if check.UKDrivingLicence(t.b[w.start:w.end]) && isUpper(t.b[w.start]) {
		t.add(w.start, w.end, 80)
	}
}
