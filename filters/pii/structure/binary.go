package structure

import "unicode/utf8"

// textLen returns the length of the character that b begins with, 0 if it is none of a text: a control character, or not UTF-8.
func textLen(b []byte) int {
	switch c := b[0]; {
	case c >= ' ' && c < 0x7f, c == '\n', c == '\r', c == '\t':
		return 1
	case c < 0x80:
		return 0
	}
	if r, n := utf8.DecodeRune(b); r != utf8.RuneError {
		return n
	}
	return 0
}

// Framing is what a serializer puts before a value.
type Framing struct {
	// Size is the number of bytes before the value itself, 0 if there is no framing.
	Size int
	// SchemaID is the id that Confluent's serializers write, big-endian behind a zero byte. It is only there if Glue is false.
	SchemaID uint32
	// Glue tells that the header is that of the AWS Glue registry: version 3, compression, 16 bytes of a UUID.
	Glue bool
}

const (
	confluentHeader = 5
	glueHeader      = 18
)

// DetectFraming looks at the first bytes of a value. They are never touched.
func DetectFraming(b []byte) Framing {
	switch {
	case len(b) >= confluentHeader && b[0] == 0 && b[1] == 0: // registries count schemas from 1 on: none has come to 2^24
		return Framing{Size: confluentHeader, SchemaID: uint32(b[1])<<24 | uint32(b[2])<<16 | uint32(b[3])<<8 | uint32(b[4])}
	case len(b) >= glueHeader && b[0] == 3 && (b[1] == 0 || b[1] == 5):
		return Framing{Size: glueHeader, Glue: true}
	}
	return Framing{}
}

// MessageIndexes returns where the message begins behind the message indexes, which Confluent's Protobuf serializer writes behind the schema id: a
// count and so many numbers, zigzag, or a single 0 for the first message.
func MessageIndexes(b []byte, i int) (start int, ok bool) {
	r := avroReader{b: b, i: i}
	for n := r.varint(); n > 0 && !r.bad; n-- {
		r.varint()
	}
	return r.i, !r.bad
}

// IsBinary tells whether a value has control characters that texts don't have in its first bytes.
func IsBinary(b []byte) bool {
	for _, c := range b[:min(len(b), 512)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b {
			return true
		}
	}
	return false
}

// minString is how long a string in an unknown binary format must be to be looked at.
const minString = 4

// Strings calls visit with pieces of text in a binary value of which no schema is known: those that have their length before them as Avro (zigzag) or
// Protobuf and others (plain) write it. What has no such length isn't visited: bytes that may be numbers must not be changed.
func Strings(b []byte, start int, visit func(start, end int) bool) {
	clean := start // up to here all from runStart on is text
	for i := start; i < len(b); {
		if clean <= i {
			clean = i
		}
		at, n, ok := lengthBefore(b, i)
		if !ok {
			i++
			continue
		}
		end := at + n
		clean = max(clean, at)
		for clean < end {
			k := textLen(b[clean:])
			if k == 0 {
				break
			}
			clean += k
		}
		if clean < end || clean > end && !utf8.RuneStart(b[end]) {
			i++
			continue
		}
		if !visit(at, end) {
			return
		}
		i = end
	}
}

// IsTiled tells whether b[start:] is nothing but texts with their lengths before them, as records of Avro are whose fields are all strings: such a value may have no
// byte that isn't text.
func IsTiled(b []byte, start int) bool {
	for start < len(b) {
		at, n, ok := lengthBefore(b, start)
		if !ok {
			return false
		}
		start = at + n
	}
	return true
}

// lengthBefore reads a length at i that fits what follows: Avro's if that gives text, else a plain one.
func lengthBefore(b []byte, i int) (at, n int, ok bool) {
	u, at, ok := uvarint(b, i)
	left := uint64(len(b) - at)
	if !ok || at == len(b) || textLen(b[at:]) == 0 {
		return 0, 0, false
	}
	if u&1 == 0 && u/2 >= minString && u/2 <= left && boundary(b, at+int(u/2)) {
		return at, int(u / 2), true
	}
	if u >= minString && u <= left && boundary(b, at+int(u)) {
		return at, int(u), true
	}
	return 0, 0, false
}

// boundary tells whether a text may end before i.
func boundary(b []byte, i int) bool { return i == len(b) || utf8.RuneStart(b[i]) }
