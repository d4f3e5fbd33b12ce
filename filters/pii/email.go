package pii

// An e-mail address: a local part of what is in use (RFC 5321 allows more), with letters in UTF-8 (RFC 6531), '@' or an escape of it, and a
// domain of at least two labels whose last one is of letters. Not: user@host:path of scp, @scope/package, package@1.2.3, image@2x.png.

const (
	maxLocal  = 128 // bytes to look back; RFC 5321 has 64
	maxDomain = 255
)

const (
	emailConfidence = 95
	emailReason     = "e-mail address"
)

// Escapes of '@': RFC 3986, RFC 8259. The engine calls email at '@' itself.
var emailDetector = detector{kind: Email, reason: emailReason, words: []string{"%40", `\u0040`}, literal: (*text).email}

var _ = register(emailDetector)

// email looks for an address around the '@' of n bytes at i.
func (t *text) email(i, n int) {
	b := t.b
	if before := at(b, i-1); !isLocal(before) && before < 0x80 {
		return
	}
	end := t.domainEnd(i + n)
	if end == 0 || isSCP(b, i, end) || notDomain(b[i+n:end]) {
		return
	}
	if start := t.localStart(i); start < i {
		t.add(start, end, emailConfidence)
	}
}

// isLocal tells whether an ASCII byte may be in a local part. Those that are delimiters of formats as often ("=", "/", "{", "&", …) are
// left out, and '*', which is what masks are made of.
func isLocal(c byte) bool { return classOf[c]&inLocal != 0 }

// localStart returns the beginning of the local part that ends before i, i if there is none.
func (t *text) localStart(i int) int {
	b, start := t.b, i
	limit := t.localLimit(i)
	for start > limit {
		c := b[start-1]
		if isAlnum(c) {
			start--
			continue
		}
		switch {
		case c == '.' && start < i && b[start] == '.': // …@ behind dots
			return trimLocal(b, start, i)
		case c == '%' && start+1 < i && isHex(b[start]) && isHex(b[start+1]) && !hasPrefixFold(b[start-1:], "%2b"):
			return trimLocal(b, start+2, i) // an escaped delimiter
		case isLocal(c):
			start--
		case c == '\'' && start < i && start > limit+1 && isAlnum(b[start]) && isAlnum(b[start-2]): // o'brien
			start--
		case c >= 0x80:
			n := letterBefore(b, start)
			if n == 0 || start-n < limit || n > 2 && start < i && b[start] < 0x80 {
				return trimLocal(b, start, i)
			}
			start -= n
		default:
			return trimLocal(b, start, i)
		}
	}
	return trimLocal(b, start, i)
}

// localLimit is where the local part before i may begin at the earliest: a number may turn out to be a part of it, but what else was
// found isn't.
func (t *text) localLimit(i int) int {
	limit := max(i-maxLocal, 0)
	for n := len(t.found); n > t.first && t.found[n-1].End > limit; n-- {
		if f := t.found[n-1]; f.Kind == Secret || f.Kind == Email {
			return f.End
		}
	}
	return limit
}

// letterBefore returns the length of the letter beyond ASCII that ends before i: 2 bytes in alphabets, 3 in scripts without spaces
// between words, whose letters don't belong to an ASCII word beside them. 0 if none does.
func letterBefore(b []byte, i int) int {
	switch {
	case i >= 2 && b[i-1] < 0xc0 && b[i-2] >= 0xc3 && b[i-2] <= 0xd4:
		return 2
	case i >= 3 && b[i-1] < 0xc0 && b[i-2] >= 0x80 && b[i-2] < 0xc0 && b[i-3] >= 0xe3 && b[i-3] <= 0xed && (b[i-3] != 0xe3 || b[i-2] != 0x80):
		return 3
	}
	return 0
}

// trimLocal passes over what an address doesn't begin with: punctuation, escapes of other characters.
func trimLocal(b []byte, start, i int) int {
	for start < i {
		next := start
		if contains(".%-!#$^~", b[start]) {
			next++
		}
		if e := afterEscape(b, start); e > start && at(b, start-1) != '%' {
			next = e
		}
		if next == start {
			break
		}
		start = next
	}
	if start >= i || b[i-1] == '.' || b[start] == '+' && start+1 == i {
		return i
	}
	return start
}

// isSCP tells whether what begins before the '@' at i and ends here is the user@host of user@host:path.
func isSCP(b []byte, i, end int) bool {
	if at(b, end) != ':' {
		return false
	}
	if i >= 3 && string(b[i-3:i]) == "git" && !isLocal(at(b, i-4)) {
		return true
	}
	const maxPath = 100
	for j := end + 1; j < len(b) && j <= end+maxPath; j++ {
		switch c := b[j]; {
		case c == '/':
			return true
		case !isAlnum(c) && !contains("._~-", c):
			return false
		}
	}
	return false
}
