package pii

import "github.com/libnasp/libnasp/filters/yield"

// Where the value of an assignment begins and ends.

// value looks for the value behind a separator.
func (t *text) value(j judgement, s *separator) {
	b, i := t.b, s.value
	if b[i-1] == ':' && at(b, i) == '/' && at(b, i+1) == '/' { // the scheme of a URL
		return
	}
	if j.key {
		t.keyValue(j, i)
		return
	}
	switch s.kind {
	case called, beside, invoked:
		if open, backslashes, ok := openingQuote(b, i); ok && (s.kind == called && newOpener(b[open], backslashes) == s.close || s.kind != called && j.strength == explicit && !closesAround(b, open)) {
			if v := b[open+1 : quotedEnd(b, open+1, b[open], backslashes)]; len(v) >= 3 && indexByte(v[:min(len(v), maxPlaceholder)], ' ') < 0 && (s.kind == called || s.kind == beside && j.password || looksLikeSecret(v)) {
				t.quoted(j, open, backslashes)
			}
		}
		return
	case stated:
		t.stated(j, i)
		return
	case spoken:
		end := bareEnd(b, i)
		t.work += end - i
		if j.strength == explicit && isStrong(b[i:end]) {
			t.addValue(j, i, end)
		}
		return
	case tagged:
		i = skipSpace(b[:min(len(b), i+4*maxGap)], i)
		if end := xmlEnd(b, i); at(b, end) == '<' && at(b, end+1) == '/' { // otherwise it is a <placeholder>, or holds more tags
			for end > i && isSpace(b[end-1]) {
				end--
			}
			t.addValue(j, i, end)
		}
		return
	}
	if s.colon {
		i = blockScalar(b, i)
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
	if at(b, i) == '{' && (at(b, i+1) != '{' || isSpace(at(b, i+2))) {
		t.braces(j, s)
		return
	}
	start := skipScheme(b, i, j.scheme)
	end := bareEnd(b, start)
	t.work += end - start
	if !s.colon && s.close == 0 && t.inQuery() {
		if n := indexByte(b[start:end], '#'); n > 0 { // the fragment of the URL
			end = start + n
		}
	}
	v := b[start:end]
	switch next := skipBlanks(b, end); {
	case end == start:
	case hasPrefix(b[end:], "...") && len(v) > 8: // cut off
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
	case s.kind == flagged && (t.beginsProse(v) || v[0] == '=' || v[0] == ','):
	case !s.colon && t.namesItself(v) && s.close == 0, v[0] == '$' && at(b, end) == ';' && isVariableName(v[1:]): // f(password=password), $password = $input;
	case isCode(v), jsonOnes(b, start, end):
	default:
		t.addValue(j, start, end)
	}
}

// inQuery tells whether the name at hand is one of a parameter in a URL.
func (t *text) inQuery() bool {
	start := nameStart(t.b, t.nameEnd, t.nameEnd)
	return start > 0 && contains("?&", t.b[start-1])
}

// keyValue looks at the value of a key of any kind, which must look like one.
func (t *text) keyValue(j judgement, i int) {
	if open, _, ok := openingQuote(t.b, i); ok {
		i = open + 1
	}
	end := i
	for stop := min(len(t.b), i+maxPlaceholder+1); end < stop && (isAlnum(t.b[end]) || contains("+/=_-", t.b[end])); end++ {
	}
	t.work += end - i
	yield.After(byteWork * (end - i))
	if end-i <= maxPlaceholder && (end == len(t.b) || !isWord(t.b[end]) && t.b[end] < 0x80 && t.b[end] != '.' && t.b[end] != ':') {
		t.addValue(j, i, end)
	}
}

// namesItself tells whether a value is a variable with a common name.
func (t *text) namesItself(v []byte) bool {
	switch string(t.word.of(v)) {
	case "password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "key":
		return true
	}
	return false
}

func isVariableName(v []byte) bool {
	for _, c := range v {
		if !isWord(c) {
			return false
		}
	}
	return len(v) > 0
}

// beginsProse tells whether v is a word that goes on with a sentence.
func (t *text) beginsProse(v []byte) bool { return beginsProse(t.word.of(v)) }

// blockScalar passes over the mark of a block scalar of YAML, and the line break and indentation behind it.
func blockScalar(b []byte, i int) int {
	if c := at(b, i); c != '|' && c != '>' {
		return i
	}
	j := i + 1
	if contains("+-", at(b, j)) && j < len(b) {
		j++
	}
	if c := at(b, j); c != '\n' && c != '\r' {
		return i
	}
	return skipSpace(b[:min(len(b), j+4*maxGap)], j)
}

// stated looks at the value that a sentence gives: my password is hunter2. It must look like one, or end the clause behind "my password is".
func (t *text) stated(j judgement, i int) {
	b := t.b
	if open, backslashes, ok := openingQuote(b, i); ok && open == i {
		if closesAround(b, open) {
			return
		}
		t.quoted(j, open, backslashes)
		return
	}
	end := bareEnd(b, i)
	t.work += end - i
	v := b[i:end]
	if len(v) < 4 || t.beginsProse(v) || isTypeName(t.word.of(v)) || isAlgorithm(v) {
		return
	}
	next := at(b, skipBlanks(b, end))
	if looksLikeSecret(v) || j.password && len(v) >= 6 && (end == len(b) || next == '.' || next == ',' || next == '\n') && t.possessive() {
		t.addValue(j, i, end)
	}
}

// possessive tells whether the name at hand, which ends at nameEnd, is somebody's.
func (t *text) possessive() bool {
	start := nameStart(t.b, t.nameEnd, t.nameEnd)
	for _, w := range []string{"my ", "his ", "her ", "your ", "our ", "their "} {
		if start >= len(w) && hasPrefixFold(t.b[start-len(w):], w) {
			return true
		}
	}
	return false
}

// looksLikeSecret tells whether a word isn't one of a language: it has a digit, a capital letter behind a small one, or a symbol.
func looksLikeSecret(v []byte) bool {
	if len(v) > maxPlaceholder {
		return true
	}
	letters, hyphens := 0, 0
	for i, c := range v {
		switch {
		case c == '-' && len(v) >= 16: // words of a passphrase
			if hyphens++; hyphens == 3 {
				return true
			}
		case isLetter(c):
			letters++
			if i > 0 && isUpper(c) && isLower(v[i-1]) {
				return true
			}
		case isDigit(c) && (letters > 0 || len(v) >= 4), contains("!@#$%^&*+=?~", c):
			return true
		}
	}
	return false
}

// isStrong tells whether a word is one that nobody writes but as a password: small and capital letters and digits, or one of both and a symbol that names and
// numbers don't have.
func isStrong(v []byte) bool {
	if len(v) < 8 || len(v) > maxName || isAlgorithm(v) {
		return false
	}
	var small, capital, digit, symbol bool
	for _, c := range v {
		switch {
		case isLower(c):
			small = true
		case isUpper(c):
			capital = true
		case isDigit(c):
			digit = true
		case contains("!@#$%^&*()+", c):
			symbol = true
		case c == '/' || c == ':' || c == '<' || c == '.' || c >= 0x80: // of a path, a URL, a version, a tag
			return false
		}
	}
	return digit && (small && capital || symbol && (small || capital))
}

// isAlgorithm tells whether a word with a digit is one of the trade.
func isAlgorithm(v []byte) bool {
	for _, a := range []string{"base64", "base32", "sha1", "sha2", "sha5", "md5", "oauth", "http", "utf", "aes", "rsa", "hs256", "rs256", "ed25519", "pbkdf2"} {
		if hasPrefixFold(v, a) {
			return true
		}
	}
	return false
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
	if b[open] == '`' && b[open-1] == '=' && indexByte(b[start:min(end, start+maxPlaceholder)], ' ') > 0 { // a command of a shell
		return end
	}
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
	quote := i
	i = skipBlanks(b, i+1)
	if i == quote+2 { // logfmt: a="x" b=y
		end := i
		for end < len(b) && end-i < maxName && isName(b[end]) {
			end++
		}
		if end > i && at(b, end) == '=' {
			return true
		}
	}
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
