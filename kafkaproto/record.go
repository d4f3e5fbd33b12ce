package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// Record is one record of a batch of magic 2. Its slices alias the records.
type Record struct {
	TimestampDelta int64 // milliseconds from the batch's FirstTimestamp
	OffsetDelta    int32 // from the batch's BaseOffset
	Key            Field
	Value          Field // null for a tombstone
	Headers        int   // number of headers, to be read with RecordReader.Header
}

// Field is a part of a record.
type Field struct {
	Bytes  []byte // nil for null
	Offset int    // where it begins, counted from the first byte of the records
}

// RecordReader walks the records of a batch without allocating.
//
//	r := batch.Reader()
//	for r.Next(&rec) {
//		for range rec.Headers {
//			key, value := r.Header()
//		}
//	}
//	if err := r.Err(); err != nil { … }
type RecordReader struct {
	r     wire.Reader
	left  int // records that are still to come, by the batch's count
	start int // where the record at hand begins
	end   int // and ends
	hdrs  int // headers of it that were not read
}

// Reader returns a reader at the first record of a batch that isn't compressed.
func (b Batch) Reader() RecordReader { return ReadRecords(b.Records(), b.Count()) }

// ReadRecords returns a reader of count records, for those that were decompressed.
func ReadRecords(records []byte, count int32) RecordReader {
	return RecordReader{r: wire.NewReader(records), left: int(count)}
}

// Next reads the next record, without its headers. It returns false after the last one and on an error.
func (r *RecordReader) Next(rec *Record) bool {
	for r.hdrs > 0 && !r.r.Failed() {
		r.Header()
	}
	if r.r.Failed() {
		return false
	}
	if r.r.Offset() != r.end {
		r.r.Fail(Malformed, "Record.Length", r.start) // bytes that belong to no field
		return false
	}
	if r.left <= 0 {
		if r.r.Remaining() > 0 || r.left < 0 {
			r.r.Fail(Malformed, "RecordBatch.RecordsCount", r.r.Offset()) // there are more, or fewer than none
		}
		return false
	}
	r.left--
	if !r.readShort(rec) {
		r.read(rec)
	}
	return !r.r.Failed()
}

// shortHead is as many bytes as readShort looks at before a record's key: four varints of up to three bytes and the attributes; and what makes
// it a power of two.
const shortHead = 16

// null is -1 as a varint.
const null = 1

// readShort is read for records as they are mostly: valid, and with varints of up to three bytes. It tells whether this is one, and otherwise
// changes nothing. It makes no calls, since in guests they are dear.
func (r *RecordReader) readShort(rec *Record) bool {
	b, at := r.r.Rest(), r.r.Offset()
	if len(b) < shortHead {
		return false
	}
	head, i := (*[shortHead]byte)(b), 0
	var v [4]uint32 // length, timestamp, offset, length of the key
	end := 0
	for n := range v {
		c := uint32(head[i%shortHead])
		i++
		v[n] = c
		if c >= 0x80 {
			c = uint32(head[i%shortHead])
			i++
			if v[n] = v[n]&0x7f | c&0x7f<<7; c >= 0x80 {
				c = uint32(head[i%shortHead])
				i++
				if v[n] |= c & 0x7f << 14; c >= 0x80 {
					return false
				}
			}
		}
		if n == 0 {
			end = i + int(v[0]>>1)
			i++ // the attributes, unused so far
		}
	}
	key := int(v[3] >> 1)
	if v[3] == null {
		key = 0
	}
	if v[0]&1 != 0 || v[3]&1 != 0 && v[3] != null || key > len(b)-i-shortHead {
		return false
	}
	keyAt := i
	i += key
	size := uint32(b[i])
	i++
	if size >= 0x80 {
		c := uint32(b[i])
		i++
		if size = size&0x7f | c&0x7f<<7; c >= 0x80 {
			c = uint32(b[i])
			i++
			if size |= c & 0x7f << 14; c >= 0x80 {
				return false
			}
		}
	}
	value := int(size >> 1)
	if size == null {
		value = 0
	}
	if size&1 != 0 && size != null || value >= len(b)-i {
		return false
	}
	valueAt := i
	i += value
	headers := int(b[i] >> 1)
	i++
	if b[i-1]&0x81 != 0 || headers > len(b)-i || i > end || end > len(b) {
		return false
	}
	rec.TimestampDelta, rec.OffsetDelta = int64(int32(v[1]>>1)^-int32(v[1]&1)), int32(v[2]>>1)^-int32(v[2]&1)
	rec.Key, rec.Value, rec.Headers = Field{Offset: at + keyAt}, Field{Offset: at + valueAt}, headers
	if v[3] != null {
		rec.Key.Bytes = b[keyAt : keyAt+key : keyAt+key]
	}
	if size != null {
		rec.Value.Bytes = b[valueAt : valueAt+value : valueAt+value]
	}
	r.start, r.end, r.hdrs = at, at+end, headers
	r.r.Skip(i)
	return true
}

func (r *RecordReader) read(rec *Record) {
	r.start = r.r.Offset()
	n := r.length("Record.Length", false)
	r.end = r.r.Offset() + n
	if r.r.Next(1) == nil { // attributes, unused so far
		r.r.Short("Record.Attributes\x01")
	}
	rec.TimestampDelta = r.r.Varlong("Record.TimestampDelta")
	rec.OffsetDelta = r.r.Varint("Record.OffsetDelta")
	rec.Key = r.field("Record.Key")
	rec.Value = r.field("Record.Value")
	rec.Headers = r.length("Record.Headers", false)
	r.hdrs = rec.Headers
	r.inside()
}

// Header reads the next header of the record at hand.
func (r *RecordReader) Header() (key, value Field) {
	if r.hdrs == 0 || r.r.Failed() {
		return Field{}, Field{}
	}
	r.hdrs--
	key = r.field("Record.HeaderKey")
	if key.Bytes == nil {
		r.r.Fail(NullNotAllowed, "Record.HeaderKey", key.Offset)
	}
	value = r.field("Record.HeaderValue")
	r.inside()
	return key, value
}

// Err returns what ended the walk early, nil if all records were read.
func (r *RecordReader) Err() error { return r.r.Err() }

// inside fails when the fields read so far reach beyond the record.
func (r *RecordReader) inside() {
	if !r.r.Failed() && r.r.Offset() > r.end {
		r.r.Fail(Malformed, "Record.Length", r.start)
	}
}

// length reads a length, or a number of things that each take a byte at least: no more than there are bytes left. -1, for null,
// is only taken if nullable.
func (r *RecordReader) length(name string, nullable bool) int {
	at := r.r.Offset()
	n := int(r.r.Varint(name))
	if n < 0 && !(nullable && n == -1) {
		r.r.Fail(NullNotAllowed, name, at)
		return 0
	}
	if n > r.r.Remaining() {
		r.r.Fail(LengthBeyondInput, name, at)
		return 0
	}
	return n
}

func (r *RecordReader) field(name string) Field {
	n := r.length(name, true)
	f := Field{Offset: r.r.Offset()}
	if n >= 0 && !r.r.Failed() {
		f.Bytes = r.r.Next(n)
	}
	return f
}
