package pii

// Private keys in PEM (RFC 7468) and in OpenPGP's armor (RFC 9580): from BEGIN to END, or to the end of the base64 if that is missing. Lines may end by escapes, as
// in JSON, or be strings that a program joins.

var _ = register(detector{kind: Secret, reason: "private key", prefixes: []string{"-----BEGIN", "---- BEGIN"}, literal: privateKey})

// minKey is the least number of base64 digits of a key, shortKey of one that ends, or begins on a line of its own.
const minKey, shortKey = 24, 12

func privateKey(t *text, i, n int) {
	b := t.b
	head := i + n
	for stop := min(len(b), head+48); head < stop && b[head] != '-'; head++ {
		if c := b[head]; !isUpper(c) && c != ' ' && !isDigit(c) {
			return
		}
	}
	if !hasWord(b[i+n:head], "PRIVATE KEY") {
		return
	}
	for at(b, head) == '-' {
		head++
	}
	least := minKey
	if c := at(b, head); c == '\n' || c == '\r' || c == '\\' {
		least = shortKey
	}
	j, digits, letters := head, 0, 0
	for j < len(b) && (isAlnum(b[j]) || contains("+/= \t\r\n\\\"',:;.#*>&()_", b[j]) || b[j] == '-' && !hasPrefix(b[j:], "-----")) {
		if isAlnum(b[j]) {
			digits++
			if isLetter(b[j]) {
				letters++
			}
		}
		long(j - head)
		j++
	}
	t.work += j - i
	if hasPrefix(b[j:], "-----END") {
		least = shortKey
		j += len("-----END")
		for stop := min(len(b), j+48); j < stop && (isUpper(b[j]) || b[j] == ' '); j++ {
		}
		for at(b, j) == '-' {
			j++
		}
	} else {
		for j > head && !isAlnum(b[j-1]) && b[j-1] != '=' {
			j--
		}
	}
	if digits >= least {
		t.add(i, j, 98)
	}
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

func hasWord(b []byte, w string) bool {
	for i := range b {
		if hasPrefix(b[i:], w) {
			return true
		}
	}
	return false
}
