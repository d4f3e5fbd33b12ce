// Package structure knows how values are written: where the fields of JSON, Avro, Protobuf and CSV are, and how to read text that is
// escaped, in Base64 or in UTF-16 so that what is found in it can be hidden where it stands. It knows nothing of what is personal or
// secret.
//
// All readers take bytes from outside: they are linear in them, bounded in depth, allocate nothing by a length that they claim, and never
// write to them. Offsets that they give are offsets into the value that they were given.
package structure

// Field is one field of a value: a string, a number, or bytes.
type Field struct {
	// Name is the innermost name, nil where there is none. It aliases the value or the schema, and is raw: escapes in it aren't undone.
	Name []byte
	// Start and End are where the field's content is in the value: of a string what is between its quotes, of Avro and Protobuf what is
	// behind its length.
	Start, End int
	// Kind says what the content is.
	Kind FieldKind
	// Paths has a bit for each path of the walk's Paths that names this field.
	Paths uint64
	// Member is the range to cut out to remove the field and leave the value well-formed, empty where that can't be done by cutting.
	MemberStart, MemberEnd int
}

// FieldKind is what the content of a field is.
type FieldKind uint8

// The kinds of content.
const (
	String  FieldKind = iota // text
	Number                   // a number of JSON
	Literal                  // true, false or null
	Bytes                    // bytes that may be text
)

// maxDepth bounds how deep values are followed: what lies deeper has no path.
const maxDepth = 64
