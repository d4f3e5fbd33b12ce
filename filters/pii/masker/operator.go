package masker

import (
	"errors"
	"unicode/utf8"
)

// Operator is what is done about a finding.
type Operator uint8

// The operators. All but Drop keep the number of bytes.
const (
	// Mask writes '*' over each byte; a number of JSON becomes ones, so that it stays a number.
	Mask Operator = iota
	// KeepFirst and KeepLast mask all but the first or last N characters, or all if that would leave less than half of them hidden.
	KeepFirst
	KeepLast
	// KeepDomain masks an e-mail address up to its '@', and other findings whole.
	KeepDomain
	// KeepShape masks letters and digits only: 4111-1111 becomes ****-****.
	KeepShape
	// Hash writes '*' and letters made from an HMAC of the text with a key: equal texts stay equal, so joins and compaction go on working.
	Hash
	// Drop removes the field that the finding is in, where the format allows it, or the finding.
	Drop
	// Reject refuses the record.
	Reject
	// Detect only counts: shadow mode.
	Detect

	// NumOperators is the number of operators.
	NumOperators = iota
)

var operatorNames = [NumOperators]string{"mask", "keep_first", "keep_last", "keep_domain", "keep_shape", "hash", "drop", "reject", "detect"}

func (o Operator) String() string { return operatorNames[o] }

// ParseOperator finds an operator by its name.
func ParseOperator(name string) (Operator, error) {
	for i, n := range operatorNames {
		if n == name {
			return Operator(i), nil
		}
	}
	return 0, errors.New("masker: no operator is called " + name +
		": there are mask, keep_first, keep_last, keep_domain, keep_shape, hash, drop, reject, detect")
}

// deterministic operators give the same for the same text, and something else for another: what keys need.
func (o Operator) deterministic() bool { return o == Hash || o == Detect || o == Reject }

// operation is an operator with what it needs.
type operation struct {
	op Operator
	n  int // characters that are kept
}

// rewrite appends what an operator that keeps the length makes of text. number tells that it is a number of JSON.
func (m *Masker) rewrite(dst, text []byte, o operation, number bool) []byte {
	if number {
		return m.rewriteNumber(dst, text, o)
	}
	switch o.op {
	case KeepFirst:
		return maskBut(dst, text, 0, prefixLen(text, o.n))
	case KeepLast:
		return maskBut(dst, text, len(text)-suffixLen(text, o.n), len(text))
	case KeepDomain:
		return maskBut(dst, text, lastAt(text), len(text))
	case KeepShape:
		return maskShape(dst, text)
	case Hash:
		return m.hash(dst, text)
	default:
		return maskBut(dst, text, 0, 0)
	}
}

// rewriteNumber keeps a number of JSON one: its signs, point and exponent stay, and it begins with no zero.
func (m *Masker) rewriteNumber(dst, text []byte, o operation) []byte {
	if o.op == Hash {
		return m.hashDigits(dst, text)
	}
	from, to := 0, 0
	switch o.op {
	case KeepFirst:
		to = prefixLen(text, o.n)
	case KeepLast:
		from, to = len(text)-suffixLen(text, o.n), len(text)
	}
	for i, c := range text {
		if isDigit(c) && (i < from || i >= to) {
			c = '1'
		}
		dst = append(dst, c)
	}
	return dst
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// maskBut masks all but a range.
func maskBut(dst, text []byte, from, to int) []byte {
	for i, c := range text {
		if i < from || i >= to {
			c = '*'
		}
		dst = append(dst, c)
	}
	return dst
}

func maskShape(dst, text []byte) []byte {
	for _, c := range text {
		if isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 {
			c = '*'
		}
		dst = append(dst, c)
	}
	return dst
}

// prefixLen returns the length in bytes of the first n characters, 0 if less than half would be left to hide.
func prefixLen(text []byte, n int) int {
	if 2*n > utf8.RuneCount(text) {
		return 0
	}
	i := 0
	for ; n > 0 && i < len(text); n-- {
		_, size := utf8.DecodeRune(text[i:])
		i += size
	}
	return i
}

// suffixLen is the same for the last n characters.
func suffixLen(text []byte, n int) int {
	if 2*n > utf8.RuneCount(text) {
		return 0
	}
	i := len(text)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRune(text[:i])
		i -= size
	}
	return len(text) - i
}

// lastAt returns where the domain of an e-mail address begins with its '@', len(text) if there is none.
func lastAt(text []byte) int {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '@' {
			return i
		}
	}
	return len(text)
}
