package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Numbers of India: Aadhaar of residents, PAN of taxpayers, GSTIN of companies.

var (
	aadhaarWords = newContext("aadhaar", "aadhar", "adhaar", "uidai", "uid", "आधार")
	panWords     = newContext("pan", "permanent account", "income tax", "pancard")
)

var (
	_ = register(detector{kind: Aadhaar, reason: "Aadhaar number, check digit valid", number: aadhaar, digits: span{12, 12}, leads: []string{"2*", "3*", "4*", "5*", "6*", "7*", "8*", "9*"}, needs: aadhaarWords})
	_ = register(detector{kind: IndiaPAN, reason: "PAN", word: indiaPAN, length: span{10, 10}, shape: "AAAAA9999A"})
	_ = register(detector{kind: GSTIN, reason: "GSTIN, check digit valid", word: gstin, length: span{15, 15}, shape: "99AAAAA9999A?A?"})
)

func aadhaar(t *text, n *number) {
	end := n.end
	if !n.bare() {
		const form, size = 1<<4 | 1<<9, 14
		if n.seps&(1<<size-1) != form || n.end-n.start < size {
			return
		}
		end = n.start + size
	}
	if check.Aadhaar(t.b[n.start:end]) && t.endsAt(end) && t.context(n.start, end, aadhaarWords) {
		t.add(n.start, end, 90)
	}
}

func indiaPAN(t *text, w *word) {
	if !check.PAN(t.b[w.start:w.end]) {
		return
	}
	switch {
	case t.context(w.start, w.end, panWords):
		t.add(w.start, w.end, 90)
	case isUpper(t.b[w.start]):
		t.add(w.start, w.end, 55)
	}
}

func gstin(t *text, w *word) {
	if check.GSTIN(t.b[w.start:w.end]) {
		t.add(w.start, w.end, 95)
	}
}
