package pii

// Short or wordy values have no anchor of their own: they are looked for behind a word that says what follows.

// reach is how far behind a word its value may begin, in bytes.
const reach = 32

// nextValue returns the first token behind i that has a digit, within reach: letters and digits, with single '-', '.' or '/' inside. It must be in the same
// line and sentence, and behind a separator: start is -1 if there is none.
func (t *text) nextValue(i int) (start, end int) {
	b := t.b
	stop := min(len(b), i+reach)
	t.work += stop - i
	for i < len(b) && isLetter(b[i]) { // the rest of the word
		if i++; i >= stop {
			return -1, 0
		}
	}
	for start = i; start < stop; {
		c := b[start]
		if c == '*' { // the value, masked
			return -1, 0
		}
		if c == '\n' || c == '}' || c == '{' || c == ';' || c == ',' && (at(b, start+1) != ' ' || isLetter(at(b, start+2))) || c == '<' && at(b, start+1) == '/' {
			return -1, 0
		}
		if !isAlnum(c) {
			start++
			continue
		}
		digit := false
		for end = start; end < len(b) && end-start < maxName && (isAlnum(b[end]) || contains("-./", b[end]) && isAlnum(at(b, end+1))); end++ {
			digit = digit || isDigit(b[end])
		}
		if digit {
			if isAlnum(at(b, end)) || at(b, end) == '_' || start < t.claimed {
				return -1, 0
			}
			return start, end
		}
		start = end
	}
	return -1, 0
}

// countDigits counts the digits of v.
func countDigits(v []byte) (n int) {
	for _, c := range v {
		if isDigit(c) {
			n++
		}
	}
	return n
}

// addNear notes a finding behind the anchor at hand.
func (t *text) addNear(start, end int, confidence uint8) {
	if start >= t.claimed {
		t.later(start, end, confidence)
	}
}
