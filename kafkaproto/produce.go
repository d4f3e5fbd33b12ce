package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

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

// ProduceRequest is a Produce request as a filter of records looks at it: walked, not decoded. Package messages has the whole.
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
	p.RequestHeader = RequestHeader{Tags: p.Tags[:0]}
	r := wire.NewReader(frame)
	p.RequestHeader.read(&r)
	if !r.Failed() {
		if p.APIKey != APIKeyProduce {
			r.Fail(Malformed, "RequestHeader.RequestApiKey", 0)
		}
		p.walk(&r, p.APIVersion)
	}
	r.End("ProduceRequest")
	return r.Err()
}

func (p *ProduceRequest) walk(r *wire.Reader, version int16) {
	flexible := version >= produceFlexible
	if version >= produceTransactionalID {
		r.String(flexible, true, "ProduceRequest.TransactionalId")
	}
	if b := r.Next(6); len(b) == 6 {
		p.Acks = wire.Int16(b)
	} else {
		r.Short("ProduceRequest.Acks\x02ProduceRequest.TimeoutMs\x04")
	}
	for n := r.Len(flexible, false, 2, "ProduceRequest.TopicData"); n > 0 && !r.Failed(); n-- {
		p.walkTopic(r, version)
	}
	skipTags(r, flexible, "ProduceRequest")
}

func (p *ProduceRequest) walkTopic(r *wire.Reader, version int16) {
	flexible := version >= produceFlexible
	var topic []byte
	if version < produceTopicID {
		topic = r.String(flexible, false, "ProduceRequestTopicProduceData.Name")
	} else if topic = r.Next(16); topic == nil {
		r.Short("ProduceRequestTopicProduceData.TopicId\x10")
	}
	for n := r.Len(flexible, false, 5, "ProduceRequestTopicProduceData.PartitionData"); n > 0 && !r.Failed(); n-- {
		part := ProducePartition{Topic: topic}
		if b := r.Next(4); len(b) == 4 {
			part.Index = wire.Int32(b)
		} else {
			r.Short("ProduceRequestPartitionProduceData.Index\x04")
		}
		part.Records = r.Bytes(flexible, true, "ProduceRequestPartitionProduceData.Records")
		skipTags(r, flexible, "ProduceRequestPartitionProduceData")
		p.Partitions = append(p.Partitions, part)
	}
	skipTags(r, flexible, "ProduceRequestTopicProduceData")
}

// skipTags passes over the tagged fields of a flexible version.
func skipTags(r *wire.Reader, flexible bool, message string) {
	if flexible {
		r.SkipTags(message)
	}
}

// AppendProduceRefusal appends a whole response frame, with its size, that answers each partition of req with the same error, and
// no other. From version 8 on it carries message.
func AppendProduceRefusal(dst []byte, req *ProduceRequest, code ErrorCode, message string) []byte {
	v := req.APIVersion
	flexible := v >= produceFlexible
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = wire.AppendInt32(dst, req.CorrelationID)
	dst = appendNoTags(dst, flexible)
	dst = wire.AppendLen(dst, flexible, countTopics(req.Partitions))
	for rest := req.Partitions; len(rest) > 0; {
		n := sameTopic(rest)
		if v >= produceTopicID {
			dst = append(dst, rest[0].Topic...)
		} else {
			dst = appendString(dst, rest[0].Topic, flexible)
		}
		dst = wire.AppendLen(dst, flexible, n)
		for _, part := range rest[:n] {
			dst = appendPartitionRefusal(dst, v, part.Index, code, message)
		}
		dst = appendNoTags(dst, flexible)
		rest = rest[n:]
	}
	if v >= 1 {
		dst = wire.AppendInt32(dst, 0) // throttle time
	}
	dst = appendNoTags(dst, flexible)
	return EndFrame(dst, start)
}

func appendPartitionRefusal(dst []byte, version int16, index int32, code ErrorCode, message string) []byte {
	flexible := version >= produceFlexible
	dst = wire.AppendInt32(dst, index)
	dst = wire.AppendInt16(dst, int16(code))
	dst = wire.AppendInt64(dst, -1) // base offset
	if version >= 2 {
		dst = wire.AppendInt64(dst, -1) // log append time
	}
	if version >= 5 {
		dst = wire.AppendInt64(dst, -1) // log start offset
	}
	if version >= produceRecordErrors {
		dst = wire.AppendLen(dst, flexible, 0)
		dst = appendString(dst, []byte(message), flexible)
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

// appendNoTags ends a struct of a flexible version.
func appendNoTags(b []byte, flexible bool) []byte {
	if !flexible {
		return b
	}
	return append(b, 0)
}

// ErrorCode is one of Kafka's error codes.
type ErrorCode int16

// The error codes that this package's users answer with.
const (
	TopicAuthorizationFailed ErrorCode = 29
	PolicyViolation          ErrorCode = 44 // KIP-108
	InvalidRecord            ErrorCode = 87 // KIP-467
)
