package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Numbers of patients, and their diagnoses (ICD-10), behind a word or name that says so.

var (
	_ = register(detector{kind: MedicalRecord, reason: "medical record number", literal: medicalRecord, words: []string{"mrn", "medical", "patient"}})
	_ = register(detector{kind: ICD10, reason: "diagnosis, ICD-10", literal: icd10, words: []string{"icd", "diagnos"}})
)

func medicalRecord(t *text, i, n int) {
	if !wordStarts(t.b, i) && at(t.b, i-1) != '_' && !isLower(at(t.b, i-1)) || n == 3 && isLower(at(t.b, i+n)) {
		return
	}
	if n > 3 && !t.recordBehind(i+n) {
		return
	}
	start, end := t.nextValue(i + n)
	if start < 0 || end-start > 20 || countDigits(t.b[start:end]) < 4 {
		return
	}
	if d, _, _ := check.Date(t.b[start:end]); d > 0 {
		return
	}
	t.addNear(start, end, 75)
}

// recordBehind tells whether "record", "id" or "number" follows "medical" or "patient".
func (t *text) recordBehind(i int) bool {
	if contains(" _-", at(t.b, i)) {
		i++
	}
	for _, w := range [...]string{"record", "id", "number", "no"} {
		if i < len(t.b) && hasPrefixFold(t.b[i:], w) && !isLower(at(t.b, i+len(w))) {
			return true
		}
	}
	return false
}

func icd10(t *text, i, n int) {
	if !wordStarts(t.b, i) && at(t.b, i-1) != '_' {
		return
	}
	if t.b[i]|0x20 == 'i' { // ICD-10, icd10_code
		i += n
		if contains("-_ ", at(t.b, i)) {
			i++
		}
		if end := digitsEnd(t.b, i, 3); end-i == 2 {
			i = end
		}
		for contains("-_", at(t.b, i)) && isLetter(at(t.b, i+1)) {
			i++
		}
		if !isLetter(at(t.b, i)) {
			i--
		}
		n = 1
	}
	start, end := t.nextValue(i + n)
	if start >= 0 && check.ICD10(t.b[start:end]) && isUpper(t.b[start]) {
		t.addNear(start, end, 70)
	}
}
