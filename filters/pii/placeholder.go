package pii

// What stands in the place of a secret and isn't one.

// maxPlaceholder bounds what counts as one, in bytes: a longer value is a secret, so that hostile text isn't read again and again.
const maxPlaceholder = 128

// shortWord is room for a value in lower case, if it isn't longer than the words below.
type shortWord [12]byte

func (w *shortWord) of(v []byte) []byte {
	if len(v) > len(w) {
		return nil
	}
	for i, c := range v {
		w[i] = lower(c)
	}
	return w[:len(v)]
}

func isNoSecret(w []byte) bool {
	switch string(w) {
	case "true", "false", "null", "nil", "none", "undefined", "yes", "no", "n/a", "redacted", "masked", "hidden", "filtered", "changeme", "foo", "bar", "baz", "new", "await", "0", "1":
		return true
	}
	return false
}

// isWeakValue tells whether a value is one that "auth" and "credentials" have elsewhere.
func isWeakValue(w []byte) bool {
	switch string(w) {
	case "basic", "bearer", "digest", "ntlm", "kerberos", "oauth", "oauth2", "oidc", "jwt", "ldap", "saml", "sso", "plain", "negotiate", "password", "token", "required", "optional",
		"enabled", "disabled", "ok", "success", "failed", "failure", "error", "on", "off", "include", "omit", "same-origin", "default", "anonymous", "any", "all":
		return true
	}
	return false
}

// isTypeName tells whether a value is what stands behind the colon of a declaration.
func isTypeName(w []byte) bool {
	switch string(w) {
	case "string", "str", "int", "integer", "bool", "boolean", "number", "any", "object", "text", "char", "bytes", "varchar", "unknown", "optional":
		return true
	}
	return false
}

// beginsProse tells whether a word begins what a sentence says about a secret: "Password: must have eight characters".
func beginsProse(w []byte) bool {
	switch string(w) {
	case "a", "an", "and", "are", "can", "cannot", "check", "could", "does", "enter", "expected", "expired", "failed", "for", "has", "have", "if", "in", "incorrect", "invalid", "is", "it",
		"its", "may", "missing", "must", "needs", "not", "of", "on", "or", "please", "required", "see", "should", "some", "that", "the", "this", "to", "use", "used", "was", "we",
		"when", "which", "will", "with", "you", "your":
		return true
	}
	return false
}

// isSecretValue tells whether a value isn't a placeholder.
func isSecretValue(v []byte) bool {
	switch {
	case len(v) == 0:
		return false
	case isMask(v):
		return false
	case len(v) > maxPlaceholder:
		return true
	}
	var w shortWord
	return !isNoSecret(w.of(v)) && !isTemplate(v) && !isReference(v) && !hasFiller(v) && !namesSecret(v)
}

// fillers are parts of values that somebody is to replace, or has.
var fillers = []string{"redacted", "placeholder", "changeme", "change_me", "replaceme", "replace_", "replace-", "your_", "your-", "insert_", "_here", "-here", "dummy", "fake", "...", "--__"}

// hasFiller tells whether a value has such a part, the same byte again and again, or the alphabet.
func hasFiller(v []byte) bool {
	run, rising, different := 1, 1, 1
	for i, c := range v {
		if i > 0 {
			run, rising = run+1, rising+1
			if c != v[i-1] {
				run = 1
				different++
			}
			if c != v[i-1]+1 || !isLetter(c) {
				rising = 1
			}
		}
		switch {
		case run >= 6 && contains("xX*.-_#", c), run >= 16 && !isUpper(c), rising >= 10:
			return true
		case contains("rpciydf_-.RPCIYDF", c):
			for _, f := range fillers {
				if hasPrefixFold(v[i:], f) {
					return true
				}
			}
		}
	}
	return different <= 2 && len(v) >= 16 || isOtherValue(v)
}

// isOtherValue tells whether a value is encrypted, or the beginning of another assignment.
func isOtherValue(v []byte) bool {
	last := v[len(v)-1]
	return hasPrefix(v, "ENC[") || hasPrefix(v, "ENC(") || hasPrefix(v, "$ANSIBLE_VAULT") || len(v) > 4 && last == ' ' && (v[len(v)-2] == '=' || v[len(v)-2] == ':') || last == ':' && len(v) > 1
}

// namesSecret tells whether a value is the name of a secret rather than one: words in small letters with separators, as api-key, or in capital ones, as
// DB_PASSWORD.
func namesSecret(v []byte) bool {
	small, capital, separators := 0, 0, 0
	for _, c := range v {
		switch {
		case isLower(c):
			small++
		case isUpper(c):
			capital++
		case c == '_' || c == '-' || c == '.':
			separators++
		default:
			return false
		}
	}
	if small > 0 && (capital > 0 || separators == 0) || len(v) < 4 {
		return false
	}
	return judge(v).strength == explicit
}

// accepts tells whether a value is a secret, if it belongs to the name that was judged.
func (j judgement) accepts(v []byte) bool {
	if j.key && (len(v) < 20 || !random(v, true) || !oneWord(v)) {
		return false
	}
	var w shortWord
	return isSecretValue(v) && !(j.counts && isCount(v)) && !(j.path && isPath(v)) && !((j.strength == weak || j.path) && isWeakValue(w.of(v)))
}

// oneWord tells whether v is of what keys are made of: no blanks, nor other delimiters, nor the hyphens of a UUID.
func oneWord(v []byte) bool {
	for _, c := range v {
		if !isAlnum(c) && !contains("+/=_-", c) {
			return false
		}
	}
	return !(len(v) == 36 && v[8] == '-' && v[13] == '-')
}

// isMask tells whether a value is one byte of those that hide again and again.
func isMask(v []byte) bool {
	switch v[0] {
	case '*', '.', '-', '_', 'x', 'X':
	default:
		return false
	}
	for i, c := range v {
		if c != v[0] {
			return false
		}
		long(i)
	}
	return v[0]|0x20 != 'x' || len(v) >= 3
}

// isTemplate tells whether a value is filled in later: ${VAR}, $VAR, {{x}}, %s, %(x)s, %VAR%, <name>, [name].
func isTemplate(v []byte) bool {
	second, last := at(v, 1), v[len(v)-1]
	switch v[0] {
	case '$':
		if second == '{' || second == '(' {
			return true // what closes it may come behind a blank
		}
		return isVariable(v[1:]) || len(v) == 2 && isDigit(second)
	case '{':
		if second == '{' {
			return last == '}' && (len(v) < 4 || indexByte(v[2:len(v)-2], '}') < 0)
		}
		return indexByte(v, '(') > 0
	case '%':
		return len(v) == 2 && isLetter(second) || second == '(' || len(v) > 2 && last == '%'
	case '<':
		return last == '>' || len(v) > 2 && isLetter(second) && indexByte(v, ' ') > 0 && last == '='
	case '[':
		return last == ']' && isVariable(v[1:len(v)-1])
	}
	return false
}

// maxDigits is how many digits placeholders have. What has more may be something that is masked by itself.
const maxDigits = 3

// isVariable tells whether a name is one of an environment variable.
func isVariable(name []byte) bool {
	digits := 0
	for _, c := range name {
		if isDigit(c) {
			digits++
		} else if !isUpper(c) && c != '_' {
			return false
		}
	}
	return len(name) > 0 && !isDigit(name[0]) && digits <= maxDigits
}

// isCount tells whether a value is a number, and not too large to count something.
func isCount(v []byte) bool {
	if len(v) >= 9 {
		return false
	}
	point := false
	for _, c := range v {
		if c == '.' && !point {
			point = true
		} else if !isDigit(c) {
			return false
		}
	}
	return true
}

// isPath tells whether a value is a file's name: with a slash at the beginning, and more.
func isPath(v []byte) bool {
	if len(v) < 3 || len(v) > maxPlaceholder || v[0] != '/' && !(contains("~.", v[0]) && v[1] == '/') {
		return false
	}
	return indexByte(v[2:], '/') >= 0 || indexByte(v[2:], '.') >= 0
}

// isProse tells whether a value, which another word follows, is the first word of a sentence.
func isProse(v []byte, s strength) bool {
	if s != weak {
		var w shortWord
		return beginsProse(w.of(v))
	}
	for _, c := range v {
		if !isLower(c) {
			return false
		}
	}
	return true
}

// codePrefixes begin expressions that name a value instead of being one.
var codePrefixes = []string{"process.env", "os.environ", "env.", "env[", "config.", "self.", "this.", "settings.", "secrets.", "vars.", "var.", "request.", "req.", "options.", "props."}

// isCode tells whether a value without quotes is an expression of a program: a call, a field of something.
func isCode(v []byte) bool {
	if len(v) > maxPlaceholder || !isLower(v[0]) {
		return false
	}
	switch v[0] { // most letters begin none
	case 'p', 'o', 'e', 'c', 's', 't', 'v', 'r':
		for _, p := range codePrefixes {
			if hasPrefixFold(v, p) {
				return true
			}
		}
	}
	i, digits := 1, 0
	for ; i < len(v) && (isWord(v[i]) || v[i] == '.') && digits <= maxDigits; i++ {
		if isDigit(v[i]) {
			digits++
		}
	}
	return i < len(v) && v[i] == '('
}
