package pii

// JSON Web Tokens (RFC 7519): three parts in base64 for URLs with dots between, of which the first is the JSON of a header. The third is missing in
// unsecured ones.

var _ = register(detector{kind: Secret, reason: "JSON Web Token", prefixes: []string{"eyJ"}, literal: jwt})

func jwt(t *text, i, _ int) {
	b, start := t.alone(i)
	if !wordStarts(b, start) {
		return
	}
	const set = 1 << 5 // for URLs
	if i < t.dead {
		return
	}
	header := t.run(i, set)
	if header-i > maxPlaceholder {
		t.dead = header
	}
	if at(t.b, header) != '.' || !jwtHeader(t.b[i:header]) {
		return
	}
	payload := t.run(header+1, set)
	if payload < header+8 {
		return
	}
	end := payload
	if at(t.b, end) == '.' {
		end = t.run(end+1, set)
	}
	for at(t.b, end) == '=' {
		end++
	}
	t.add(i, end, 97)
}

// jwtHeader tells whether v is base64 of a JSON object that names an algorithm, a key or a type.
func jwtHeader(v []byte) bool {
	var out [192]byte
	n := decode64(out[:], v)
	h := out[:n]
	if n < 8 || h[0] != '{' || n < len(out) && h[n-1] != '}' {
		return false
	}
	for i := range h {
		if h[i] == '"' && (hasPrefixFold(h[i+1:], "alg") || hasPrefixFold(h[i+1:], "typ") || hasPrefixFold(h[i+1:], "kid") || hasPrefixFold(h[i+1:], "enc")) {
			return true
		}
	}
	return false
}

// decode64 decodes base64 of either alphabet as far as dst has room, and returns the number of bytes.
func decode64(dst, v []byte) int {
	n := 0
	var bits, have uint32
	for _, c := range v {
		var x byte
		switch {
		case isUpper(c):
			x = c - 'A'
		case isLower(c):
			x = c - 'a' + 26
		case isDigit(c):
			x = c - '0' + 52
		case c == '+' || c == '-':
			x = 62
		case c == '/' || c == '_':
			x = 63
		default:
			return n
		}
		bits, have = bits<<6|uint32(x), have+6
		if have >= 8 {
			if n == len(dst) {
				return n
			}
			have -= 8
			dst[n] = byte(bits >> have)
			n++
		}
	}
	return n
}
