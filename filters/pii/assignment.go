package pii

// A secret in a named assignment: a name that says so, something that assigns, a value. The value needs no look of a secret, since the name says
// what it is: password=hunter2, "token":"abc", AWS_SECRET_ACCESS_KEY: …, <password>x</password>, secret => 'x', Authorization: Bearer x.

const (
	maxName = 64 // bytes to look back for a name
	maxGap  = 8  // bytes of white space between name, separator and value
)

// secretParts make a name one of a secret wherever they are in it, without separators: db_password, awsSecretAccessKey.
var secretParts = []string{"password", "passwd", "passphrase", "pwd", "secret", "apikey", "accesskey", "privatekey", "credential", "token"}

// secretWords do so only as words of their own: "auth" is in "author", "pass" in "bypass".
var secretWords = []string{"auth", "oauth", "authorization", "cred", "creds", "pass"}

// harmlessLast are words at the end of a name that tell of something else: token_count, password_length, secret_name.
var harmlessLast = []string{
	"count", "counts", "counter", "length", "len", "size", "type", "kind", "expires", "expiry", "expiration", "ttl", "name", "url", "uri", "path", "file", "filename", "policy", "hint", "limit", "index", "timeout", "at", "date", "time",
	"enabled", "required", "num", "number", "min", "max", "version", "status", "field", "label", "strength", "endpoint", "method", "mode", "age", "rotation", "manager", "provider",
}

// assigned returns the range of the value that the separator at i assigns, if its name is one of a secret.
func assigned(text []byte, i int) (start, end int, ok bool) {
	if !assigns(text, i) || !secretName(nameBefore(text, i)) {
		return 0, 0, false
	}
	start, end = valueAfter(text, i)
	return start, end, end > start && secretValue(text[start:end])
}

// mayBeAssigned is assigned without a look at the value, and with any name that has a part of a secret's.
func mayBeAssigned(run []byte, i int) bool {
	name := nameBefore(run, i)
	if len(name) == maxName {
		return true // the name in a text of its own may be shorter
	}
	for j := range name {
		switch lower(name[j]) { // most letters begin none of the parts
		case 'p', 's', 'k', 't', 'a', 'c':
			if beginsPart(name[j:]) {
				return true
			}
		}
	}
	return false
}

func beginsPart(b []byte) bool {
	for _, w := range [...]string{"pass", "pwd", "secret", "key", "token", "auth", "cred"} {
		if hasPrefixFold(b, w) {
			return true
		}
	}
	return false
}

// assigns tells whether the byte at i is the first one of a separator.
func assigns(text []byte, i int) bool {
	switch text[i] {
	case '>': // <name>value</name>; the '>' of "=>" was seen with its '='
		return at(text, i-1) != '=' && xmlName(text, i)
	case ':':
		return at(text, i+1) != ':' && at(text, i-1) != ':' && !(at(text, i+1) == '/' && at(text, i+2) == '/')
	}
	return !contains("!<>=:", at(text, i-1))
}

// xmlName tells whether a '>' at i ends an opening tag without attributes.
func xmlName(text []byte, i int) bool {
	name := nameBefore(text, i)
	return len(name) > 0 && at(text, i-len(name)-1) == '<'
}

// nameBefore returns the name that ends before the separator at i, behind white space and quotes.
func nameBefore(text []byte, i int) []byte {
	end := i
	for end > 0 && i-end < maxGap && (text[end-1] == ' ' || text[end-1] == '\t') {
		end--
	}
	for end > 0 && i-end < 2*maxGap && contains("\"'`\\]", text[end-1]) {
		end--
	}
	start := end
	for start > 0 && end-start < maxName && isName(text[start-1]) {
		start--
	}
	return text[start:end]
}

func isName(c byte) bool { return isAlnum(c) || c == '_' || c == '-' || c == '.' }

// secretName tells whether a name says that its value is a secret.
func secretName(name []byte) bool {
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	var flat [maxName]byte // the name in lower case without separators
	n := 0
	words, last := 0, 0 // words that are secret ones; where the last word begins in flat
	for i, c := range name {
		if isAlnum(c) {
			if n > last && (!isAlnum(name[i-1]) || isUpper(c) && !isUpper(name[i-1])) {
				words += wordIsSecret(flat[last:n])
				last = n
			}
			flat[n] = lower(c)
			n++
		}
	}
	if words+wordIsSecret(flat[last:n]) == 0 && !hasPart(flat[:n]) {
		return false
	}
	return last == 0 || !oneOf(flat[last:n], harmlessLast)
}

func isUpper(c byte) bool { return c-'A' <= 'Z'-'A' }

func wordIsSecret(w []byte) int {
	if oneOf(w, secretWords) {
		return 1
	}
	return 0
}

func oneOf(w []byte, words []string) bool {
	for _, s := range words {
		if string(w) == s {
			return true
		}
	}
	return false
}

// hasPart looks for secretParts.
func hasPart(flat []byte) bool {
	for i := range flat {
		switch flat[i] { // most letters begin none of the parts
		case 'p', 's', 'a', 'c', 't':
		default:
			continue
		}
		for _, p := range secretParts {
			if !hasPrefixFold(flat[i:], p) {
				continue
			}
			if rest := string(flat[i+len(p):]); p == "token" && (rest == "s" || rest == "izer" || rest == "ize" || rest == "ized") {
				continue // numbers of tokens, and what makes them
			}
			return true
		}
	}
	return false
}

// valueAfter returns the range of the value behind the separator at i, an empty one if there is none.
func valueAfter(text []byte, i int) (start, end int) {
	start = i + 1
	for start < len(text) && contains("=>", text[start]) { // ":=", "=>", "=="
		start++
	}
	for gap := 0; start < len(text) && gap < maxGap && (text[start] == ' ' || text[start] == '\t'); gap++ {
		start++
	}
	if backslashes, ok := openingQuote(text, start); ok {
		open := start + backslashes
		start = skipScheme(text, open+1)
		return start, quotedEnd(text, start, text[open], backslashes)
	}
	if c := at(text, start); c == '[' || c == '{' { // what is inside is looked at by itself, or it is a template
		return start, start
	}
	start = skipScheme(text, start)
	return start, bareEnd(text, start)
}

// openingQuote tells whether a quote begins at i, and how many backslashes escape it: JSON in JSON has one, and so on.
func openingQuote(text []byte, i int) (backslashes int, ok bool) {
	j := i
	for at(text, j) == '\\' {
		j++
	}
	return j - i, contains("\"'`", at(text, j)) && j < len(text)
}

// quotedEnd returns where the value ends that a quote with so many backslashes began: before the quote that is escaped alike, or at the end
// of the line.
func quotedEnd(text []byte, i int, quote byte, backslashes int) int {
	run := 0 // backslashes before the byte at hand
	for ; i < len(text) && text[i] != '\n'; i++ {
		switch text[i] {
		case '\\':
			run++
			continue
		case quote:
			if run%(2*backslashes+2) == backslashes {
				return i - backslashes
			}
		}
		run = 0
	}
	return i
}

// bareEnd returns the end of a value without quotes.
func bareEnd(text []byte, start int) int {
	end := start
	for end < len(text) && !endsBare(text, start, end) {
		end++
	}
	for end > start+1 && trailing(text[start:end]) {
		end--
	}
	return end
}

// trailing tells whether the last byte of a value belongs to the sentence or the structure around it.
func trailing(v []byte) bool {
	switch v[len(v)-1] {
	case ',', ';', '.':
		return true
	case ')':
		return !has(v, '(')
	case ']':
		return !has(v, '[')
	case '}':
		return !has(v, '{')
	}
	return false
}

func has(v []byte, c byte) bool {
	for _, b := range v {
		if b == c {
			return true
		}
	}
	return false
}

func endsBare(text []byte, start, i int) bool {
	switch c := text[i]; c {
	case '"', '\'', '`', '<', 0x7f:
		return true
	case '\\':
		return contains("nrt\"'", at(text, i+1)) && i+1 < len(text) // an escape of the string around it
	case ',', ';', '&', '|':
		return i > start && namesNext(text, i+1)
	default:
		return c <= ' '
	}
}

// namesNext tells whether another assignment begins at i: the delimiter before it isn't a part of the value.
func namesNext(text []byte, i int) bool {
	end := i
	for end < len(text) && end-i < maxName && (isName(text[end]) || text[end] == '"') {
		end++
	}
	return i == len(text) || end > i && end < len(text) && (text[end] == '=' || text[end] == ':')
}

var schemes = []string{"bearer ", "basic ", "token ", "digest ", "negotiate ", "apikey "}

// skipScheme passes over the name of an authentication scheme (RFC 9110, section 11.4).
func skipScheme(text []byte, i int) int {
	for _, s := range schemes {
		if hasPrefixFold(text[i:], s) {
			return skipSpace(text, i+len(s))
		}
	}
	return i
}

var noSecrets = []string{"true", "false", "null", "nil", "none", "undefined", "yes", "no", "n/a", "redacted", "masked"}

// secretValue tells whether a value isn't a placeholder.
func secretValue(v []byte) bool {
	if len(v) == 0 || len(v) <= 10 && oneOfFold(v, noSecrets) || template(v) {
		return false
	}
	if !uniform(v) {
		return true
	}
	switch v[0] {
	case '*', '.', '-', '_':
		return false
	case 'x', 'X':
		return len(v) < 3
	}
	return true
}

func oneOfFold(v []byte, words []string) bool {
	for _, w := range words {
		if len(v) == len(w) && hasPrefixFold(v, w) {
			return true
		}
	}
	return false
}

func uniform(v []byte) bool {
	for _, c := range v {
		if c != v[0] {
			return false
		}
	}
	return true
}

// maxTemplate bounds what counts as a template: a longer value is one, so that hostile text isn't read again and again.
const maxTemplate = 128

// template tells whether a value is filled in later: ${VAR}, $VAR, {{x}}, %s, %(x)s, <name>.
func template(v []byte) bool {
	if len(v) > maxTemplate {
		return false
	}
	second, last := at(v, 1), v[len(v)-1]
	switch v[0] {
	case '$':
		if second == '{' || second == '(' {
			return last == '}' || last == ')'
		}
		return variable(v[1:])
	case '{':
		return second == '{' && last == '}'
	case '%':
		return len(v) == 2 && isLetter(second) || second == '(' || len(v) > 2 && last == '%'
	case '<':
		return last == '>'
	}
	return false
}

// variable tells whether a name is one of an environment variable.
func variable(name []byte) bool {
	for _, c := range name {
		if !isUpper(c) && !isDigit(c) && c != '_' {
			return false
		}
	}
	return len(name) > 0 && !isDigit(name[0])
}
