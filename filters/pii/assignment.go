package pii

// A secret in a named assignment: a name that says so (secretname.go), something that assigns, a value (value.go). The value needs no look of a
// secret, since the name says what it is: password=hunter2, "token":"abc", AWS_SECRET_ACCESS_KEY: …, <password>x</password>, secret => 'x',
// Authorization: Bearer x.

const (
	maxClosers = 6  // quotes, brackets and backslashes behind a name
	maxGap     = 16 // bytes of white space around a separator
)

// The literals by which names of secrets are found. "key" says nothing by itself.
var _ = register(detector{
	kind: Secret, reason: "value of a secret's name",
	words:   []string{"pass", "pwd", "secr", "toke", "auth", "cred"},
	literal: func(t *text, i, _ int) { t.assignment(i) },
})

var _ = register(detector{
	kind: Secret, reason: "value of a secret's name",
	words: []string{"key"},
	literal: func(t *text, i, _ int) {
		before := at(t.b, i-1)
		if contains("_-. ", before) {
			before = at(t.b, i-2)
		}
		if contains("sienthgd", lower(before)) { // api, access, private, encryption, account, auth, signing, shared
			t.assignment(i)
		}
	},
})

// assignment looks for an assignment to the name that the hint at i is in. A name is judged once.
func (t *text) assignment(i int) {
	if i < t.nameEnd {
		return
	}
	b, end := t.b, i
	for end < len(b) && isName(b[end]) {
		end++
		long(end - i)
	}
	t.nameEnd = end
	t.work += end - i + maxName
	s := &t.separator
	if s.after(b, end); s.value == 0 {
		return
	}
	start := nameStart(b, i, end)
	if s.xml && at(b, start-1) != '<' && at(b, start-1) != ':' {
		return
	}
	if after := afterEscape(b, start); after <= i { // \n before the name, but \token has no tabulator
		start = after
	}
	j := judge(b[start:end])
	if j.strength != noSecret {
		t.value(j, s)
	}
}

func isName(c byte) bool { return classOf[c]&inName != 0 }

// nameStart returns the beginning of the name that i is in: at most maxName bytes before its end. "API key" is one.
func nameStart(b []byte, i, end int) int {
	limit := max(0, end-maxName)
	start := min(max(i, limit), end)
	for start > limit && isName(b[start-1]) {
		start--
	}
	if start > limit+1 && b[start-1] == ' ' && hasPrefixFold(b[start:end], "key") {
		for start--; start > limit && isName(b[start-1]); {
			start--
		}
	}
	return start
}

// separator is what stands between a name and a value.
type separator struct {
	value int    // where the value begins, with its quotes; 0 if nothing is assigned
	close opener // that closes the name
	colon bool   // it is a ':'
	xml   bool   // it is the end of a tag
}

// after reads the separator behind a name. There is a value behind it, of at least one byte.
func (s *separator) after(b []byte, i int) {
	if s.xml = at(b, i) == '>'; s.xml {
		s.value = i + 1
	} else {
		s.close, i = closers(b, i)
		next := skipBlanks(b, i)
		if s.value, s.colon = assigns(b, next); s.value == 0 && s.close != 0 {
			s.value, s.colon, s.close = pairValue(b, i)
		}
	}
	if s.value >= len(b) {
		s.value = 0
	}
}

// opener is what a string begins or ends with: a quote, behind backslashes if the string is in another one. 0 is for none.
type opener uint16

func newOpener(quote byte, backslashes int) opener { return opener(quote) | opener(backslashes)<<8 }

// closers passes over what closes a name: quotes, also escaped ones, and the bracket of an index.
func closers(b []byte, i int) (last opener, end int) {
	run := 0
	for end = i; end < i+maxClosers; end++ {
		switch c := at(b, end); c {
		case '"', '\'', '`':
			last = newOpener(c, run)
			run = 0
		case '\\':
			run++
		case ']':
		default:
			return last, end
		}
	}
	return last, end
}

func skipBlanks(b []byte, i int) int {
	for n := 0; n < maxGap && isBlank(at(b, i)); n++ {
		i++
	}
	return i
}

// assigns passes over '=', ':', "=>", ":=" or "==" at i and the white space behind it, and returns 0 if there is none of them.
func assigns(b []byte, i int) (value int, colon bool) {
	switch at(b, i) {
	case ':':
		if at(b, i+1) == ':' {
			return 0, false
		}
		colon = at(b, i+1) != '='
	case '=':
	default:
		return 0, false
	}
	i++
	for n := 0; n < 2 && (at(b, i) == '=' || at(b, i) == '>'); n++ {
		i++
	}
	return skipBlanks(b, i), colon
}

// pairValue reads the rest of a pair whose name is a value by itself: "name": "DB_PASSWORD", "value": "x", also in attributes of XML. i is behind
// the quote.
func pairValue(b []byte, i int) (value int, colon bool, last opener) {
	for n := 0; n < 2*maxGap && (isSpace(at(b, i)) || contains(",\"'\\", at(b, i))); n++ {
		i++
	}
	if i >= len(b) || !hasPrefixFold(b[i:], "value") {
		return 0, false, 0
	}
	last, i = closers(b, i+len("value"))
	value, colon = assigns(b, skipBlanks(b, i))
	return value, colon, last
}
