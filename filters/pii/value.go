package pii

import "github.com/libnasp/libnasp/filters/yield"

// Where the value of an assignment begins and ends.

// value looks for the value behind a separator.
func (t *text) value(j judgement, s *separator) {
	b, i := t.b, s.value
	if b[i-1] == ':' && at(b, i) == '/' && at(b, i+1) == '/' { // the scheme of a URL
		return
	}
	if s.xml {
		if end := xmlEnd(b, i); at(b, end) == '<' && at(b, end+1) == '/' { // otherwise it is a <placeholder>, or holds more tags
			t.addValue(j, i, end)
		}
		return
	}
	if at(b, i) == '[' { // a list of strings
		for i = skipBlanks(b, i+1); ; {
			open, backslashes, ok := openingQuote(b, i)
			if !ok || newOpener(b[open], backslashes) != s.close && closesAround(b, open) {
				return
			}
			end := t.quoted(j, open, backslashes)
			if i = skipBlanks(b, closed(b, end)); at(b, i) != ',' {
				return
			}
			i = skipBlanks(b, i+1)
		}
	}
	if open, backslashes, ok := openingQuote(b, i); ok {
		if newOpener(b[open], backslashes) == s.close || !closesAround(b, open) {
			t.quoted(j, open, backslashes)
		}
		return
	}
	if at(b, i) == '{' {
		t.braces(j, s)
		return
	}
	start := skipScheme(b, i, j.scheme)
	end := bareEnd(b, start)
	t.work += end - start
	v := b[start:end]
	switch next := skipBlanks(b, end); {
	case end == start:
	case len(v) > maxPlaceholder:
		t.addValue(j, start, end)
	case s.colon && isTypeName(t.word.of(v)): // password: str = "x"
		if at(b, next) == '=' {
			if s.value, s.colon = assigns(b, next); s.value < len(b) {
				t.value(j, s)
			}
		}
	case s.colon && s.close == 0 && next > end && isLetter(at(b, next)) && isProse(v, j.strength):
	case s.colon && s.close == 0 && j.strength == weak && j.counts: // PASS: TestX
	case isCode(v), jsonOnes(b, start, end):
	default:
		t.addValue(j, start, end)
	}
}

// braces looks at a value that begins with one: of ODBC if it ends so, otherwise what is inside is looked at by itself, or it is a template.
func (t *text) braces(j judgement, s *separator) {
	end := s.value
	for end < len(t.b) && end-s.value < maxPlaceholder && t.b[end] != '}' && t.b[end] >= ' ' {
		end++
	}
	t.work += end - s.value
	yield.After(byteWork * (end - s.value))
	if !s.colon && at(t.b, end) == '}' && at(t.b, end+1) == ';' {
		t.addValue(j, s.value+1, end)
	}
}

// quoted looks at the value behind the quote at open, which has some backslashes before it. It returns where the value ends.
func (t *text) quoted(j judgement, open, backslashes int) int {
	b := t.b
	start := skipScheme(b, open+1, j.scheme)
	end := quotedEnd(b, start, b[open], backslashes)
	t.addValue(j, start, end)
	return end
}

func (t *text) addValue(j judgement, start, end int) {
	t.work += end - start
	if j.accepts(t.b[start:end]) {
		t.later(start, end, j.confidence())
	}
}

func xmlEnd(b []byte, i int) int {
	start := i
	for i < len(b) && b[i] != '<' && (b[i] >= ' ' || isSpace(b[i])) {
		i++
		long(i - start)
	}
	return i
}

// openingQuote tells whether a quote begins at i, and where it is. Backslashes before it escape it: JSON in JSON has one, in that again
// three. Letters before it are a prefix as in Python.
func openingQuote(b []byte, i int) (open, backslashes int, ok bool) {
	for n := 0; n < 2 && contains("bBrRuUfF@$", at(b, i)); n++ {
		if isQuote(at(b, i+1)) || n == 0 && isQuote(at(b, i+2)) && contains("bBrRuUfF@$", at(b, i+1)) {
			i++
		}
	}
	for open = i; open < i+15 && at(b, open) == '\\'; {
		open++
	}
	return open, open - i, isQuote(at(b, open))
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// quotedEnd returns where the value ends that a quote with so many backslashes began: before the quote that is escaped alike or less, or at the end
// of the line if it isn't a key in several lines.
func quotedEnd(b []byte, start int, quote byte, backslashes int) int {
	lines := hasPrefixFold(b[start:], "-----begin")
	run := 0 // backslashes before the byte at hand
	i := start
	for ; i < len(b); i++ {
		long(i - start)
		switch c := b[i]; {
		case c == '\\':
			run++
			continue
		case c == quote:
			if own, ok := closes(run, backslashes); ok {
				return i - own
			}
		case c < ' ' && c != '\t' && !(lines && isSpace(c)), c == '"' && run%2 == 0 && closesAround(b, i): // the end of a line, or of a string around
			return i
		}
		run = 0
	}
	return i
}

// closes tells whether a quote behind run backslashes ends a string whose first quote is behind some, or one around that: each level of strings
// within strings escapes what the inner one has. own is how many of the backslashes escape the quote.
func closes(run, backslashes int) (own int, ok bool) {
	for ; run%2 != 0; run /= 2 {
		if own = 2*own + 1; own > backslashes {
			return 0, false
		}
	}
	return own, true
}

// closesAround tells whether the quote at i closes a string that the name is in, as in {"q":"?token=","n":1}: the structure around it goes on.
func closesAround(b []byte, i int) bool {
	i = skipBlanks(b, i+1)
	next := skipBlanks(b, i+1)
	switch at(b, i) {
	case ',', ':':
		return next >= len(b) || isDigit(b[next]) || contains("\"{[-\\\r\n", b[next]) || hasPrefixFold(b[next:], "true") || hasPrefixFold(b[next:], "false") || hasPrefixFold(b[next:], "null")
	case '}', ']', ')', ';':
		return next >= len(b) || !isWord(b[next])
	}
	return i >= len(b) || b[i] == '\n' || b[i] == '\r'
}

// closed passes over the closing quote at i.
func closed(b []byte, i int) int {
	for at(b, i) == '\\' {
		i++
	}
	return i + 1
}

// bareEnd returns the end of a value without quotes.
func bareEnd(b []byte, start int) int {
	end := start
	var open [3]int // brackets that the value has opened
	for turn := 0; end < len(b) && !endsBare(b, start, end, &open); turn++ {
		long(turn)
		if b[end] == '\\' && at(b, end+1) == '\\' { // one escape
			end++
		}
		end++
	}
	end = min(end, len(b))
	for end > start && contains(",;.:", b[end-1]) { // of the sentence around it
		end--
	}
	return end
}

const opening, closing = "([{", ")]}"

func endsBare(b []byte, start, i int, open *[3]int) bool {
	switch c := b[i]; c {
	case '"', 0x7f:
		return true
	case '\'', '`': // unless it is an apostrophe; what is masked was a word
		return !isWord(at(b, i+1)) && at(b, i+1) != '*'
	case '<': // of a tag
		return isLetter(at(b, i+1)) || contains("/!*", at(b, i+1))
	case '\\':
		return contains("nrtu\"'", at(b, i+1)) && i+1 < len(b) // an escape of the string around it
	case ',', ';', '&', '|':
		return i > start && valueStops(b, i+1)
	case '(', '[', '{':
		open[indexByte([]byte(opening), c)]++
		return false
	case ')', ']', '}':
		n := &open[indexByte([]byte(closing), c)]
		*n--
		return *n < 0 && structureGoesOn(b, i+1)
	default:
		return c <= ' '
	}
}

// structureGoesOn tells whether the bracket before i closes one around the value: it isn't in the middle of a word.
func structureGoesOn(b []byte, i int) bool {
	return i >= len(b) || !isWord(b[i]) && b[i] < 0x80
}

// valueStops tells whether the delimiter before i isn't a part of the value: another assignment follows, or nothing that could be a
// value.
func valueStops(b []byte, i int) bool {
	end := i
	for end < len(b) && end-i < maxName && (isName(b[end]) || b[end] == '*') {
		end++
	}
	switch at(b, end) {
	case '=', ':':
		return end > i
	case '"', '\'', '\\', '{', '[', '}', ']':
		return end == i
	case 0, ' ', '\t', '\r', '\n':
		return end == i
	}
	return false
}

// schemes are the ones of RFC 9110, section 11.4, that are in use, with the blank behind.
var schemes = []string{"bearer ", "basic ", "token ", "digest ", "negotiate ", "apikey ", "api-key ", "ntlm ", "dpop ", "jwt ", "aws4-hmac-sha256 "}

// skipScheme passes over the name of an authentication scheme, Bearer only unless all are wanted.
func skipScheme(b []byte, i int, all bool) int {
	switch at(b, i) | 0x20 { // most letters begin none
	case 'b', 't', 'd', 'n', 'a', 'j':
	default:
		return i
	}
	for n, s := range schemes {
		if n > 0 && !all {
			break
		}
		if hasPrefixFold(b[i:], s) {
			return skipBlanks(b, i+len(s))
		}
	}
	return i
}
