package pii

// Cookies (RFC 6265): "Cookie: a=b; session=x" and "Set-Cookie: sid=x; Path=/". Those are secrets whose names say that they are of a session, or whose
// values look like one.
var _ = register(detector{kind: Secret, reason: "cookie of a session", words: []string{"cookie"}, literal: func(t *text, i, n int) {
	b := t.b
	_, k := closers(b, i+n)
	k = skipBlanks(b, k)
	if at(b, k) != ':' || i > 0 && isLetter(b[i-1]) {
		return
	}
	k = skipBlanks(b, k+1)
	if open, _, ok := openingQuote(b, k); ok {
		k = open + 1
	}
	pairs := maxCookies
	if i >= 4 && hasPrefixFold(b[i-4:], "set-") { // what follows are its attributes
		pairs = 1
	}
	for ; pairs > 0; pairs-- {
		var more bool
		if k, more = t.cookie(k); !more {
			return
		}
	}
}})

const (
	maxCookies = 16
	maxCookie  = 512 // bytes of one that are looked at
)

// cookie looks at the cookie at i. It returns where the next one begins, if there is one.
func (t *text) cookie(i int) (next int, more bool) {
	b := t.b
	name := i
	for i < len(b) && i-name < maxName && (isName(b[i]) || b[i] == '%') {
		i++
	}
	t.work += i - name
	if at(b, i) != '=' || i == name {
		return 0, false
	}
	value := i + 1
	for i = value; i < len(b) && i-value < maxCookie && b[i] > ' ' && b[i] != ';' && b[i] != '"' && b[i] != '\'' && b[i] != '\\'; i++ {
	}
	t.work += i - value
	v := b[value:i]
	if isSession(b[name:value-1]) && len(v) >= 8 && isSecretValue(v) || len(v) >= 20 && len(v) <= maxPlaceholder && oneWord(v) && random(v, true) && !mentions(b[name:value-1], "csrf") {
		t.later(value, i, 85)
	}
	if at(b, i) != ';' {
		return 0, false
	}
	return skipBlanks(b, i+1), true
}

// isSession tells whether a cookie's name is one of a session or of a login.
func isSession(name []byte) bool {
	for _, part := range []string{"sess", "sid", "auth", "token", "jwt", "login", "remember"} {
		if mentions(name, part) {
			return !mentions(name, "csrf") && !mentions(name, "xsrf")
		}
	}
	return false
}

// mentions tells whether a part in lower case is in a short text, in any case.
func mentions(v []byte, part string) bool {
	for i := range v {
		if hasPrefixFold(v[i:], part) {
			return true
		}
	}
	return false
}
