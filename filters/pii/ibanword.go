package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// An IBAN of a country that isn't in SWIFT's registry, or of another length than there: where a word says that it is one, and its check digits are right. Some
// countries are about to join, and test data has such.

var ibanWords = newContext("iban", "bank account", "account number", "account", "bankverbindung", "konto")

var _ = register(detector{kind: IBAN, reason: "IBAN of another form, check digits valid", word: ibanWord, length: span{14, 34}})

func ibanWord(t *text, w *word) {
	b := t.b[w.start:w.end]
	if w.digits&0xf == 0xc && isLetter(b[0]) && check.Mod97(b) && t.context(w.start, w.end, ibanWords) {
		t.add(w.start, w.end, 80)
	}
}
