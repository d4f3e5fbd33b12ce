package kafka

import (
	"time"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// wholeAnswer returns the response that refuses a request without items by the error that it has for the whole, nil if none is known.
func wholeAnswer(key kafkaproto.APIKey, version int16, f *Refusal) kafkaproto.Message {
	code := int16(f.Code)
	switch key {
	case kafkaproto.APIKeyInitProducerId:
		return with(&messages.InitProducerIdResponse{}, func(m *messages.InitProducerIdResponse) { m.ErrorCode = code })
	case kafkaproto.APIKeyJoinGroup:
		return with(&messages.JoinGroupResponse{}, func(m *messages.JoinGroupResponse) {
			m.ErrorCode = code
			if version < 7 { // null is allowed from then on
				m.ProtocolName = []byte{}
			}
		})
	case kafkaproto.APIKeyConsumerGroupHeartbeat:
		return with(&messages.ConsumerGroupHeartbeatResponse{}, func(m *messages.ConsumerGroupHeartbeatResponse) {
			m.ErrorCode, m.ErrorMessage = code, text(f.Message)
		})
	case kafkaproto.APIKeyShareGroupHeartbeat:
		return with(&messages.ShareGroupHeartbeatResponse{}, func(m *messages.ShareGroupHeartbeatResponse) {
			m.ErrorCode, m.ErrorMessage = code, text(f.Message)
		})
	case kafkaproto.APIKeyStreamsGroupHeartbeat:
		return with(&messages.StreamsGroupHeartbeatResponse{}, func(m *messages.StreamsGroupHeartbeatResponse) {
			m.ErrorCode, m.ErrorMessage = code, text(f.Message)
		})
	case kafkaproto.APIKeyFetch:
		if version < 7 { // has no error for the whole before KIP-227
			return nil
		}
		return with(&messages.FetchResponse{}, func(m *messages.FetchResponse) { m.ErrorCode = code })
	}
	return nil
}

// with returns m with its defaults and what set sets.
func with[M kafkaproto.Message](m M, set func(M)) kafkaproto.Message {
	m.SetDefaults()
	set(m)
	return m
}

// obeyedFrom is the version of each API from which on Java's client waits for ThrottleTimeMs before it sends the next request (KIP-219). In the
// versions before, brokers delay the response.
var obeyedFrom = map[kafkaproto.APIKey]int16{
	kafkaproto.APIKeyProduce:          6,
	kafkaproto.APIKeyFetch:            8,
	kafkaproto.APIKeyMetadata:         6,
	kafkaproto.APIKeyCreateTopics:     3,
	kafkaproto.APIKeyDeleteTopics:     2,
	kafkaproto.APIKeyCreatePartitions: 1,
}

// splitThrottle returns what of the request's throttle is told to the client, in milliseconds, and how long the request is held back.
func (r *Request) splitThrottle() (ms int32, hold time.Duration) {
	if from, ok := obeyedFrom[r.key]; ok && r.version >= from {
		const longest = 1<<31 - 1
		return int32(min(r.throttle.Milliseconds(), longest)), r.hold
	}
	return 0, max(r.hold, r.throttle)
}

// newThrottled returns a response of one of the APIs in obeyedFrom.
func newThrottled(key kafkaproto.APIKey) kafkaproto.Message {
	switch key {
	case kafkaproto.APIKeyProduce:
		return new(messages.ProduceResponse)
	case kafkaproto.APIKeyFetch:
		return new(messages.FetchResponse)
	case kafkaproto.APIKeyMetadata:
		return new(messages.MetadataResponse)
	case kafkaproto.APIKeyCreateTopics:
		return new(messages.CreateTopicsResponse)
	case kafkaproto.APIKeyDeleteTopics:
		return new(messages.DeleteTopicsResponse)
	}
	return new(messages.CreatePartitionsResponse)
}

// throttleTime returns the field of a response that tells the client to wait, nil if there is none that clients obey.
func throttleTime(m kafkaproto.Message, version int16) *int32 {
	switch m := m.(type) {
	case *messages.ProduceResponse:
		return obeyed(&m.ThrottleTimeMs, kafkaproto.APIKeyProduce, version)
	case *messages.FetchResponse:
		return obeyed(&m.ThrottleTimeMs, kafkaproto.APIKeyFetch, version)
	case *messages.MetadataResponse:
		return obeyed(&m.ThrottleTimeMs, kafkaproto.APIKeyMetadata, version)
	case *messages.CreateTopicsResponse:
		return obeyed(&m.ThrottleTimeMs, kafkaproto.APIKeyCreateTopics, version)
	case *messages.DeleteTopicsResponse:
		return obeyed(&m.ThrottleTimeMs, kafkaproto.APIKeyDeleteTopics, version)
	case *messages.CreatePartitionsResponse:
		return obeyed(&m.ThrottleTimeMs, kafkaproto.APIKeyCreatePartitions, version)
	}
	return nil
}

func obeyed(ms *int32, key kafkaproto.APIKey, version int16) *int32 {
	if version < obeyedFrom[key] {
		return nil
	}
	return ms
}
