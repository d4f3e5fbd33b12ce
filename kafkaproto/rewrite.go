package kafkaproto

import "errors"

// EditableRecord is a record that a Rewriter shows, of a batch or a message set. Its slices alias the records or a buffer of the
// Rewriter and hold until the edit function is called again or Append returns, as new ones must.
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
// byte for byte; a control batch in a Produce request is an error. The records that it is given stay as they are.
//
// A batch that changes must have a right CRC: a new one would hide that it is corrupt.
//
// An Editor, on which this stands, also overwrites bytes in place, which costs less. A Rewriter must not be used by two goroutines at once.
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
	editor Editor
}

// Append appends the records with all changes to dst. If nothing changed it appends nothing. On an error it returns dst as it
// came.
func (w *Rewriter) Append(dst, records []byte) (out []byte, changed bool, err error) {
	w.editor.Compressor, w.editor.Fetched = w.Compressor, w.Fetched
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
		edited, err := w.walk(entry, magic)
		if edited {
			out, _, err = w.editor.Close(append(out, records[done:at]...))
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

// walk edits the records of one entry and tells whether any changed.
func (w *Rewriter) walk(entry []byte, magic int8) (bool, error) {
	e := &w.editor
	if ok, err := e.Open(entry, magic); !ok {
		return false, err
	}
	for e.Next() {
		w.show(&e.Record)
		edited, err := w.Edit(&w.rec)
		if err != nil {
			return false, err
		}
		if edited {
			w.take(e)
		}
	}
	return e.Changed(), e.Err()
}

func (w *Rewriter) show(r *OpenRecord) {
	w.rec = EditableRecord{Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key.Bytes, Value: r.Value.Bytes, Headers: w.rec.Headers[:0]}
	for _, h := range r.Headers {
		w.rec.Headers = append(w.rec.Headers, RecordHeader{h.Key.Bytes, h.Value.Bytes})
	}
}

// take makes the record at hand what rec is.
func (w *Rewriter) take(e *Editor) {
	if w.rec.Drop {
		e.Drop()
		return
	}
	r := &e.Record
	r.Key.Bytes, r.Value.Bytes, r.Headers = w.rec.Key, w.rec.Value, r.Headers[:0]
	for _, h := range w.rec.Headers {
		r.Headers = append(r.Headers, OpenHeader{Field{Bytes: h.Key}, Field{Bytes: h.Value}})
	}
	e.Replaced()
}
