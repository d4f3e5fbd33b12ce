package kafkaproto

import (
	"hash/crc32"

	"github.com/libnasp/libnasp/kafkaproto/wire"
)

// Layout of a record batch of magic 2 (KIP-98). The CRC covers the attributes and all that follows. Messages of magic 0 and 1
// have the offset, length and magic at the same places.
const (
	batchOffsetAt     = 0
	batchLengthAt     = 8
	batchMagicAt      = 16
	batchCRCAt        = 17
	batchAttributesAt = 21
	batchLastDeltaAt  = 23
	batchFirstTimeAt  = 27
	batchMaxTimeAt    = 35
	batchCountAt      = 57
	batchHeaderLen    = 61

	// batchLengthFrom is where the bytes that the length counts begin.
	batchLengthFrom = batchLengthAt + 4
)

// Bits of the attributes of a batch, the first two those of a message as well.
const (
	compressionMask   = 0x07
	logAppendTimeFlag = 0x08
	transactionalFlag = 0x10
	controlFlag       = 0x20
)

// Compression is the codec that records are compressed with, as in the attributes of a batch.
type Compression uint8

// The codecs of Kafka.
const (
	NoCompression Compression = iota
	Gzip
	Snappy
	LZ4
	Zstd // magic 2 only (KIP-110)

	// LZ4Magic0 is LZ4 in messages of magic 0, whose frames have a wrong header checksum (KAFKA-3160). It is for a Compressor; on
	// the wire it is LZ4.
	LZ4Magic0 Compression = 0x80 | LZ4
)

// String returns Kafka's name of the codec, as in compression.type; for no compression it is "".
func (c Compression) String() string {
	switch c {
	case NoCompression:
		return ""
	case Gzip:
		return "gzip"
	case Snappy:
		return "snappy"
	case LZ4, LZ4Magic0:
		return "lz4"
	case Zstd:
		return "zstd"
	}
	return "unknown"
}

// Compressor compresses and decompresses records. Package compress has one with all codecs of Kafka.
type Compressor interface {
	// AppendCompressed appends the compressed form of src to dst.
	AppendCompressed(dst, src []byte, c Compression) ([]byte, error)
	// AppendDecompressed appends what src was before. It fails, with kind TooLarge, rather than to append more than its limit.
	AppendDecompressed(dst, src []byte, c Compression) ([]byte, error)
}

// Batch is one record batch of magic 2. It is a slice of the records of a partition, header included.
type Batch []byte

// NextBatch splits the first batch off records. It fails for message sets (magic 0 and 1).
func NextBatch(records []byte) (Batch, []byte, error) {
	entry, magic, rest, err := NextEntry(records)
	if err != nil {
		return nil, nil, err
	}
	if magic != 2 {
		return nil, nil, &Error{Kind: Malformed, Field: "RecordBatch.Magic", Offset: batchMagicAt}
	}
	return Batch(entry), rest, nil
}

// NextEntry splits the first batch (magic 2) or message (magic 0 and 1) off the records of a partition. It fails with Truncated
// if the entry is cut off: in a Fetch response the last one may be.
func NextEntry(records []byte) (entry []byte, magic int8, rest []byte, err error) {
	if len(records) <= batchMagicAt {
		return nil, 0, nil, &Error{Kind: Truncated, Field: "RecordBatch", Offset: 0}
	}
	least := batchHeaderLen
	switch magic = int8(records[batchMagicAt]); magic {
	case 0:
		least = messageMin
	case 1:
		least = messageMin + timestampLen
	case 2:
	default:
		return nil, magic, nil, &Error{Kind: Malformed, Field: "RecordBatch.Magic", Offset: batchMagicAt}
	}
	n := int64(wire.Int32(records[batchLengthAt:])) + batchLengthFrom
	if n < int64(least) {
		return nil, magic, nil, &Error{Kind: Malformed, Field: "RecordBatch.Length", Offset: batchLengthAt}
	}
	if n > int64(len(records)) {
		return nil, magic, nil, &Error{Kind: Truncated, Field: "RecordBatch", Offset: batchLengthAt}
	}
	return records[:n:n], magic, records[n:], nil
}

// BaseOffset returns the offset of the first record that the batch had when it was written.
func (b Batch) BaseOffset() int64 { return wire.Int64(b[batchOffsetAt:]) }

// LastOffsetDelta returns the offset of the last record that the batch had when it was written, less BaseOffset.
func (b Batch) LastOffsetDelta() int32 { return wire.Int32(b[batchLastDeltaAt:]) }

// FirstTimestamp returns what the timestamps of the records are counted from, in milliseconds since 1970.
func (b Batch) FirstTimestamp() int64 { return wire.Int64(b[batchFirstTimeAt:]) }

// MaxTimestamp returns the newest timestamp, in milliseconds since 1970. With LogAppendTime it is that of every record.
func (b Batch) MaxTimestamp() int64 { return wire.Int64(b[batchMaxTimeAt:]) }

// Count returns the number of records.
func (b Batch) Count() int32 { return wire.Int32(b[batchCountAt:]) }

func (b Batch) attributes() byte { return b[batchAttributesAt+1] }

// Compression returns the codec that the records are compressed with.
func (b Batch) Compression() Compression { return Compression(b.attributes() & compressionMask) }

// LogAppendTime tells whether the broker has set the timestamps.
func (b Batch) LogAppendTime() bool { return b.attributes()&logAppendTimeFlag != 0 }

// Transactional tells whether the batch belongs to a transaction.
func (b Batch) Transactional() bool { return b.attributes()&transactionalFlag != 0 }

// Control tells whether the batch holds a mark of a transaction instead of records. Such a batch must stay as it is.
func (b Batch) Control() bool { return b.attributes()&controlFlag != 0 }

// Records returns the bytes of the records, one after the other, compressed as they are.
func (b Batch) Records() []byte { return b[batchHeaderLen:] }

// ValidCRC tells whether the checksum is that of the batch.
func (b Batch) ValidCRC() bool { return wire.Uint32(b[batchCRCAt:]) == b.crc() }

// UpdateCRC computes the checksum anew. Do so only for a batch that was valid before it was changed: otherwise its corruption is
// hidden. Patch is cheaper.
func (b Batch) UpdateCRC() { wire.PutUint32(b[batchCRCAt:], b.crc()) }

func (b Batch) crc() uint32 { return checksum(b[batchAttributesAt:], nil) }

// crcPiece is how many bytes of a checksum are computed at once.
const crcPiece = 64 << 10

// checksum tells work of the bytes as it goes on, if it isn't nil.
func checksum(b []byte, work func(n int)) (crc uint32) {
	for len(b) > 0 {
		n := min(crcPiece, len(b))
		crc = crc32.Update(crc, castagnoli, b[:n])
		if b = b[n:]; work != nil {
			work(n)
		}
	}
	return crc
}

// Patch updates the CRC for changes of the bytes of Records. Offsets in it are counted from the first byte of Records.
func (b Batch) Patch(p *BatchPatch) {
	wire.PutUint32(b[batchCRCAt:], p.crc.Apply(wire.Uint32(b[batchCRCAt:]), len(b)-batchAttributesAt))
}

// BatchPatch gathers changes of a batch's records. Its zero value is ready.
type BatchPatch struct{ crc CRCPatch }

// Change notes that the bytes from off of Records on changed from was to is, which are equally long. Offsets must not go back.
func (p *BatchPatch) Change(off int, was, is []byte) {
	p.crc.Change(off+batchHeaderLen-batchAttributesAt, was, is)
}
