package kafka

import (
	"errors"
	"slices"

	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// Records is one batch of a partition, or one message of the formats before batches, with all messages in it if it is compressed. It and its slices
// hold until OnRecords returns.
//
//	for records.Next() {
//		record := records.Record()
//		…
//	}
//	return records.Err()
//
// What a filter doesn't walk to the end is walked for it: only what can be read may pass.
type Records struct {
	Conn      *Conn
	Direction Directions // Produced or Fetched
	Topic     []byte     // nil if the request has an id instead, whose name isn't known
	TopicID   [16]byte   // zero if the request has a name instead
	Partition int32

	editor  *kafkaproto.Editor
	refusal *Refusal
	changed bool // by the filter that is being called
}

// Run returns the bytes of all records, decompressed, as one run: where a scan of it finds nothing, most filters needn't look at the single
// records. They must not be changed.
func (r *Records) Run() []byte { return r.editor.Run() }

// Compression returns the codec of the batch.
func (r *Records) Compression() kafkaproto.Compression { return r.editor.Compression() }

// Next reads the next record. It returns false after the last one and on an error, which Err returns.
func (r *Records) Next() bool {
	yield.After(recordWork)
	return r.editor.Next()
}

// The work that isn't a scan, as package yield counts it.
const (
	recordWork = 64
	crcWork    = 8 // of each byte
)

// crcPiece is how many bytes of a checksum are computed at once.
const crcPiece = 1 << 10

// Rewind begins another walk at the first record.
func (r *Records) Rewind() { r.editor.Rewind() }

// Record returns the record at hand.
func (r *Records) Record() *kafkaproto.OpenRecord { return &r.editor.Record }

// Err returns what ended the walk early, nil if all records were read.
func (r *Records) Err() error { return r.editor.Err() }

// Overwritten tells that bytes of a field of the record at hand, from start on, were overwritten in place and were was before. That costs
// least.
func (r *Records) Overwritten(f kafkaproto.Field, start int, was []byte) {
	r.changed = true
	for at := 0; at < len(was); at += crcPiece {
		end := min(at+crcPiece, len(was))
		r.editor.Overwritten(f, start+at, was[at:end])
		yield.After(crcWork * (end - at))
	}
}

// Replaced tells that fields of the record at hand, or its headers, were set to other bytes, of whatever length, which must stay as they are until the
// next call of Next. Messages of the old formats have no headers.
func (r *Records) Replaced() {
	r.changed = true
	r.editor.Replaced()
}

// Drop takes the record at hand out. Only fetched records can be: offsets and sequence numbers are counted by those that are produced.
func (r *Records) Drop() {
	r.changed = true
	r.editor.Drop()
}

// Refuse refuses the partition: in a Produce request by the error, with no effect on other partitions; in a Fetch response by
// TOPIC_AUTHORIZATION_FAILED whatever the error, since clients understand no other.
func (r *Records) Refuse(f Refusal) { r.refusal = &f }

// runner walks the records of partitions.
type runner struct {
	editor  kafkaproto.Editor
	records Records
}

// walked is what became of the records of one partition.
type walked struct {
	rewritten []byte // nil if they stand where they were
	changed   bool
	refusal   *Refusal
	member    int // who refused
}

// walk shows the records of a partition to all filters that want them.
func (s *Stream) walk(records []byte, direction Directions, topic []byte, id [16]byte, partition int32) walked {
	run := &s.chain.runner
	run.editor.Fetched = direction == Fetched
	run.records = Records{Conn: &s.conn, Direction: direction, Topic: topic, TopicID: id, Partition: partition, editor: &run.editor}
	if topic == nil {
		if name, ok := s.conn.TopicName(id); ok {
			run.records.Topic = []byte(name)
		}
	}
	var w walked
	done := 0 // bytes of records that w.rewritten has
	for at := 0; at < len(records); {
		entry, magic, rest, err := kafkaproto.NextEntry(records[at:])
		if err != nil {
			if direction == Fetched && errors.Is(err, kafkaproto.Truncated) {
				break // clients ignore an incomplete batch at the end
			}
			return s.unreadable(direction, err)
		}
		next := len(records) - len(rest)
		ok, err := run.editor.Open(entry, magic)
		if err != nil {
			return s.unreadable(direction, err)
		}
		if ok {
			if refused := s.show(&run.records); refused.refusal != nil {
				return refused
			}
		}
		if ok && run.editor.Changed() {
			w.changed = true
			out, rewritten, err := run.editor.Close(append(w.rewritten, records[done:at]...))
			if err != nil {
				return s.unreadable(direction, err)
			}
			if rewritten {
				w.rewritten, done = out, next
			}
		}
		at = next
	}
	if w.rewritten != nil {
		w.rewritten = append(w.rewritten, records[done:]...)
	}
	return w
}

// show shows an open batch to the filters in their order.
func (s *Stream) show(r *Records) walked {
	first := true
	for k := range s.chain.members {
		i := k
		if r.Direction == Fetched {
			i = len(s.chain.members) - 1 - k
		}
		if s.chain.members[i].records&r.Direction == 0 {
			continue
		}
		if !first {
			r.editor.Rewind()
		}
		first, r.changed = false, false
		err := s.filters[i].(RecordFilter).OnRecords(r)
		if r.refusal != nil {
			return walked{refusal: r.refusal, member: i}
		}
		for err == nil && r.Next() {
		}
		if r.changed {
			s.chain.count(i, EventChanged)
		}
		if err == nil {
			err = r.Err()
		}
		if err != nil {
			if refused := s.recordsFailed(i, err); refused.refusal != nil {
				return refused
			}
			break // what can't be read by one can't be by the next
		}
	}
	return walked{}
}

// unreadable is for records that can't be opened, or can't be closed again.
func (s *Stream) unreadable(direction Directions, err error) walked {
	for i, m := range s.chain.members {
		if m.records&direction == 0 {
			continue
		}
		if refused := s.recordsFailed(i, err); refused.refusal != nil {
			return refused
		}
	}
	return walked{}
}

// recordsFailed is for a filter that couldn't deal with records. The refusal is nil if it lets pass what it fails for.
func (s *Stream) recordsFailed(i int, err error) walked {
	s.chain.count(i, EventFailed)
	if s.chain.members[i].failOpen {
		return walked{}
	}
	why := "the records can't be read: "
	if _, ok := err.(*kafkaproto.Error); !ok {
		why = "it failed: "
	}
	return walked{member: i, refusal: &Refusal{
		Code:    kafkaproto.InvalidRecord,
		Message: "nasp: " + s.name(i) + " filter: " + why + err.Error(),
	}}
}

// produced shows the records of a Produce request to the filters.
func (s *Stream) produced(r *Request) error {
	if r.changed { // what counts is the message, as the filters have left it
		frame, err := appendFrame(nil, &r.RequestHeader, r.message, r.version)
		if err != nil {
			return err
		}
		if err := r.resetProduce(frame[sizeLen:]); err != nil {
			return err
		}
		if err := r.message.Decode(r.body, r.version); err != nil {
			return err
		}
	}
	for i, p := range r.Produce.Partitions {
		if r.ItemRefused(i) || len(p.Records) == 0 {
			continue
		}
		topic, id := p.Topic, [16]byte{}
		if r.version >= firstTopicIDProduce {
			topic, id = nil, [16]byte(p.Topic)
		}
		w := s.walk(p.Records, Produced, topic, id, p.Index)
		if w.refusal != nil {
			r.member = w.member
			if err := r.RefuseItem(i, *w.refusal); err != nil {
				return err
			}
			continue
		}
		if w.changed {
			r.patched = true
		}
		if w.rewritten != nil {
			for len(r.records) <= i {
				r.records = append(r.records, nil)
			}
			r.records[i] = w.rewritten
		}
	}
	return nil
}

// firstTopicIDProduce is the version of Produce from which on topics have ids instead of names (KIP-516).
const firstTopicIDProduce = 13

// fetched shows the records of a Fetch response to the filters.
func (s *Stream) fetched(r *Response) error {
	if r.key == kafkaproto.APIKeyShareFetch {
		return s.shareFetched(r)
	}
	m, err := Decode[messages.FetchResponse](r)
	if err != nil {
		return err
	}
	for i := range m.Responses {
		t := &m.Responses[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			w := s.walk(p.Records, Fetched, t.Topic, t.TopicId, p.PartitionIndex)
			if w.refusal != nil {
				s.onRefused(w.member, *w.refusal)
				p.ErrorCode, p.HighWatermark, p.Records = int16(kafkaproto.TopicAuthorizationFailed), -1, []byte{}
				p.AbortedTransactions = nil
			}
			r.take(w, &p.Records)
		}
	}
	return nil
}

func (s *Stream) shareFetched(r *Response) error {
	m, err := Decode[messages.ShareFetchResponse](r)
	if err != nil {
		return err
	}
	for i := range m.Responses {
		t := &m.Responses[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			w := s.walk(p.Records, Fetched, nil, t.TopicId, p.PartitionIndex)
			if w.refusal != nil {
				s.onRefused(w.member, *w.refusal)
				p.ErrorCode, p.Records = int16(kafkaproto.TopicAuthorizationFailed), []byte{}
				p.AcquiredRecords = slices.Delete(p.AcquiredRecords, 0, len(p.AcquiredRecords))
			}
			r.take(w, &p.Records)
		}
	}
	return nil
}

// take puts what became of a partition's records into the response.
func (r *Response) take(w walked, records *[]byte) {
	r.patched = r.patched || w.changed
	if w.rewritten != nil {
		*records = w.rewritten
	}
	r.changed = r.changed || w.rewritten != nil || w.refusal != nil
}
