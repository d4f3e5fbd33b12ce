package kafkaproto

// Layout of a record batch of magic 2 (KIP-98). The CRC covers the attributes and all that follows.
const (
	batchLengthAt     = 8
	batchMagicAt      = 16
	batchCRCAt        = 17
	batchAttributesAt = 21
	batchCountAt      = 57
	batchHeaderLen    = 61

	// batchLengthFrom is where the bytes that the length counts begin.
	batchLengthFrom = batchLengthAt + 4

	compressionMask = 7
)

// Batch is one record batch of magic 2. It is a slice of the records of a partition, header included.
type Batch []byte

// NextBatch splits the first batch off records. It fails for message sets (magic 0 and 1).
func NextBatch(records []byte) (Batch, []byte, error) {
	if len(records) < batchHeaderLen {
		return nil, nil, &ParseError{What: "record batch", Offset: 0, Why: "is cut off"}
	}
	if m := records[batchMagicAt]; m != 2 {
		return nil, nil, &ParseError{What: "record batch", Offset: batchMagicAt, Why: "has a magic other than 2"}
	}
	n := int64(int32(be32(records[batchLengthAt:]))) + batchLengthFrom
	if n < batchHeaderLen || n > int64(len(records)) {
		return nil, nil, &ParseError{What: "record batch", Offset: batchLengthAt, Why: "has a length beyond the end"}
	}
	return Batch(records[:n:n]), records[n:], nil
}

// Compression names the codec that the records are compressed with, "" for none.
func (b Batch) Compression() string {
	switch b[batchAttributesAt+1] & compressionMask {
	case 0:
		return ""
	case 1:
		return "gzip"
	case 2:
		return "snappy"
	case 3:
		return "lz4"
	case 4:
		return "zstd"
	}
	return "unknown"
}

// Records returns the bytes of the records, one after the other.
func (b Batch) Records() []byte { return b[batchHeaderLen:] }

// Patch updates the CRC for changes of the bytes of Records. Offsets in it are counted from the first byte of Records.
func (b Batch) Patch(p *BatchPatch) {
	putBE32(b[batchCRCAt:], p.crc.Apply(be32(b[batchCRCAt:]), len(b)-batchAttributesAt))
}

// BatchPatch gathers changes of a batch's records. Its zero value is ready.
type BatchPatch struct{ crc CRCPatch }

// Change notes that the bytes from off of Records on changed from was to is, which are equally long. Offsets must not go back.
func (p *BatchPatch) Change(off int, was, is []byte) {
	p.crc.Change(off+batchHeaderLen-batchAttributesAt, was, is)
}

// Record is one record of a batch. Its slices alias the batch.
type Record struct {
	Key     Field
	Value   Field // null for a tombstone
	Headers int   // number of headers, to be read with RecordReader.Header
}

// Field is a part of a record.
type Field struct {
	Bytes  []byte // nil for null
	Offset int    // where it begins, counted from the first byte of Records
}

// RecordReader walks the records of an uncompressed batch without allocating.
//
//	r := batch.Reader()
//	for r.Next(&rec) {
//		for range rec.Headers {
//			key, value := r.Header()
//		}
//	}
//	if err := r.Err(); err != nil { … }
type RecordReader struct {
	r    reader
	left int // records that are still to come, by the batch's count
	end  int // where the record at hand ends
	hdrs int // headers of it that were not read
}

// Reader returns a reader at the first record.
func (b Batch) Reader() RecordReader {
	return RecordReader{r: reader{b: b.Records()}, left: int(int32(be32(b[batchCountAt:])))}
}

// Next reads the next record, without its headers. It returns false after the last one and on an error.
func (r *RecordReader) Next(rec *Record) bool {
	for r.hdrs > 0 && r.r.err == nil {
		r.Header()
	}
	if r.r.err == nil && r.r.off != r.end {
		r.r.fail("record", "has bytes that belong to no field")
	}
	if r.r.err != nil {
		return false
	}
	if r.left <= 0 {
		if r.r.left() > 0 || r.left < 0 {
			r.r.fail("record batch", "has another number of records than it says")
		}
		return false
	}
	r.left--
	r.start(rec)
	return r.r.err == nil
}

func (r *RecordReader) start(rec *Record) {
	n := r.varint("record length")
	if n < 0 {
		r.r.fail("record length", "is negative")
		return
	}
	r.end = r.r.off + n
	r.r.int8("record attributes")
	r.r.varint("timestamp delta")
	r.r.varint("offset delta")
	rec.Key = r.field("record key")
	rec.Value = r.field("record value")
	rec.Headers = r.varint("number of headers")
	if rec.Headers < 0 {
		r.r.fail("number of headers", "is negative")
		return
	}
	r.hdrs = rec.Headers
	r.inside()
}

// Header reads the next header of the record at hand.
func (r *RecordReader) Header() (key, value Field) {
	if r.hdrs == 0 || r.r.err != nil {
		return Field{}, Field{}
	}
	r.hdrs--
	key = r.field("header key")
	value = r.field("header value")
	r.inside()
	return key, value
}

// inside fails when the fields read so far reach beyond the record.
func (r *RecordReader) inside() {
	if r.r.err == nil && r.r.off > r.end {
		r.r.fail("record", "is shorter than its fields")
	}
}

// varint reads a length or a number of things that each take a byte at least: no more than there are bytes left.
func (r *RecordReader) varint(what string) int { return r.r.length(what, r.r.varint(what)) }

func (r *RecordReader) field(what string) Field {
	n := r.varint(what)
	f := Field{Offset: r.r.off}
	if n >= 0 && r.r.err == nil {
		f.Bytes = r.r.take(what, n)
	}
	return f
}

// Err returns what ended the walk early, nil if all records were read.
func (r *RecordReader) Err() error {
	if r.r.err == nil {
		return nil
	}
	return r.r.err
}
