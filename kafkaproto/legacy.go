package kafkaproto

import (
	"hash/crc32"

	"github.com/libnasp/libnasp/kafkaproto/wire"
)

// Layout of a message of magic 0 and 1 (KIP-32): offset, length, CRC, magic, attributes, with magic 1 a timestamp, key, value.
// The CRC is CRC-32, not CRC-32C, and covers the magic and all that follows.
const (
	messageCRCAt        = 12
	messageMagicAt      = batchMagicAt
	messageAttributesAt = 17
	messageBodyAt       = 18
	messageMin          = messageBodyAt + 4 + 4
	timestampLen        = 8
)

// Message0 is one message of magic 0 or 1, of a message set: what brokers before 0.11 have for batches. Its slices alias the
// input.
type Message0 struct {
	Offset     int64
	CRC        uint32
	Magic      int8
	Attributes int8
	Timestamp  int64  // milliseconds since 1970; -1 with magic 0
	Key        []byte // nil for null
	Value      []byte // nil for null; if compressed, a message set
}

// Parse reads an entry that NextEntry has split off.
func (m *Message0) Parse(entry []byte) error {
	r := wire.NewReader(entry)
	if p := r.Next(messageBodyAt); len(p) == messageBodyAt {
		m.Offset = wire.Int64(p)
		m.CRC = wire.Uint32(p[messageCRCAt:])
		m.Magic = int8(p[messageMagicAt])
		m.Attributes = int8(p[messageAttributesAt])
	} else {
		r.Short("Message.Header\x12")
	}
	if m.Magic != 0 && m.Magic != 1 {
		r.Fail(Malformed, "Message.Magic", messageMagicAt)
	}
	m.Timestamp = -1
	if m.Magic == 1 {
		if p := r.Next(timestampLen); len(p) == timestampLen {
			m.Timestamp = wire.Int64(p)
		} else {
			r.Short("Message.Timestamp\x08")
		}
	}
	m.Key = r.Bytes(false, true, "Message.Key")
	m.Value = r.Bytes(false, true, "Message.Value")
	r.End("Message")
	return r.Err()
}

// Compression returns the codec of the value, which then is a message set.
func (m *Message0) Compression() Compression { return Compression(m.Attributes & compressionMask) }

// codec is Compression as a Compressor needs to be told.
func (m *Message0) codec() Compression {
	if c := m.Compression(); c != LZ4 || m.Magic != 0 {
		return c
	}
	return LZ4Magic0
}

// LogAppendTime tells whether the broker has set the timestamp.
func (m *Message0) LogAppendTime() bool { return m.Attributes&logAppendTimeFlag != 0 }

// AppendTo appends the message, with its size and CRC computed.
func (m *Message0) AppendTo(dst []byte) ([]byte, error) {
	var e wire.Encoding
	start := len(dst)
	b := wire.AppendInt64(dst, m.Offset)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, byte(m.Magic), byte(m.Attributes))
	if m.Magic == 1 {
		b = wire.AppendInt64(b, m.Timestamp)
	}
	b = wire.AppendNullableBytes(b, false, true, m.Key, &e, "Message.Key")
	b = wire.AppendNullableBytes(b, false, true, m.Value, &e, "Message.Value")
	e.CheckSize(len(b)-start, "Message")
	if err := e.Err(); err != nil {
		return dst, err
	}
	wire.PutUint32(b[start+batchLengthAt:], uint32(len(b)-start-batchLengthFrom))
	wire.PutUint32(b[start+messageCRCAt:], crc32.ChecksumIEEE(b[start+messageMagicAt:]))
	return b, nil
}

// validMessageCRC tells whether the checksum of an entry of magic 0 or 1 is right.
func validMessageCRC(entry []byte) bool {
	return wire.Uint32(entry[messageCRCAt:]) == messageCRC(entry)
}

// messageCRC computes what the checksum of an entry of magic 0 or 1 should be.
func messageCRC(entry []byte) uint32 { return crc32.ChecksumIEEE(entry[messageMagicAt:]) }

// lastOffset returns the offset of the last message of a set, 0 for an empty one.
func lastOffset(set []byte) int64 {
	last := int64(0)
	for len(set) > 0 {
		entry, _, rest, err := NextEntry(set)
		if err != nil {
			break // told where the messages are read
		}
		last, set = wire.Int64(entry), rest
	}
	return last
}
