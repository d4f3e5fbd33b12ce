package wire

import "strconv"

// Kind says what is wrong with bytes that were read or with a value that was
// to be written. It is an error itself, so that errors.Is(err, wire.Truncated)
// holds for every [Error] of that kind.
type Kind uint8

const (
	// Truncated: the input ends inside a field.
	Truncated Kind = iota + 1
	// TrailingBytes: the input goes on after the message's last field.
	TrailingBytes
	// LengthBeyondInput: a length or count is larger than what is left of the
	// input could hold.
	LengthBeyondInput
	// NullNotAllowed: a field is null that can't be null in this version.
	NullNotAllowed
	// UnsupportedVersion: the message is not known in this version.
	UnsupportedVersion
	// NotInVersion: a field that isn't ignorable was set, but this version
	// doesn't carry it.
	NotInVersion
	// TooLong: a string has more than 32,767 bytes, or a value's length
	// doesn't fit the field that holds it.
	TooLong
	// BadVarint: a variable-length integer has more bits than its type.
	BadVarint
	// TagOrder: tagged fields aren't in ascending order of their tags, or one
	// occurs twice (KIP-482 forbids both).
	TagOrder
	// Malformed: a value contradicts the rest of the bytes.
	Malformed
	// TooLarge: a frame or a decompressed batch is over the set limit.
	TooLarge
	// ChecksumMismatch: the CRC of a record batch isn't that of its bytes.
	ChecksumMismatch
)

var kindTexts = [...]string{
	Truncated:          "the input ends inside it",
	TrailingBytes:      "the input goes on after it",
	LengthBeyondInput:  "its length is more than what is left of the input",
	NullNotAllowed:     "null is not allowed here",
	UnsupportedVersion: "unsupported version",
	NotInVersion:       "set, but this version does not carry it",
	TooLong:            "too long",
	BadVarint:          "variable-length integer out of range",
	TagOrder:           "tags are not in ascending order",
	Malformed:          "contradicts the bytes around it",
	TooLarge:           "over the limit",
	ChecksumMismatch:   "wrong checksum",
}

// Error returns the text of the kind alone.
func (k Kind) Error() string {
	if int(k) < len(kindTexts) && kindTexts[k] != "" {
		return "kafkaproto: " + kindTexts[k]
	}
	return "kafkaproto: error kind " + strconv.Itoa(int(k))
}

// Error is what every function of kafkaproto fails with. It never holds bytes
// of the input.
type Error struct {
	// Kind is the sort of failure.
	Kind Kind
	// Field is the struct and field at fault, for example
	// "ProduceRequestTopicProduceData.Name", or the message.
	Field string
	// Offset is where the field begins, in bytes from the start of the input,
	// or -1 when the error came from encoding.
	Offset int
	// Version is the version that was asked for, Min and Max the known ones.
	// They are set for UnsupportedVersion only.
	Version, Min, Max int16
}

// Error says which field is wrong, where and how.
func (e *Error) Error() string {
	s := "kafkaproto: " + e.Field
	if e.Offset >= 0 {
		s += " at offset " + strconv.Itoa(e.Offset)
	}
	s += ": "
	if int(e.Kind) < len(kindTexts) {
		s += kindTexts[e.Kind]
	}
	if e.Kind == UnsupportedVersion {
		s += " " + strconv.Itoa(int(e.Version)) + ", the known ones are " +
			strconv.Itoa(int(e.Min)) + " to " + strconv.Itoa(int(e.Max))
	}
	return s
}

// Unwrap returns the error's kind.
func (e *Error) Unwrap() error { return e.Kind }

// VersionError returns the error for a message that isn't known in version.
func VersionError(message string, version, min, max int16) error {
	return &Error{
		Kind: UnsupportedVersion, Field: message, Offset: -1,
		Version: version, Min: min, Max: max,
	}
}
