package pii

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c|0x20-'a' <= 'z'-'a' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }

// isSpace covers the white space of JSON.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		return c | 0x20
	}
	return c
}

func contains(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// digitsEnd returns the end of the digits that begin at i.
func digitsEnd(text []byte, i int) int {
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return i
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

// at returns the byte at i, or 0 outside of the text: a boundary.
func at(text []byte, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// wordBefore tells whether one of the words, in lower case, stands in the n bytes before i.
func wordBefore(text []byte, i, n int, words []string) bool {
	window := text[max(0, i-n):i]
	for start := range window {
		for _, w := range words {
			if hasPrefixFold(window[start:], w) {
				return true
			}
		}
	}
	return false
}

// hasPrefixFold tells whether b begins with s, which is in lower case, whatever the case in b.
func hasPrefixFold(b []byte, s string) bool {
	if len(b) < len(s) {
		return false
	}
	for i := range len(s) {
		if lower(b[i]) != s[i] {
			return false
		}
	}
	return true
}
