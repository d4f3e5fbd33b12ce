package kafkaproto

import (
	"errors"

	"github.com/libnasp/libnasp/kafkaproto/wire"
)

// EditableRecord is a record that a Rewriter shows, of a batch or a message set. Its slices alias the records or a buffer of the
// Rewriter and hold until the edit function returns. New ones are copied by then.
type EditableRecord struct {
	Offset    int64
	Timestamp int64  // milliseconds since 1970, -1 for none; changing it has no effect
	Key       []byte // nil for null. It has chosen the partition: whoever changes it breaks compaction and joins
	Value     []byte // nil for null, a tombstone
	Headers   []RecordHeader
	// Drop takes the record out, where the Rewriter allows it.
	Drop bool
}

// RecordHeader is a header of a record.
type RecordHeader struct {
	Key   []byte
	Value []byte // nil for null
}

// Rewriter changes keys, values and headers of the records of a partition, of all magics, compressed or not, whatever lengths
// that gives. Offsets, timestamps and the order stay. Batches in which nothing changes, and control batches that were fetched, stay
// byte for byte; a control batch in a Produce request is an error.
//
// A batch that changes must have a right CRC: a new one would hide that it is corrupt.
//
// To overwrite bytes with as many others, walking an uncompressed batch with its Reader and Patch costs less. A Rewriter must not
// be used by two goroutines at once.
type Rewriter struct {
	// Edit is called with each record and says whether it changed it. An error ends the rewriting.
	Edit func(*EditableRecord) (changed bool, err error)
	// Compressor is needed for compressed records. Without it they are an error.
	Compressor Compressor
	// Fetched must be set for the records of a Fetch response: records may be dropped, and an incomplete batch at the end, which
	// clients ignore, stays as it is. In a Produce request the number of records must never change, since offsets and sequence
	// numbers are counted by it, and nothing may be incomplete.
	Fetched bool

	rec    EditableRecord
	before []byte // what stands unchanged before the batch at hand, and isn't in the output yet
	plain  []byte // decompressed records
	edited []byte // records with changes
	inner  []byte // the same for a wrapped message set
}

// Append appends the records with all changes to dst. If nothing changed it appends nothing. On an error it returns dst as it
// came.
func (w *Rewriter) Append(dst, records []byte) (out []byte, changed bool, err error) {
	out = dst
	done := 0 // bytes of records that out has
	for at := 0; at < len(records); {
		entry, magic, rest, err := NextEntry(records[at:])
		if err != nil {
			if w.Fetched && errors.Is(err, Truncated) {
				break
			}
			return dst, false, within(err, at)
		}
		edited := false
		w.before = records[done:at]
		if magic == 2 {
			out, edited, err = w.batch(out, Batch(entry))
		} else {
			out, edited, err = w.message(out, entry)
		}
		if err != nil {
			return dst, false, within(err, at)
		}
		at = len(records) - len(rest)
		if edited {
			changed, done = true, at
		}
	}
	if !changed {
		return dst, false, nil
	}
	return append(out, records[done:]...), true, nil
}

// within adds to the offset of an error where what was parsed begins.
func within(err error, at int) error {
	if e, ok := err.(*Error); ok && e.Offset >= 0 {
		e.Offset += at
	}
	return err
}

// batch appends a batch of magic 2 if it changed.
func (w *Rewriter) batch(dst []byte, b Batch) ([]byte, bool, error) {
	if b.Control() {
		if !w.Fetched { // brokers refuse it, and until then it could carry anything
			return dst, false, &Error{Kind: Malformed, Field: "RecordBatch.Attributes", Offset: batchAttributesAt}
		}
		return dst, false, nil
	}
	records := b.Records()
	codec := b.Compression()
	if codec != NoCompression {
		var err error
		if records, err = w.decompress(records, codec); err != nil {
			return dst, false, err
		}
	}
	edited, count, changed, err := w.records(w.edited[:0], b, records)
	w.edited = edited
	if err != nil || !changed {
		return dst, false, err
	}
	if !b.ValidCRC() {
		return dst, false, &Error{Kind: ChecksumMismatch, Field: "RecordBatch.CRC", Offset: batchCRCAt}
	}
	out := append(dst, w.before...)
	start := len(out)
	out = append(out, b[:batchHeaderLen]...)
	if codec == NoCompression {
		out = append(out, edited...)
	} else if out, err = w.Compressor.AppendCompressed(out, edited, codec); err != nil {
		return dst, false, err
	}
	return finishBatch(dst, out, start, count)
}

func finishBatch(dst, out []byte, start int, count int32) ([]byte, bool, error) {
	b := Batch(out[start:])
	if len(b) > maxBatch {
		return dst, false, &Error{Kind: TooLarge, Field: "RecordBatch", Offset: -1}
	}
	wire.PutUint32(b[batchLengthAt:], uint32(len(b)-batchLengthFrom))
	wire.PutUint32(b[batchCountAt:], uint32(count))
	b.UpdateCRC()
	return out, true, nil
}

// maxBatch is the longest batch whose length fits.
const maxBatch = 1<<31 - 1

func (w *Rewriter) decompress(src []byte, codec Compression) ([]byte, error) {
	if w.Compressor == nil {
		return nil, &Error{Kind: NeedsCompressor, Field: "RecordBatch.Attributes", Offset: batchAttributesAt}
	}
	plain, err := w.Compressor.AppendDecompressed(w.plain[:0], src, codec)
	if err == nil {
		w.plain = plain
	}
	return plain, err
}

// records appends all records of b, with their changes, to dst, but nothing unless one changed. count is how many there are then.
func (w *Rewriter) records(dst []byte, b Batch, records []byte) (out []byte, count int32, changed bool, err error) {
	r := ReadRecords(records, b.Count())
	count = b.Count()
	var rec Record
	done := 0 // bytes of records that dst has
	for r.Next(&rec) {
		w.show(&rec, &r, b)
		if r.Err() != nil {
			break
		}
		edited, err := w.Edit(&w.rec)
		if err != nil {
			return dst, count, false, err
		}
		if !edited {
			continue
		}
		changed = true
		dst = append(dst, records[done:r.start]...)
		done = r.end
		if w.rec.Drop {
			if !w.Fetched {
				return dst, count, false, errDropped
			}
			count--
			continue
		}
		if dst, err = appendRecord(dst, &rec, &w.rec, records[r.start:r.end]); err != nil {
			return dst, count, false, err
		}
	}
	if err := r.Err(); err != nil {
		return dst, count, false, err
	}
	if !changed {
		return dst, count, false, nil
	}
	return append(dst, records[done:]...), count, true, nil
}

var errDropped = &Error{Kind: Malformed, Field: "RecordBatch.RecordsCount", Offset: -1}

// show makes rec, with its headers read, the record at hand.
func (w *Rewriter) show(rec *Record, r *RecordReader, b Batch) {
	w.rec.Offset = b.BaseOffset() + int64(rec.OffsetDelta)
	w.rec.Timestamp = b.FirstTimestamp() + rec.TimestampDelta
	if b.LogAppendTime() {
		w.rec.Timestamp = b.MaxTimestamp()
	}
	w.rec.Key, w.rec.Value, w.rec.Drop = rec.Key.Bytes, rec.Value.Bytes, false
	w.rec.Headers = w.rec.Headers[:0]
	for range rec.Headers {
		key, value := r.Header()
		if r.Err() != nil {
			return
		}
		w.rec.Headers = append(w.rec.Headers, RecordHeader{key.Bytes, value.Bytes})
	}
}

// appendRecord appends a record of magic 2. was is the record as it came; its attributes are taken over.
func appendRecord(dst []byte, rec *Record, edited *EditableRecord, was []byte) ([]byte, error) {
	size := 1 + wire.VarlongSize(rec.TimestampDelta) + wire.VarintSize(rec.OffsetDelta) +
		fieldSize(edited.Key) + fieldSize(edited.Value) + wire.VarintSize(int32(len(edited.Headers)))
	for _, h := range edited.Headers {
		if h.Key == nil {
			return dst, &Error{Kind: NullNotAllowed, Field: "Record.HeaderKey", Offset: -1}
		}
		size += fieldSize(h.Key) + fieldSize(h.Value)
	}
	if size > maxBatch {
		return dst, &Error{Kind: TooLarge, Field: "Record", Offset: -1}
	}
	dst = wire.AppendVarint(dst, int32(size))
	dst = append(dst, recordAttributes(was))
	dst = wire.AppendVarlong(dst, rec.TimestampDelta)
	dst = wire.AppendVarint(dst, rec.OffsetDelta)
	dst = appendField(appendField(dst, edited.Key), edited.Value)
	dst = wire.AppendVarint(dst, int32(len(edited.Headers)))
	for _, h := range edited.Headers {
		dst = appendField(appendField(dst, h.Key), h.Value)
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

// message appends a message of magic 0 or 1 if it changed.
func (w *Rewriter) message(dst, entry []byte) ([]byte, bool, error) {
	var m Message0
	if err := m.Parse(entry); err != nil {
		return dst, false, err
	}
	var changed, dropped bool
	var err error
	if m.Compression() == NoCompression {
		changed, err = w.edit(&m, m.Offset, m.Timestamp)
		dropped = w.rec.Drop
	} else {
		changed, err = w.wrapped(&m)
		dropped = changed && len(w.edited) == 0 // brokers never write an empty set
	}
	if err != nil || !changed {
		return dst, false, err
	}
	if !validMessageCRC(entry) {
		return dst, false, &Error{Kind: ChecksumMismatch, Field: "Message.CRC", Offset: messageCRCAt}
	}
	out := append(dst, w.before...)
	if dropped {
		return out, true, nil
	}
	if out, err = m.AppendTo(out); err != nil {
		return dst, false, err
	}
	return out, true, nil
}

// edit shows a message and takes its changes over.
func (w *Rewriter) edit(m *Message0, offset, timestamp int64) (bool, error) {
	w.rec = EditableRecord{Offset: offset, Timestamp: timestamp, Key: m.Key, Value: m.Value, Headers: w.rec.Headers[:0]}
	changed, err := w.Edit(&w.rec)
	switch {
	case err != nil || !changed:
		return false, err
	case w.rec.Drop && !w.Fetched:
		return false, errDropped
	case len(w.rec.Headers) > 0:
		return false, &Error{Kind: NotInVersion, Field: "Record.Headers", Offset: -1}
	}
	m.Key, m.Value = w.rec.Key, w.rec.Value
	return true, nil
}

// wrapped edits the messages inside a compressed one and sets its value.
func (w *Rewriter) wrapped(wrapper *Message0) (bool, error) {
	if wrapper.Value == nil {
		return false, &Error{Kind: NullNotAllowed, Field: "Message.Value", Offset: messageBodyAt}
	}
	set, err := w.decompress(wrapper.Value, wrapper.codec())
	if err != nil {
		return false, err
	}
	// With magic 1 the wrapper has the offset of the last message, and those inside count from the first (KIP-31).
	base := int64(0)
	if wrapper.Magic == 1 {
		base = wrapper.Offset - lastOffset(set)
	}
	edited, changed, err := w.set(w.edited[:0], set, wrapper, base)
	w.edited = edited
	if err != nil || !changed {
		return false, err
	}
	if wrapper.Magic == 1 && len(edited) > 0 {
		wrapper.Offset = base + lastOffset(edited) // the last one may have been dropped
	}
	if w.inner, err = w.Compressor.AppendCompressed(w.inner[:0], edited, wrapper.codec()); err != nil {
		return false, err
	}
	wrapper.Value = w.inner
	return true, nil
}

// set appends the messages of a wrapped set to dst, with their changes. Their offsets count from base.
func (w *Rewriter) set(dst, set []byte, wrapper *Message0, base int64) (out []byte, changed bool, err error) {
	for len(set) > 0 {
		entry, magic, rest, err := NextEntry(set)
		if err != nil {
			return dst, false, err
		}
		var m Message0
		if magic == wrapper.Magic {
			err = m.Parse(entry)
		}
		if err != nil || magic != wrapper.Magic || m.Compression() != NoCompression {
			return dst, false, &Error{Kind: Malformed, Field: "Message.Value", Offset: messageBodyAt}
		}
		timestamp := m.Timestamp
		if wrapper.LogAppendTime() {
			timestamp = wrapper.Timestamp
		}
		edited, err := w.edit(&m, base+m.Offset, timestamp)
		if err != nil {
			return dst, false, err
		}
		if dst, err = w.appendInner(dst, entry, &m, edited); err != nil {
			return dst, false, err
		}
		changed = changed || edited
		set = rest
	}
	return dst, changed, nil
}

// appendInner appends a message of a wrapped set, as it came unless it was edited.
func (w *Rewriter) appendInner(dst, entry []byte, m *Message0, edited bool) ([]byte, error) {
	switch {
	case !edited:
		return append(dst, entry...), nil
	case !validMessageCRC(entry):
		return dst, &Error{Kind: ChecksumMismatch, Field: "Message.CRC", Offset: messageCRCAt}
	case w.rec.Drop:
		return dst, nil
	}
	return m.AppendTo(dst)
}
