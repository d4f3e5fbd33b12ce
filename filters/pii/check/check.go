// Package check decides whether a number that looks like an identifier is one: by its check digits, its form, and the ranges that its issuer gives
// out. It looks at candidates only, and at nothing around them; package pii finds the candidates and judges their neighbours and context.
//
// Each function takes a candidate as it is written, in any case and with single separators (' ', '-', '.', '/') where people put them. It allocates
// nothing, keeps nothing, and looks at no more bytes than the longest identifier of its kind has. There is no reflect, fmt or regexp here, nor
// crypto/sha256, which would make a guest half a megabyte larger.
package check

// maxLen is more digits and letters than any identifier here has, but for addresses of cryptocurrencies and lines of passports.
const maxLen = 40

// compact copies the letters, in upper case, and digits of s to dst. It returns nil if s has other bytes than those and single separators between
// them, or more than there is room for.
func compact(dst *[maxLen]byte, s []byte) []byte {
	n, separated := 0, true
	for _, c := range s {
		switch {
		case isAlnum(c):
			if n == len(dst) {
				return nil
			}
			dst[n], separated = upper(c), false
			n++
		case separated || !isSeparator(c):
			return nil
		default:
			separated = true
		}
	}
	if separated {
		return nil
	}
	return dst[:n]
}

// digits copies the values of the digits of s to dst. It returns nil if s has something else than at least min, at most max digits, and single
// separators between them.
func digits(dst *[maxLen]byte, s []byte, min, max int) []byte {
	d := compact(dst, s)
	if len(d) < min || len(d) > max || !values(d) {
		return nil
	}
	return d
}

// values turns digits into their values, in place. It tells whether all are digits.
func values(d []byte) bool {
	for i, c := range d {
		if !isDigit(c) {
			return false
		}
		d[i] = c - '0'
	}
	return true
}

// Letters of forms: how a byte of an identifier may look.
const (
	formDigit  = '0'
	formLetter = 'A'
	formEither = '*'
)

// hasForm tells whether s, in upper case, looks like the form: its letters are those above, others stand for themselves.
func hasForm(s []byte, form string) bool {
	if len(s) != len(form) {
		return false
	}
	for i, c := range s {
		switch form[i] {
		case formDigit:
			if !isDigit(c) {
				return false
			}
		case formLetter:
			if !isLetter(c) {
				return false
			}
		case formEither:
			if !isAlnum(c) {
				return false
			}
		default:
			if c != form[i] {
				return false
			}
		}
	}
	return true
}

// sum adds values, each with the weight at its place: '0' + n weighs n.
func sum(d []byte, weights string) int {
	s := 0
	for i, v := range d {
		s += int(v) * int(weights[i]-'0')
	}
	return s
}

// number is the number that values make.
func number(d []byte) int {
	n := 0
	for _, v := range d {
		n = n*10 + int(v)
	}
	return n
}

func isDigit(c byte) bool     { return c-'0' <= 9 }
func isLetter(c byte) bool    { return c|0x20-'a' <= 'z'-'a' }
func isAlnum(c byte) bool     { return isDigit(c) || isLetter(c) }
func isSeparator(c byte) bool { return c == ' ' || c == '-' || c == '.' || c == '/' }

func upper(c byte) byte {
	if c-'a' <= 'z'-'a' {
		return c &^ 0x20
	}
	return c
}

func contains(set string, c byte) bool { return index(set, c) >= 0 }

func index(set string, c byte) int {
	for i := range len(set) {
		if set[i] == c {
			return i
		}
	}
	return -1
}

// allSame tells whether all values are the same: what people type to fill a field.
func allSame(d []byte) bool {
	for _, v := range d[1:] {
		if v != d[0] {
			return false
		}
	}
	return true
}
