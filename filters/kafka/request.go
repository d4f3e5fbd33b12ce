package kafka

import (
	"errors"
	"strconv"
	"time"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// Request is a request on its way. It and its slices hold until the callback returns.
type Request struct {
	kafkaproto.RequestHeader
	Conn *Conn
	// Produce is a Produce request, walked but not decoded, which is enough for its partitions and costs little; nil for other requests. The
	// bytes of its records may be overwritten: then call Patched. If it is decoded as well, what counts is the message.
	Produce *kafkaproto.ProduceRequest

	payload
	stream  *Stream
	member  int  // the filter that is being called
	answers bool // a response is expected

	produce  kafkaproto.ProduceRequest // what Produce points to
	patched  bool
	refusal  *Refusal
	answer   kafkaproto.Message
	refused  []*Refusal // by item, empty if there is none
	records  [][]byte   // rewritten ones by partition, empty if there are none
	throttle time.Duration
	hold     time.Duration
}

// reset makes r the request of a frame.
func (r *Request) reset(s *Stream, frame []byte, x kafkaproto.Exchange, answers bool) (err error) {
	clear(r.refused)
	clear(r.records)
	*r = Request{
		RequestHeader: kafkaproto.RequestHeader{Tags: r.Tags}, Conn: &s.conn, stream: s, answers: answers, produce: r.produce,
		refused: r.refused[:0], records: r.records[:0],
		payload: payload{chain: s.chain, key: x.APIKey, version: x.APIVersion, kind: "Request"},
	}
	if x.APIKey == kafkaproto.APIKeyProduce {
		return r.resetProduce(frame)
	}
	r.body, err = r.Parse(frame)
	return err
}

func (r *Request) resetProduce(frame []byte) error {
	if err := r.produce.Parse(frame); err != nil {
		return err
	}
	r.Produce, r.RequestHeader = &r.produce, r.produce.RequestHeader
	var h kafkaproto.RequestHeader
	var err error
	r.body, err = h.Parse(frame)
	return err
}

// Changed tells that the message that Decode has returned was changed.
func (r *Request) Changed() { r.changed = true }

// Patched tells that bytes of the records in Produce were overwritten in place.
func (r *Request) Patched() { r.patched = true }

// Refuse has the client get an error instead of the broker's answer; nothing of the request reaches the broker. The filters behind this one
// don't see the request. Which errors clients understand depends on the API: INVALID_RECORD or TOPIC_AUTHORIZATION_FAILED for Produce,
// POLICY_VIOLATION for what administers. A Produce request with acks=0 is dropped.
//
// It is an error, and ends the connection, if no answer can be made up for the API: see Answer.
func (r *Request) Refuse(f Refusal) {
	if r.refusal == nil {
		r.refusal = &f
		r.stream.onRefused(r.member, f)
	}
}

// Answer has the client get m, of the request's version, instead of the broker's answer, as Refuse does.
func (r *Request) Answer(m kafkaproto.Message) { r.answer = m }

// Items returns the number of things that the request asks for and that can be refused one by one: the partitions of Produce, the topics of
// CreateTopics, the resources of AlterConfigs and so on. It is 0 where there are none.
func (r *Request) Items() (int, error) {
	if r.Produce != nil {
		return len(r.Produce.Partitions), nil
	}
	ops := itemsOf(r.key, r.version)
	if ops == nil {
		return 0, nil
	}
	m, err := r.decode(ops.newRequest)
	if err != nil {
		return 0, err
	}
	return ops.count(m), nil
}

// RefuseItem refuses one of Items, counted from 0 in the order of the request, and lets the others pass. The client gets one answer, in the
// order in which it asked.
func (r *Request) RefuseItem(i int, f Refusal) error {
	n, err := r.Items()
	if err != nil {
		return err
	}
	if i < 0 || i >= n {
		return errors.New("kafka: " + r.APIKey.String() + " has no item " + strconv.Itoa(i) + " to refuse")
	}
	for len(r.refused) < n {
		r.refused = append(r.refused, nil)
	}
	if r.refused[i] == nil {
		r.refused[i] = &f
		r.stream.onRefused(r.member, f)
	}
	return nil
}

// ItemRefused tells whether a filter before has refused an item.
func (r *Request) ItemRefused(i int) bool { return i < len(r.refused) && r.refused[i] != nil }

// Throttle has the client wait. From the version on in which clients obey it, that is told by the ThrottleTimeMs of the response, of which the
// larger counts, the broker's or this; the client then sends nothing to this broker. Otherwise the request is held back as by Hold.
func (r *Request) Throttle(d time.Duration) {
	r.throttle = max(r.throttle, d)
	r.stream.chain.count(r.member, EventThrottled)
}

// Hold has the request leave later, and all requests of this connection behind it, since Kafka answers in order; also those that came in one piece
// with it. It needs a host that can hold bytes back (Config.Holds).
func (r *Request) Hold(d time.Duration) {
	r.hold = max(r.hold, d)
	r.stream.chain.count(r.member, EventHeld)
}

// finish carries out what the filters have said. out is what leaves.
func (r *Request) finish(frame []byte) (out []byte, changed bool, err error) {
	if r.answer == nil && r.refusal == nil && len(r.refused) > 0 && r.allRefused() {
		r.refusal = r.refused[0]
	}
	var n note
	switch {
	case r.answer != nil || r.refusal != nil:
		return r.substitute()
	case len(r.refused) > 0:
		if n, err = r.split(); err != nil {
			return nil, false, err
		}
	}
	if err := r.takeRecords(); err != nil {
		return nil, false, err
	}
	ms, hold := r.splitThrottle()
	r.stream.hold(hold)
	if n.throttle = ms; r.answers && n.wanted() {
		r.stream.keep(n)
	}
	if !r.changed {
		return frame, r.patched, nil
	}
	out, err = appendFrame(nil, &r.RequestHeader, r.message, r.version)
	return out, true, err
}

func (r *Request) allRefused() bool {
	n, err := r.Items()
	if err != nil || len(r.refused) < n {
		return false
	}
	for _, f := range r.refused {
		if f == nil {
			return false
		}
	}
	return true
}

// takeRecords puts rewritten records into the message.
func (r *Request) takeRecords() error {
	if len(r.records) == 0 {
		return nil
	}
	m, err := r.decode(func() kafkaproto.Message { return new(messages.ProduceRequest) })
	if err != nil {
		return err
	}
	i := 0
	forPartitions(m.(*messages.ProduceRequest), func(_ *messages.ProduceRequestTopicProduceData, p *messages.ProduceRequestPartitionProduceData) {
		for r.ItemRefused(i) { // it was taken out
			i++
		}
		if i < len(r.records) && r.records[i] != nil {
			p.Records = r.records[i]
		}
		i++
	})
	r.changed = true
	return nil
}

// forPartitions calls f for the partitions of all topics in order.
func forPartitions(m *messages.ProduceRequest, f func(*messages.ProduceRequestTopicProduceData, *messages.ProduceRequestPartitionProduceData)) {
	for i := range m.TopicData {
		t := &m.TopicData[i]
		for j := range t.PartitionData {
			f(t, &t.PartitionData[j])
		}
	}
}
