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
	words:   []string{"pass", "pwd", "_pw", "secr", "toke", "auth", "cred"},
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
		if c := at(t.b, i+3); isLetter(before) && (!isLetter(c) || c|0x20 == 's' || isUpper(c)) { // not of keyboard
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
	for end > i && b[end-1] == '.' { // "$x .= 1", or of the sentence
		end--
	}
	s := &t.separator
	if s.after(b, end); s.kind == noAssignment {
		return
	}
	start := nameStart(b, i, end)
	if !s.fits(b, start) {
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
	kind  assignmentKind
	value int    // where the value begins, with its quotes
	close opener // that closes the name
	colon bool   // it is a ':'
}

// assignmentKind tells how a value follows a name.
type assignmentKind uint8

const (
	noAssignment assignmentKind = iota
	assigned                    // name=value, name: value, and what is like those
	tagged                      // <name>value</name>
	called                      // f("name", "value")
	flagged                     // --name value
	stated                      // my name is value
	beside                      // NAME 'value'
	invoked                     // setName("value")
	spoken                      // name value
)

// after reads the separator behind a name. There is a value behind it, of at least one byte.
func (s *separator) after(b []byte, i int) {
	*s = separator{}
	if at(b, i) == '>' {
		s.kind, s.value = tagged, i+1
	} else {
		s.close, i = closers(b, i)
		next := skipBlanks(b, i)
		s.kind = assigned
		if s.value, s.colon = assigns(b, next); s.value == 0 {
			s.other(b, i, next)
		}
	}
	if s.value >= len(b) {
		s.kind = noAssignment
	}
}

// other reads what has no separator right behind the name, which ends at i with its quotes; next is behind the blanks.
func (s *separator) other(b []byte, i, next int) {
	s.kind = noAssignment
	switch c := at(b, next); {
	case s.close != 0:
		close := s.close
		if s.value, s.colon, s.close = pairValue(b, i); s.value != 0 {
			s.kind = assigned
		} else if c == ',' {
			s.kind, s.value, s.close = called, skipSpace(b[:min(len(b), next+1+maxGap)], next+1), close
		}
	case c == '\n' || c == '\r' || c == '\\':
		if s.value, s.colon, s.close = pairValue(b, next); s.value != 0 {
			s.kind = assigned
		}
	case c == '(' && next == i && isQuote(at(b, next+1)):
		s.kind, s.value = invoked, next+1
	case next == i:
	case c == '"' || c == '\'':
		s.kind, s.value = beside, next
	default:
		if end := typeEnd(b, next); end > next {
			if s.value, s.colon = assigns(b, skipBlanks(b, end)); s.value != 0 {
				s.kind = assigned
				return
			}
		}
		if s.value = statedValue(b, next); s.value != 0 {
			s.kind = stated
			return
		}
		s.kind, s.value = flagged, next
	}
}

// fits tells whether what is before the name at start belongs to what is behind it.
func (s *separator) fits(b []byte, start int) bool {
	switch s.kind {
	case tagged:
		return at(b, start-1) == '<' || at(b, start-1) == ':'
	case called:
		if at(b, start-2) == '\\' {
			start--
		}
		return at(b, start-2) == '('
	case beside:
		if b[start] == '-' {
			s.kind = flagged
		}
	case flagged:
		if b[start] != '-' {
			s.kind = spoken
			return true
		}
		before := at(b, start-1)
		return b[start] == '-' && b[s.value] != '-' && (before <= ' ' || contains("\"'`([=,", before))
	}
	return true
}

// typeEnd returns the end of the name of a type at i, i if there is none: var password string = "x".
func typeEnd(b []byte, i int) int {
	end := i
	for end < len(b) && end-i < len(shortWord{}) && isWord(b[end]) {
		end++
	}
	var w shortWord
	if !isTypeName(w.of(b[i:end])) {
		return i
	}
	return end
}

// statedValue returns where the value begins behind "is", "was" or "set to" at i, 0 if there is none of them.
func statedValue(b []byte, i int) int {
	for _, verb := range []string{"is now ", "is set to ", "was set to ", "set to ", "is: ", "is ", "was ", "to ", "ist: ", "ist ", "lautet: ", "lautet ", "est : ", "est ", "es ", "è ", "é ", "är ", "er ", "je ", "jest "} {
		if hasPrefixFold(b[i:], verb) {
			return skipBlanks(b, i+len(verb))
		}
	}
	return 0
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
		case '[': // of an array's declaration: password[20] = "x"
			if j := digitsEnd(b, end+1, maxClosers); at(b, j) == ']' {
				end = j
			}
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

// assigns passes over '=', ':', "=>", ":=" or "==" at i, also "::=", "?=", ".=", "+=" and "||=", and the white space behind it. It returns 0 if there is none
// of them.
func assigns(b []byte, i int) (value int, colon bool) {
	switch c := at(b, i); c {
	case ':':
		j := i + 1
		for n := 0; n < 2 && at(b, j) == ':'; n++ {
			j++
		}
		if j > i+1 && at(b, j) != '=' {
			return 0, false
		}
		colon = at(b, j) != '='
		i = j - 1
	case '=':
	case '?', '.', '+', '|':
		if at(b, i+1) == c {
			i++
		}
		if i++; at(b, i) != '=' {
			return 0, false
		}
	case '!': // password != "x"
		if at(b, i+1) != '=' || !isQuote(at(b, skipBlanks(b, i+2))) {
			return 0, false
		}
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
	for n := 0; n < 2*maxGap && (isSpace(at(b, i)) || contains(",\"'\\", at(b, i)) || contains("nr", at(b, i)) && at(b, i-1) == '\\'); n++ {
		i++
	}
	if i >= len(b) || !hasPrefixFold(b[i:], "value") {
		return 0, false, 0
	}
	last, i = closers(b, i+len("value"))
	value, colon = assigns(b, skipBlanks(b, i))
	return value, colon, last
}
