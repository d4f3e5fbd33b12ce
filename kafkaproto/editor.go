package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// Editor walks the records of one batch or message after another, of all magics and codecs, as often as its user likes, and changes them.
// What is compressed is opened once, and compressed again by Close only if something changed. Bytes that are overwritten by as many others
// in a batch that isn't compressed stay where they are, and only the checksum's difference is computed.
//
//	for len(records) > 0 {
//		entry, magic, rest, err := NextEntry(records)
//		if ok, err := e.Open(entry, magic); … // not ok: leave it as it is
//		for e.Next() {
//			… e.Record …
//		}
//		out, rewritten, err := e.Close(out)
//		records = rest
//	}
//
// A batch that is rewritten must have a right CRC: a new one would hide that it is corrupt. An Editor must not be used by two goroutines at
// once.
type Editor struct {
	// Compressor is needed for compressed records. Without it they are an error.
	Compressor Compressor
	// Fetched must be set for the records of a Fetch response: only there may records be dropped and are control batches allowed.
	Fetched bool
	// Work is told of the bytes that Close walks over, as it goes on: filters/yield.After in a guest. Nil: nobody. A Compressor has its own.
	Work func(n int)
	// Record is the one that Next has read.
	Record OpenRecord

	entry   []byte
	magic   int8
	codec   Compression
	wrapper Message0 // the entry, if its magic is 0 or 1
	base    int64    // what offsets inside it count from

	run     []byte // all records, plain
	count   int32
	inPlace bool // run is a part of entry
	changed bool

	walking    bool
	reader     RecordReader
	record     Record
	message    Message0
	start, end int  // the record at hand in run
	replaced   bool // what became of it
	dropped    bool
	touched    bool
	valid      bool   // its checksum, with magic 0 and 1
	rebuilding bool   // edited has the records of run before done, as they are to be
	edited     []byte //
	done       int

	patch    BatchPatch
	patchEnd int

	buf, spare []byte // run, if it isn't in place, and a second buffer
	inner      []byte
	err        error
}

// OpenRecord is a record in an Editor. Its slices hold until the next call of Next, Rewind or Close.
type OpenRecord struct {
	Offset    int64
	Timestamp int64 // milliseconds since 1970, -1 for none
	Key       Field // it has chosen the partition: whoever changes it breaks compaction and joins
	Value     Field // null for a tombstone
	Headers   []OpenHeader
}

// OpenHeader is a header of an OpenRecord.
type OpenHeader struct{ Key, Value Field }

// Open begins with an entry that NextEntry has split off. ok is false for a batch that must stay as it is: a control batch that was fetched. In
// a Produce request that is an error, since brokers refuse it, and until then it could carry anything.
func (e *Editor) Open(entry []byte, magic int8) (ok bool, err error) {
	e.entry, e.magic, e.err = entry, magic, nil
	e.changed, e.walking = false, false
	e.replaced, e.dropped, e.touched = false, false, false
	e.patch, e.patchEnd = BatchPatch{}, 0
	if magic == 2 {
		ok, err = e.openBatch(Batch(entry))
	} else {
		ok, err = e.openMessage()
	}
	if e.err = err; ok {
		e.Rewind()
	}
	return ok, err
}

func (e *Editor) openBatch(b Batch) (bool, error) {
	if b.Control() {
		if !e.Fetched {
			return false, &Error{Kind: Malformed, Field: "RecordBatch.Attributes", Offset: batchAttributesAt}
		}
		return false, nil
	}
	e.codec, e.count = b.Compression(), b.Count()
	return e.open(b.Records())
}

func (e *Editor) openMessage() (bool, error) {
	if err := e.wrapper.Parse(e.entry); err != nil {
		return false, err
	}
	e.base = 0
	e.codec = e.wrapper.codec()
	if e.codec == NoCompression {
		return e.open(e.entry)
	}
	if e.wrapper.Value == nil {
		return false, &Error{Kind: NullNotAllowed, Field: "Message.Value", Offset: messageBodyAt}
	}
	ok, err := e.open(e.wrapper.Value)
	if ok && e.magic == 1 {
		// The wrapper has the offset of the last message, and those inside count from the first (KIP-31).
		e.base = e.wrapper.Offset - lastOffset(e.run)
	}
	return ok, err
}

// open makes packed, decompressed, the run.
func (e *Editor) open(packed []byte) (bool, error) {
	e.run, e.inPlace = packed, true
	if e.codec == NoCompression {
		return true, nil
	}
	if e.Compressor == nil {
		return false, &Error{Kind: NeedsCompressor, Field: "RecordBatch.Attributes", Offset: batchAttributesAt}
	}
	plain, err := e.Compressor.AppendDecompressed(e.buf[:0], packed, e.codec)
	if err != nil {
		return false, err
	}
	e.buf, e.run, e.inPlace = plain, plain, false
	return true, nil
}

// Run returns the bytes of all records, plain, as they stand now: for a scan before the records are walked. They must not be changed.
func (e *Editor) Run() []byte { return e.run }

// Compression returns the codec of the entry.
func (e *Editor) Compression() Compression { return e.codec &^ (LZ4Magic0 &^ LZ4) }

// Changed tells whether anything has changed since Open. It is exact after the last record was walked.
func (e *Editor) Changed() bool { return e.changed }

// Err returns what ended a walk early.
func (e *Editor) Err() error { return e.err }

// Rewind begins another walk at the first record, as the walks before have left it.
func (e *Editor) Rewind() {
	if !e.endWalk() {
		return
	}
	e.walking, e.rebuilding, e.done = true, false, 0
	e.start, e.end = 0, 0
	if e.magic == 2 {
		e.reader = ReadRecords(e.run, e.count)
	}
}

// endWalk walks over the records that are left, since only what could be read may pass.
func (e *Editor) endWalk() bool {
	for e.walking {
		e.Next()
	}
	return e.err == nil
}

// Next reads the next record into Record. It returns false after the last one and on an error, which Err returns.
func (e *Editor) Next() bool {
	if !e.walking {
		return false
	}
	e.finishRecord()
	if e.err == nil && e.next() {
		return true
	}
	e.walking = false
	if e.err == nil && e.rebuilding {
		e.takeRebuilt()
	}
	return false
}

func (e *Editor) next() bool {
	if e.magic != 2 {
		return e.nextMessage()
	}
	if !e.reader.Next(&e.record) {
		e.err = e.reader.Err()
		return false
	}
	e.start, e.end = e.reader.start, e.reader.end
	r, b := &e.Record, Batch(e.entry)
	r.Offset = b.BaseOffset() + int64(e.record.OffsetDelta)
	r.Timestamp = b.FirstTimestamp() + e.record.TimestampDelta
	if b.LogAppendTime() {
		r.Timestamp = b.MaxTimestamp()
	}
	r.Key, r.Value, r.Headers = e.record.Key, e.record.Value, r.Headers[:0]
	for range e.record.Headers {
		key, value := e.reader.Header()
		r.Headers = append(r.Headers, OpenHeader{key, value})
		if e.reader.r.Failed() {
			e.err = e.reader.Err()
			return false
		}
	}
	return true
}

// nextMessage reads the next message of a set.
func (e *Editor) nextMessage() bool {
	if e.end == len(e.run) {
		return false
	}
	entry, magic, _, err := NextEntry(e.run[e.end:])
	if err == nil && magic == e.magic {
		err = e.message.Parse(entry)
	}
	if err == nil && (magic != e.magic || !e.inPlace && e.message.Compression() != NoCompression) {
		err = &Error{Kind: Malformed, Field: "Message.Value", Offset: messageBodyAt}
	}
	if e.err = err; err != nil {
		return false
	}
	e.start, e.end = e.end, e.end+len(entry)
	e.valid = validMessageCRC(entry)
	m, r := &e.message, &e.Record
	r.Offset, r.Timestamp, r.Headers = e.base+m.Offset, m.Timestamp, r.Headers[:0]
	if e.wrapper.LogAppendTime() {
		r.Timestamp = e.wrapper.Timestamp
	}
	at := e.start + messageBodyAt + 4
	if m.Magic == 1 {
		at += timestampLen
	}
	r.Key = Field{m.Key, at}
	r.Value = Field{m.Value, at + len(m.Key) + 4}
	return true
}

// Overwritten tells that the bytes of a field of Record from start on were overwritten in place and were was before.
func (e *Editor) Overwritten(f Field, start int, was []byte) {
	e.changed, e.touched = true, true
	if e.magic != 2 {
		if !e.valid {
			e.fail(ChecksumMismatch, "Message.CRC", messageCRCAt)
		}
		return
	}
	if e.inPlace {
		at := f.Offset + start
		if at < e.patchEnd {
			e.applyPatch()
		}
		e.patch.Change(at, was, f.Bytes[start:start+len(was)])
		e.patchEnd = at + len(was)
	}
}

// Replaced tells that fields of Record were set to other bytes, of whatever length. They are copied by the next call of Next, Rewind or Close.
func (e *Editor) Replaced() {
	e.changed, e.replaced = true, true
	if e.magic != 2 && !e.valid {
		e.fail(ChecksumMismatch, "Message.CRC", messageCRCAt)
	}
}

// Drop takes the record at hand out. In a Produce request it is an error, since offsets and sequence numbers are counted by the number of
// records.
func (e *Editor) Drop() {
	if !e.Fetched {
		e.fail(Malformed, "RecordBatch.RecordsCount", -1)
		return
	}
	e.Replaced()
	e.dropped = true
}

func (e *Editor) fail(kind Kind, field string, offset int) {
	if e.err == nil {
		e.err = &Error{Kind: kind, Field: field, Offset: offset}
	}
}

// finishRecord carries out what became of the record at hand.
func (e *Editor) finishRecord() {
	replaced, dropped, touched := e.replaced, e.dropped, e.touched
	e.replaced, e.dropped, e.touched = false, false, false
	switch {
	case e.err != nil:
	case replaced:
		e.rebuild(dropped)
	case touched && e.magic != 2:
		m := e.run[e.start:e.end]
		wire.PutUint32(m[messageCRCAt:], messageCRC(m))
	}
}

// rebuild appends what stands before the record at hand, and the record, to edited.
func (e *Editor) rebuild(dropped bool) {
	if !e.rebuilding {
		e.rebuilding, e.edited = true, e.spare[:0]
	}
	was := e.run[e.start:e.end]
	e.edited = append(e.edited, e.run[e.done:e.start]...)
	e.done = e.end
	switch {
	case dropped:
		e.count--
	case e.magic == 2:
		e.edited, e.err = appendRecord(e.edited, &e.record, &e.Record, was)
	case len(e.Record.Headers) > 0:
		e.fail(NotInVersion, "Record.Headers", -1)
	default:
		e.message.Key, e.message.Value = e.Record.Key.Bytes, e.Record.Value.Bytes
		e.edited, e.err = e.message.AppendTo(e.edited)
	}
}

// takeRebuilt makes what was rebuilt the run.
func (e *Editor) takeRebuilt() {
	e.applyPatch()
	e.edited = append(e.edited, e.run[e.done:]...)
	e.buf, e.spare = e.edited, e.buf
	e.run, e.inPlace, e.rebuilding = e.edited, false, false
}

func (e *Editor) applyPatch() {
	if e.patchEnd > 0 {
		Batch(e.entry).Patch(&e.patch)
	}
	e.patch, e.patchEnd = BatchPatch{}, 0
}

// Close ends the editing of an entry. If it has to be rewritten it is appended to dst; if all its records were dropped, nothing is appended. If
// rewritten is false the entry stands where it was, with what changed in place. On an error dst is returned as it came.
func (e *Editor) Close(dst []byte) (out []byte, rewritten bool, err error) {
	if !e.endWalk() {
		return dst, false, e.err
	}
	e.applyPatch()
	switch {
	case !e.changed || e.inPlace:
		return dst, false, nil
	case e.magic == 2:
		out, err = e.appendBatch(dst)
	default:
		out, err = e.appendMessage(dst)
	}
	if err != nil {
		return dst, false, err
	}
	return out, true, nil
}

func (e *Editor) appendBatch(dst []byte) ([]byte, error) {
	if wire.Uint32(e.entry[batchCRCAt:]) != checksum(e.entry[batchAttributesAt:], e.Work) {
		return dst, &Error{Kind: ChecksumMismatch, Field: "RecordBatch.CRC", Offset: batchCRCAt}
	}
	out, err := e.appendPacked(append(dst, e.entry[:batchHeaderLen]...))
	if err != nil {
		return dst, err
	}
	b := Batch(out[len(dst):])
	if len(b) > maxBatch {
		return dst, &Error{Kind: TooLarge, Field: "RecordBatch", Offset: -1}
	}
	wire.PutUint32(b[batchLengthAt:], uint32(len(b)-batchLengthFrom))
	wire.PutUint32(b[batchCountAt:], uint32(e.count))
	wire.PutUint32(b[batchCRCAt:], checksum(b[batchAttributesAt:], e.Work))
	return out, nil
}

// maxBatch is the longest batch whose length fits.
const maxBatch = 1<<31 - 1

func (e *Editor) appendPacked(dst []byte) ([]byte, error) {
	if e.codec == NoCompression {
		return append(dst, e.run...), nil
	}
	return e.Compressor.AppendCompressed(dst, e.run, e.codec)
}

func (e *Editor) appendMessage(dst []byte) (out []byte, err error) {
	switch {
	case len(e.run) == 0: // brokers never write an empty set
		return dst, nil
	case e.codec == NoCompression:
		return append(dst, e.run...), nil
	case !validMessageCRC(e.entry):
		return dst, &Error{Kind: ChecksumMismatch, Field: "Message.CRC", Offset: messageCRCAt}
	}
	m := e.wrapper
	if m.Magic == 1 {
		m.Offset = e.base + lastOffset(e.run) // the last one may have been dropped
	}
	if e.inner, err = e.appendPacked(e.inner[:0]); err != nil {
		return dst, err
	}
	m.Value = e.inner
	return m.AppendTo(dst)
}

// appendRecord appends a record of magic 2. was is the record as it came; its attributes are taken over.
func appendRecord(dst []byte, rec *Record, is *OpenRecord, was []byte) ([]byte, error) {
	size := 1 + wire.VarlongSize(rec.TimestampDelta) + wire.VarintSize(rec.OffsetDelta) +
		fieldSize(is.Key.Bytes) + fieldSize(is.Value.Bytes) + wire.VarintSize(int32(len(is.Headers)))
	for _, h := range is.Headers {
		if h.Key.Bytes == nil {
			return dst, &Error{Kind: NullNotAllowed, Field: "Record.HeaderKey", Offset: -1}
		}
		size += fieldSize(h.Key.Bytes) + fieldSize(h.Value.Bytes)
	}
	if size > maxBatch {
		return dst, &Error{Kind: TooLarge, Field: "Record", Offset: -1}
	}
	dst = wire.AppendVarint(dst, int32(size))
	dst = append(dst, recordAttributes(was))
	dst = wire.AppendVarlong(dst, rec.TimestampDelta)
	dst = wire.AppendVarint(dst, rec.OffsetDelta)
	dst = appendField(appendField(dst, is.Key.Bytes), is.Value.Bytes)
	dst = wire.AppendVarint(dst, int32(len(is.Headers)))
	for _, h := range is.Headers {
		dst = appendField(appendField(dst, h.Key.Bytes), h.Value.Bytes)
	}
	return dst, nil
}

// recordAttributes returns the byte after the length.
func recordAttributes(rec []byte) byte {
	r := wire.NewReader(rec)
	r.Varint("")
	if p := r.Next(1); len(p) == 1 {
		return p[0]
	}
	return 0
}

func fieldSize(f []byte) int {
	if f == nil {
		return 1
	}
	return wire.VarintSize(int32(len(f))) + len(f)
}

func appendField(dst, f []byte) []byte {
	if f == nil {
		return append(dst, 1) // -1
	}
	return append(wire.AppendVarint(dst, int32(len(f))), f...)
}
