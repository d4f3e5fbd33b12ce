package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// A bank's code (ISO 9362), behind a word that says so: by itself it looks like any word.

var _ = register(detector{kind: BIC, reason: "BIC", literal: bic, words: []string{"bic", "swift"}})

func bic(t *text, i, n int) {
	b := t.b
	if !wordStarts(b, i) && at(b, i-1) != '_' || isLower(at(b, i+n)) {
		return
	}
	stop := min(len(b), i+n+reach)
	t.work += stop - i
	for start := i + n; start < stop; start++ {
		if b[start] == '\n' || b[start] == '*' { // the value, masked
			return
		}
		if !isUpper(b[start]) || isWord(b[start-1]) {
			continue
		}
		end := start
		for end < len(b) && end-start < 12 && isAlnum(b[end]) && !isLower(b[end]) {
			end++
		}
		if (end-start == 8 || end-start == 11) && !isWord(at(b, end)) && check.BIC(b[start:end]) {
			t.addNear(start, end, 70)
			if !hasPrefix(b[end:], `","`) || stop-i > 8*reach { // of an array
				return
			}
			start, stop = end+2, min(len(b), end+reach)
		}
	}
}
