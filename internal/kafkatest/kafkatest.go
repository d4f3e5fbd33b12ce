// Package kafkatest builds requests and record batches for tests, by Kafka's message format and with code of its own, so that
// the code under test isn't checked against itself.
package kafkatest

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Record is one record of a batch.
type Record struct {
	Key, Value []byte // nil for null
	Headers    [][2]string
}

// Text makes records without keys.
func Text(values ...string) []Record {
	var records []Record
	for _, v := range values {
		records = append(records, Record{Value: []byte(v)})
	}
	return records
}

// Batch builds an uncompressed batch of magic 2 (KIP-98).
func Batch(records ...Record) []byte {
	var body []byte
	for i, r := range records {
		rec := []byte{0} // attributes
		rec = binary.AppendVarint(rec, 0)
		rec = binary.AppendVarint(rec, int64(i))
		rec = field(field(rec, r.Key), r.Value)
		rec = binary.AppendVarint(rec, int64(len(r.Headers)))
		for _, h := range r.Headers {
			rec = field(field(rec, []byte(h[0])), []byte(h[1]))
		}
		body = append(binary.AppendVarint(body, int64(len(rec))), rec...)
	}
	b := append(make([]byte, 61), body...)
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	b[16] = 2
	binary.BigEndian.PutUint32(b[23:], uint32(len(records)-1))
	binary.BigEndian.PutUint32(b[57:], uint32(len(records)))
	binary.BigEndian.PutUint32(b[17:], CRC(b))
	return b
}

// field appends a nullable byte string with a VARINT length.
func field(b, f []byte) []byte {
	if f == nil {
		return binary.AppendVarint(b, -1)
	}
	return append(binary.AppendVarint(b, int64(len(f))), f...)
}

// CRC computes what the checksum of a batch should be.
func CRC(batch []byte) uint32 {
	return crc32.Checksum(batch[21:], crc32.MakeTable(crc32.Castagnoli))
}

// Frame puts the size before a message.
func Frame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...)
}

// Header builds a request header of version 1, of the client id "me".
func Header(apiKey, version int16, correlationID int32) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(apiKey))
	b = binary.BigEndian.AppendUint16(b, uint16(version))
	b = binary.BigEndian.AppendUint32(b, uint32(correlationID))
	return append(b, 0, 2, 'm', 'e')
}

// Produce builds a Produce request frame of version 7 for partitions 0, 1, … of topic "t", with their records.
func Produce(correlationID int32, acks int16, partitions ...[]byte) []byte {
	b := append(Header(0, 7, correlationID), 0xff, 0xff) // no transactional id
	b = binary.BigEndian.AppendUint16(b, uint16(acks))
	b = append(b, 0, 0, 0x75, 0x30)      // timeout
	b = append(b, 0, 0, 0, 1, 0, 1, 't') // topics
	b = binary.BigEndian.AppendUint32(b, uint32(len(partitions)))
	for i, records := range partitions {
		b = binary.BigEndian.AppendUint32(b, uint32(i))
		b = binary.BigEndian.AppendUint32(b, uint32(len(records)))
		b = append(b, records...)
	}
	return Frame(b)
}

// Buffer is a host's buffer made of a slice, as filters/kafka wants it: what it returns are copies.
type Buffer struct{ B []byte }

var errRange = errors.New("kafkatest: bytes outside of the buffer")

// Bytes copies n bytes from start.
func (m *Buffer) Bytes(start, n int) ([]byte, error) {
	if start < 0 || n < 0 || start+n > len(m.B) {
		return nil, errRange
	}
	return append([]byte(nil), m.B[start:start+n]...), nil
}

// Read fills dst by bytes from start.
func (m *Buffer) Read(dst []byte, start int) error {
	if start < 0 || start+len(dst) > len(m.B) {
		return errRange
	}
	copy(dst, m.B[start:])
	return nil
}

// ReplacePrefix replaces the first n bytes by p.
func (m *Buffer) ReplacePrefix(n int, p []byte) error {
	if n < 0 || n > len(m.B) {
		return errRange
	}
	m.B = append(append([]byte(nil), p...), m.B[n:]...)
	return nil
}
