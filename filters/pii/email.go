package pii

// An e-mail address: a local part of what is in use (RFC 5321 allows more), with letters of European scripts in UTF-8 (RFC 6531), '@' or an
// escape of it, and a domain of at least two labels whose last one is of letters. Not: user@host:path of scp, @scope/package.

const (
	maxLocal  = 128 // bytes to look back; RFC 5321 has 64
	maxDomain = 255
)

// escapedAtLen returns the length of an escape of '@' that begins b, 0 if there is none: %40 (RFC 3986), \u0040 (RFC 8259).
func escapedAtLen(b []byte) int {
	switch {
	case hasPrefixFold(b, "%40"):
		return 3
	case hasPrefixFold(b, `\u0040`):
		return 6
	}
	return 0
}

// email returns the range of the address around the '@' of n bytes at i.
func email(text []byte, i, n int) (start, end int, ok bool) {
	if start = localStart(text, i); start == i {
		return 0, 0, false
	}
	if end, ok = domainEnd(text, i+n); !ok || isSCP(text, end) {
		return 0, 0, false
	}
	return start, end, true
}

// mayBeAt is email and urlPassword without a look at more than the two neighbours.
func mayBeAt(run []byte, i, n int) bool {
	before := at(run, i-1)
	return before > ' ' && !contains("\"'`<>@,;()[]{}*", before) && hostBegins(run, i+n)
}

// isLocal tells whether an ASCII byte may be in a local part. Those that are delimiters of formats as often ("=", "/", "{", "&", …) are
// left out, and '*', which is what masks are made of.
func isLocal(c byte) bool { return isAlnum(c) || contains("._%+-~!#$^", c) }

// localStart returns the beginning of the local part that ends before i, i if there is none.
func localStart(text []byte, i int) int {
	start := i
	for start > 0 && i-start < maxLocal {
		c := text[start-1]
		switch {
		case isLocal(c):
			start--
		case c == '\'' && start < i && start > 1 && isAlnum(text[start]) && isAlnum(text[start-2]): // o'brien
			start--
		case c >= 0x80 && c < 0xc0 && start > 1 && text[start-2] >= 0xc3 && text[start-2] <= 0xd4: // a letter of two bytes
			start -= 2
		default:
			return trimLocal(text, start, i)
		}
	}
	return trimLocal(text, start, i)
}

// trimLocal passes over punctuation that an address doesn't begin with.
func trimLocal(text []byte, start, i int) int {
	for start < i && contains(".%-!#$^~", text[start]) {
		start++
	}
	if start < i && text[i-1] == '.' {
		return i
	}
	return start
}

// domainEnd returns the end of the domain that begins at i.
func domainEnd(text []byte, i int) (end int, ok bool) {
	label := i // where the label at hand begins
	for j := i; j-i <= maxDomain; j++ {
		c := at(text, j)
		if j < len(text) && (isAlnum(c) || (c == '-' && j > label) || (c >= 0x80 && (text[label] >= 0x80 || twoBytes(text, j)))) {
			continue
		}
		if label > i && topLevel(text[label:j]) {
			end, ok = j, true
		}
		if c != '.' || j == label || text[j-1] == '-' {
			break
		}
		label = j + 1
	}
	return end, ok
}

// twoBytes tells whether the byte at j is of a code point of two bytes: a letter of a script that is written with spaces between words.
// An ASCII label goes on with those only.
func twoBytes(text []byte, j int) bool {
	lead := func(c byte) bool { return c >= 0xc3 && c <= 0xd4 }
	return lead(text[j]) || text[j] < 0xc0 && lead(text[j-1])
}

// topLevel tells whether a label may be the last one: letters, or punycode.
func topLevel(label []byte) bool {
	if hasPrefixFold(label, "xn--") {
		return len(label) > 4 && label[len(label)-1] != '-'
	}
	for _, c := range label {
		if !isLetter(c) && c < 0x80 {
			return false
		}
	}
	return len(label) >= 2
}

// isSCP tells whether what ends here is the host of user@host:path.
func isSCP(text []byte, end int) bool {
	if at(text, end) != ':' {
		return false
	}
	const maxPath = 100
	for i := end + 1; i < len(text) && i <= end+maxPath; i++ {
		switch c := text[i]; {
		case c == '/':
			return true
		case !isAlnum(c) && !contains("._~-", c):
			return false
		}
	}
	return false
}
