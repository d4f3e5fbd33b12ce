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
	// NeedsCompressor: records are compressed and there is nothing to decompress them with.
	NeedsCompressor
	// TLS: TLS was seen where Kafka's protocol was expected.
	TLS
	// Unpaired: a response doesn't belong to the oldest request.
	Unpaired
)

var kindTexts = [...]string{
	Truncated:          "is cut off",
	TrailingBytes:      "is followed by bytes that don't belong to it",
	LengthBeyondInput:  "has a length beyond the end",
	NullNotAllowed:     "is null, which it can't be",
	UnsupportedVersion: "has a version that isn't known",
	NotInVersion:       "is set, but this version doesn't carry it",
	TooLong:            "is too long",
	BadVarint:          "is a variable-length integer out of range",
	TagOrder:           "has tags that aren't in ascending order",
	Malformed:          "contradicts the bytes around it",
	TooLarge:           "is over the limit",
	ChecksumMismatch:   "doesn't match the bytes",
	NeedsCompressor:    "says the records are compressed, and no compressor was given",
	TLS:                "is that of TLS, not of Kafka: take TLS off before",
	Unpaired:           "isn't that of the oldest request",
}

// Error returns the text of the kind alone.
func (k Kind) Error() string {
	if int(k) < len(kindTexts) && kindTexts[k] != "" {
		return "kafkaproto: something " + kindTexts[k]
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
	if e.Kind == UnsupportedVersion {
		return s + " version " + strconv.Itoa(int(e.Version)) + e.known()
	}
	if int(e.Kind) < len(kindTexts) {
		s += " " + kindTexts[e.Kind]
	}
	return s
}

func (e *Error) known() string {
	if e.Max < e.Min {
		return " isn't known here, nor is any other"
	}
	return " isn't known here, the oldest known is " + strconv.Itoa(int(e.Min)) +
		", the newest known is " + strconv.Itoa(int(e.Max))
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
