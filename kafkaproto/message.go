package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// Message is what every message of package messages can do.
type Message interface {
	// MessageName returns Kafka's name of the message.
	MessageName() string
	// Versions returns the lowest and the highest version known here.
	Versions() (min, max int16)
	// Flexible tells whether the version has compact lengths and tagged fields.
	Flexible(version int16) bool
	// SetDefaults makes every field what Kafka takes it for when it isn't there.
	SetDefaults()
	// Decode sets the message to the one in b, which must hold nothing else.
	// After an error its fields hold anything.
	Decode(b []byte, version int16) error
	// DecodePrefix is as Decode but lets more follow, and returns the number
	// of bytes that it read.
	DecodePrefix(b []byte, version int16) (int, error)
	// AppendTo appends the message to dst. On an error it returns dst as it
	// came.
	AppendTo(dst []byte, version int16) ([]byte, error)
	// Size returns the number of bytes that AppendTo appends. It checks the
	// version only, not the fields.
	Size(version int16) (int, error)
}

// Error is what every function of kafkaproto fails with.
type Error = wire.Error

// Kind is the sort of an [Error].
type Kind = wire.Kind

// The kinds of errors.
const (
	Truncated          = wire.Truncated
	TrailingBytes      = wire.TrailingBytes
	LengthBeyondInput  = wire.LengthBeyondInput
	NullNotAllowed     = wire.NullNotAllowed
	UnsupportedVersion = wire.UnsupportedVersion
	NotInVersion       = wire.NotInVersion
	TooLong            = wire.TooLong
	BadVarint          = wire.BadVarint
	TagOrder           = wire.TagOrder
	Malformed          = wire.Malformed
	TooLarge           = wire.TooLarge
	ChecksumMismatch   = wire.ChecksumMismatch
	NeedsCompressor    = wire.NeedsCompressor
	TLS                = wire.TLS
	Unpaired           = wire.Unpaired
)
