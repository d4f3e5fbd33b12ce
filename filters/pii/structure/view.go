package structure

import (
	"unicode/utf8"

	"github.com/libnasp/libnasp/filters/yield"
)

// View is a text as it reads once its encoding is undone, and where each of its bytes stands in the value. Its memory is used again by
// the next reading.
type View struct {
	// Text is UTF-8. What couldn't be decoded stands in it as it was.
	Text []byte
	at   []int32 // where each byte of Text begins in the value, and at last where the text ends
}

func (v *View) reset() { v.Text, v.at = v.Text[:0], v.at[:0] }

// add appends a byte that begins at i in the value.
func (v *View) add(c byte, i int) {
	v.Text = append(v.Text, c)
	v.at = append(v.at, int32(i))
}

// addRune appends a code point, all of whose bytes begin at i.
func (v *View) addRune(r rune, i int) {
	n := len(v.Text)
	v.Text = utf8.AppendRune(v.Text, r)
	for range len(v.Text) - n {
		v.at = append(v.at, int32(i))
	}
}

func (v *View) end(i int) { v.at = append(v.at, int32(i)) }

// Range tells where the bytes from start to end of Text are in the value. Code points are never cut.
func (v *View) Range(start, end int) (from, to int) {
	from = int(v.at[start])
	for end < len(v.Text) && end > 0 && v.at[end] == v.at[end-1] {
		end++
	}
	return from, int(v.at[end])
}

// Escapes are ways to write a character by several.
type Escapes uint8

// The escapes that are understood.
const (
	PercentEscapes Escapes = 1 << iota // RFC 3986: %40
	JSONEscapes                        // RFC 8259: \u0040, \n, \/
	XMLEscapes                         // &amp; and &#64;
)

// maxView bounds the memory of a view: of a longer value only its beginning is read.
const maxView = 1 << 20

// FindEscapes tells which escapes b seems to have, without reading it as a whole more than once. Percent and JSON escapes count if they stand for
// ASCII: others hide nothing that detectors look for.
func FindEscapes(b []byte) (e Escapes) {
	for i, told := 0, 0; i+2 < len(b); i++ {
		told = tell(told, i)
		switch c := b[i]; {
		case c > '\\':
		case c == '%' && isHex(b[i+1]) && isHex(b[i+2]):
			e |= PercentEscapes
		case c == '\\' && (b[i+1] == 'u' || b[i+1] == '/' || b[i+1] == 'x'):
			e |= JSONEscapes
			i++
		case c == '\\':
			i++
		case c == '&' && (b[i+1] == '#' || isLower(b[i+1])):
			e |= XMLEscapes
		}
	}
	return e
}

// tellEach is how many bytes loops look at between two calls of yield.After, byteWork what each of them counts for.
const (
	tellEach = 1 << 9
	byteWork = 8
)

// tell tells of the bytes up to i, if those up to told were told of and enough have come since.
func tell(told, i int) int {
	if i-told < tellEach {
		return told
	}
	yield.After(byteWork * (i - told))
	return i
}

func isHex(c byte) bool { return hexValue(c) < 16 }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

// Unescape reads b with these escapes undone.
func (v *View) Unescape(b []byte, e Escapes) {
	v.reset()
	b = b[:min(len(b), maxView)]
	for i := 0; i < len(b); {
		r, n := rune(0), 0
		switch c := b[i]; {
		case c == '%' && e&PercentEscapes != 0:
			n = v.percent(b, i)
		case c == '\\' && e&JSONEscapes != 0:
			if r, n = jsonEscape(b[i:]); n > 0 {
				v.addRune(r, i)
			}
		case c == '&' && e&XMLEscapes != 0:
			if r, n = xmlEscape(b[i:]); n > 0 {
				v.addRune(r, i)
			}
		}
		if n == 0 {
			v.add(b[i], i)
			n = 1
		}
		i += n
	}
	v.end(len(b))
}

// percent appends the byte that is written as %XX.
func (v *View) percent(b []byte, i int) int {
	if i+2 >= len(b) || !isHex(b[i+1]) || !isHex(b[i+2]) {
		return 0
	}
	v.add(hexValue(b[i+1])<<4|hexValue(b[i+2]), i)
	return 3
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		h := hexValue(c)
		if h > 15 {
			return 0, false
		}
		r = r<<4 | rune(h)
	}
	return r, true
}

// jsonEscape reads an escape of a string of JSON, and of those languages that write bytes as \xXX.
func jsonEscape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b', 'f', 'n', 'r', 't':
		return ' ', 2
	case 'x':
		if len(b) >= 4 && isHex(b[2]) && isHex(b[3]) && b[2] < '8' {
			return rune(hexValue(b[2])<<4 | hexValue(b[3])), 4
		}
	case 'u':
		return jsonUnicode(b)
	}
	return 0, 0
}

func jsonUnicode(b []byte) (r rune, n int) {
	r, ok := hex4(b[2:])
	if !ok {
		return 0, 0
	}
	if r >= 0xd800 && r < 0xdc00 && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low, ok := hex4(b[8:]); ok && low >= 0xdc00 && low < 0xe000 {
			return (r-0xd800)<<10 | (low - 0xdc00) + 0x10000, 12
		}
	}
	return r, 6
}

var entities = [...]struct {
	name string
	r    rune
}{{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}, {"commat;", '@'}, {"period;", '.'}, {"colon;", ':'}, {"nbsp;", ' '}}

func xmlEscape(b []byte) (r rune, n int) {
	if len(b) > 2 && b[1] == '#' {
		return xmlNumber(b)
	}
	for _, e := range entities {
		if len(b) > len(e.name) && string(b[1:1+len(e.name)]) == e.name {
			return e.r, 1 + len(e.name)
		}
	}
	return 0, 0
}

func xmlNumber(b []byte) (r rune, n int) {
	i, base := 2, rune(10)
	if b[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	start := i
	for ; i < len(b) && i < start+7; i++ {
		h := rune(hexValue(b[i]))
		if h >= base {
			break
		}
		r = r*base + h
	}
	if i == start || i >= len(b) || b[i] != ';' || r > utf8.MaxRune {
		return 0, 0
	}
	return r, i + 1
}
