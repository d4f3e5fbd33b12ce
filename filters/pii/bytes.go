package pii

// classes are bits for what a byte may be a part of: one look in a table instead of comparisons.
type classes uint8

const (
	inLocal   classes = 1 << iota // local part of an address, if ASCII
	endsLocal                     // neither that nor credentials in a URL
	inLabel                       // label of a domain, if ASCII
	inName                        // name of a field
	inWord
	endsAuthority // of a URL
)

var classOf = newClasses()

func newClasses() (t [256]classes) {
	for i := range t {
		c := byte(i)
		if isAlnum(c) {
			t[c] = inLocal | inLabel | inName | inWord
		}
		if c <= ' ' {
			t[c] = endsLocal | endsAuthority
		}
	}
	for bits, set := range map[classes]string{inLocal: "._%+-~!#$^", endsLocal: "\"'`<>@", inLabel: "-", inName: "_-.", inWord: "_", endsAuthority: "/?#\"'`<>,;"} {
		for i := range len(set) {
			t[set[i]] |= bits
		}
	}
	return t
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c|0x20-'a' <= 'z'-'a' }
func isUpper(c byte) bool  { return c-'A' <= 'Z'-'A' }
func isLower(c byte) bool  { return c-'a' <= 'z'-'a' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isWord(c byte) bool   { return classOf[c]&inWord != 0 }
func isHex(c byte) bool    { return isDigit(c) || c|0x20-'a' <= 'f'-'a' }
func isBlank(c byte) bool  { return c == ' ' || c == '\t' }

// isSpace covers the white space of JSON.
func isSpace(c byte) bool { return isBlank(c) || c == '\n' || c == '\r' }

func lower(c byte) byte {
	if isUpper(c) {
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

// at returns the byte at i, or 0 outside of the text: a boundary.
func at(b []byte, i int) byte {
	if i < 0 || i >= len(b) {
		return 0
	}
	return b[i]
}

// digitsEnd returns the end of the digits that begin at i, or i+limit if there are more.
func digitsEnd(b []byte, i, limit int) int {
	limit = min(len(b), i+limit)
	for i < limit && isDigit(b[i]) {
		i++
	}
	return i
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

func equalFold(b []byte, s string) bool { return len(b) == len(s) && hasPrefixFold(b, s) }

// wordBefore tells whether one of the words, in lower case, stands in the n bytes before i.
func wordBefore(b []byte, i, n int, words []string) bool {
	window := b[max(0, i-n):i]
	for start := range window {
		for _, w := range words {
			if hasPrefixFold(window[start:], w) {
				return true
			}
		}
	}
	return false
}

// afterEscape returns the end of the escape that the byte at i or the one before is a part of, i if there is none: \n, \u003c, %20. What is
// written as an escape is no word, so it is a boundary where a letter in its place wouldn't be one. In text that isn't escaped
// this may cut a path like C:\new.
func afterEscape(b []byte, i int) int {
	for k := i - 1; k >= 0 && k >= i-5; k-- {
		switch c := b[k]; {
		case c == '\\':
			return max(i, escapeEnd(b, k))
		case c == '%' && isHex(at(b, k+1)) && isHex(at(b, k+2)):
			return max(i, k+3)
		case !isHex(c) && c|0x20 != 'u' && !contains("nrt", c):
			return i
		}
	}
	return i
}

// escapeEnd returns the end of the escape of JSON that the backslash at k begins.
func escapeEnd(b []byte, k int) int {
	switch c := at(b, k+1); {
	case contains("nrtbf", c):
		return k + 2
	case c == 'u' && isHex(at(b, k+2)) && isHex(at(b, k+3)) && isHex(at(b, k+4)) && isHex(at(b, k+5)):
		return k + 6
	}
	return k + 1
}

// wordStarts tells whether a word may start at i: no letter, digit or '_' is before, but for one of an escape.
func wordStarts(b []byte, i int) bool {
	return i == 0 || !isWord(b[i-1]) || endsEscape(b, i)
}

// endsEscape tells whether an escape ends right before i.
func endsEscape(b []byte, i int) bool {
	for k := i - 2; k >= 0 && k >= i-6; k-- {
		if b[k] == '\\' {
			return escapeEnd(b, k) == i
		}
		if b[k] == '%' && k == i-3 {
			return isHex(b[k+1]) && isHex(b[k+2])
		}
	}
	return false
}
