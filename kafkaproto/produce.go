package kafkaproto

import "strconv"

// ProduceMaxVersion is the newest version of Produce that this package reads. Versions 0 to 2 carry message sets, the later
// ones record batches.
const ProduceMaxVersion = 13

// Versions in which the layout of Produce changes.
const (
	produceTransactionalID = 3  // KIP-98
	produceRecordErrors    = 8  // KIP-467
	produceFlexible        = 9  // KIP-482
	produceTopicID         = 13 // KIP-516
)

// ProduceRequest is a Produce request, its records unparsed.
type ProduceRequest struct {
	RequestHeader
	Acks int16
	// Partitions are those of all topics, in the order of the request. The slice is reused by the next Parse.
	Partitions []ProducePartition
}

// ProducePartition is what a request has for one partition.
type ProducePartition struct {
	Topic   []byte // the name, or the 16 bytes of the id from version 13 on
	Index   int32
	Records []byte // one or more batches; nil for null
}

// Parse reads a request without its size. It keeps slices of frame.
func (p *ProduceRequest) Parse(frame []byte) error {
	p.Partitions = p.Partitions[:0]
	r := &reader{b: frame}
	if len(frame) < RequestHeaderMin {
		r.fail("request header", "is cut off")
		return r.err
	}
	version := int16(be16(frame[2:]))
	if version < 0 || version > ProduceMaxVersion {
		return &ParseError{What: "Produce version " + strconv.Itoa(int(version)), Offset: 2,
			Why: "isn't known here, the newest known is " + strconv.Itoa(ProduceMaxVersion)}
	}
	if p.parse(r, version); r.err != nil {
		return r.err
	}
	return nil
}

func (p *ProduceRequest) parse(r *reader, version int16) {
	flexible := version >= produceFlexible
	p.RequestHeader = readRequestHeader(r, flexible)
	if version >= produceTransactionalID {
		r.string("transactional id", flexible)
	}
	p.Acks = r.int16("acks")
	r.int32("timeout")
	for n := r.arrayLen("topics", flexible); n > 0 && r.err == nil; n-- {
		p.parseTopic(r, version)
	}
	r.skipTags(flexible)
	if r.err == nil && r.left() > 0 {
		r.fail("Produce request", "is followed by bytes that don't belong to it")
	}
}

func (p *ProduceRequest) parseTopic(r *reader, version int16) {
	flexible := version >= produceFlexible
	var topic []byte
	if version >= produceTopicID {
		topic = r.take("topic id", 16)
	} else if topic = r.string("topic name", flexible); topic == nil {
		r.fail("topic name", "is null")
	}
	for n := r.arrayLen("partitions", flexible); n > 0 && r.err == nil; n-- {
		p.Partitions = append(p.Partitions, ProducePartition{
			Topic: topic, Index: r.int32("partition index"), Records: r.bytes("records", flexible),
		})
		r.skipTags(flexible)
	}
	r.skipTags(flexible)
}

// AppendProduceRefusal appends a whole response frame, with its size, that answers each partition of req with the same error, and
// no other. From version 8 on it carries message.
func AppendProduceRefusal(dst []byte, req *ProduceRequest, code ErrorCode, message string) []byte {
	v := req.APIVersion
	flexible := v >= produceFlexible
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = appendInt32(dst, req.CorrelationID)
	dst = appendNoTags(dst, flexible)
	dst = appendArrayLen(dst, countTopics(req.Partitions), flexible)
	for rest := req.Partitions; len(rest) > 0; {
		n := sameTopic(rest)
		if v >= produceTopicID {
			dst = append(dst, rest[0].Topic...)
		} else {
			dst = appendVersionedString(dst, rest[0].Topic, flexible)
		}
		dst = appendArrayLen(dst, n, flexible)
		for _, part := range rest[:n] {
			dst = appendPartitionRefusal(dst, v, part.Index, code, message)
		}
		dst = appendNoTags(dst, flexible)
		rest = rest[n:]
	}
	if v >= 1 {
		dst = appendInt32(dst, 0) // throttle time
	}
	dst = appendNoTags(dst, flexible)
	putBE32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func appendPartitionRefusal(dst []byte, version int16, index int32, code ErrorCode, message string) []byte {
	flexible := version >= produceFlexible
	dst = appendInt32(dst, index)
	dst = appendInt16(dst, int16(code))
	dst = appendInt64(dst, -1) // base offset
	if version >= 2 {
		dst = appendInt64(dst, -1) // log append time
	}
	if version >= 5 {
		dst = appendInt64(dst, -1) // log start offset
	}
	if version >= produceRecordErrors {
		dst = appendArrayLen(dst, 0, flexible)
		dst = appendVersionedString(dst, []byte(message), flexible)
	}
	return appendNoTags(dst, flexible)
}

// sameTopic counts the partitions at the front that belong to one topic.
func sameTopic(parts []ProducePartition) int {
	n := 1
	for n < len(parts) && string(parts[n].Topic) == string(parts[0].Topic) {
		n++
	}
	return n
}

func countTopics(parts []ProducePartition) int {
	n := 0
	for ; len(parts) > 0; n++ {
		parts = parts[sameTopic(parts):]
	}
	return n
}

// ErrorCode is one of Kafka's error codes.
type ErrorCode int16

// The error codes that this package's users answer with.
const (
	InvalidRecord ErrorCode = 87 // KIP-467
)
