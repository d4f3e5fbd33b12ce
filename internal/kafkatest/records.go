package kafkatest

import (
	"encoding/binary"
	"hash/crc32"
)

// Records builds records of any magic. codec is the number in the attributes, and pack compresses, if it isn't 0.
func Records(magic int, codec uint8, pack func([]byte) ([]byte, error), records ...Record) ([]byte, error) {
	if magic == 2 {
		b := Batch(records...)
		if codec == 0 {
			return b, nil
		}
		packed, err := pack(b[61:])
		if err != nil {
			return nil, err
		}
		b = append(b[:61], packed...)
		b[22] = codec
		binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
		binary.BigEndian.PutUint32(b[17:], CRC(b))
		return b, nil
	}
	var set []byte
	for i, r := range records {
		set = append(set, message(byte(magic), 0, int64(i), r.Key, r.Value)...)
	}
	if codec == 0 {
		return set, nil
	}
	packed, err := pack(set)
	if err != nil {
		return nil, err
	}
	return message(byte(magic), codec, int64(len(records)-1), nil, packed), nil
}

// message builds a message of magic 0 or 1 (KIP-32).
func message(magic, attributes byte, offset int64, key, value []byte) []byte {
	body := []byte{magic, attributes}
	if magic == 1 {
		body = binary.BigEndian.AppendUint64(body, 1_700_000_000_000)
	}
	for _, f := range [][]byte{key, value} {
		if f == nil {
			body = append(body, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(f))), f...)
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(offset))
	b = binary.BigEndian.AppendUint32(b, uint32(4+len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	return append(b, body...)
}
