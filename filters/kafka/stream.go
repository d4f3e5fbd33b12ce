// Package kafka is the base that filters of Kafka share: it turns the bytes of a connection into requests, hands those that a filter
// asked for to it, whole, and lets all others stream through.
//
// It is plain Go: a Wasm guest and a native filter use it alike.
//
// # Substitute, don't inject
//
// A network filter can change only the bytes of the direction that it is called for, and can't answer a request by itself. So a
// request that a filter refuses is rewritten into one that the broker answers harmlessly in the same place of the queue, and
// that answer is rewritten into the refusal. The order of answers is the broker's own, in every host.
package kafka

import (
	"errors"
	"math"
	"strconv"

	"github.com/libnasp/libnasp/kafkaproto"
)

// DefaultMaxFrame is the size of Kafka's largest request (socket.request.max.bytes) in bytes.
const DefaultMaxFrame = 100 << 20

// Handler decides about the requests of one connection.
type Handler interface {
	// Produce is called with each Produce request. It may change the bytes of the records in place, and says by changed whether it did.
	// A refusal that isn't nil goes to the client in place of the broker's answer, and the request doesn't leave.
	Produce(req *kafkaproto.ProduceRequest) (changed bool, refusal *Refusal)
}

// Refusal is the answer to a request that must not leave.
type Refusal struct {
	Code    kafkaproto.ErrorCode
	Message string // says why; it must hold no bytes of records
}

// Stream filters one connection. Its two directions must not be called at the same time.
type Stream struct {
	handler  Handler
	maxFrame int

	request  gatherer
	response gatherer
	rawSASL  bool // the connection has asked for SaslHandshake v0: tokens without a header may come

	produce kafkaproto.ProduceRequest // reused
	refused []refused                 // in the order of the requests
}

// refused is a request that was substituted, waiting for the broker's answer.
type refused struct {
	correlationID uint32
	answer        []byte // a whole frame
}

// NewStream returns the filter of a new connection. maxFrame is the largest request that is taken, in bytes, 0 for DefaultMaxFrame.
func NewStream(h Handler, maxFrame int) *Stream {
	if maxFrame <= 0 {
		maxFrame = DefaultMaxFrame
	}
	return &Stream{handler: h, maxFrame: maxFrame}
}

var (
	errTLS = errors.New("kafka: the client sends TLS where Kafka's protocol is expected, so the filter can't see its records: " +
		"let nasp do TLS instead of the client (the adapters take it over), or take the filter off this connection")
	errNotKafka = errors.New("kafka: a response has a negative size: this isn't Kafka's protocol")
	errCutOff   = errors.New("kafka: the connection ended within a request: its last bytes were discarded")
)

// Downstream filters bytes from the client. After an error the connection must be closed: nothing of the buffer may pass.
func (s *Stream) Downstream(buf Buffer, size int, end bool) error {
	if err := s.request.run(buf, size, requestHeaderLen, false, s.onRequestHeader); err != nil {
		return err
	}
	if end && s.request.holds() {
		return errCutOff
	}
	return nil
}

// Upstream filters bytes from the server.
func (s *Stream) Upstream(buf Buffer, size int, end bool) error {
	return s.response.run(buf, size, responseHeaderLen, end, s.onResponseHeader)
}

const (
	requestHeaderLen  = sizeLen + 4 // size, API key, API version
	responseHeaderLen = sizeLen + 4 // size, correlation id
)

// onRequestHeader decides what becomes of a request by its first bytes.
func (s *Stream) onRequestHeader(h []byte) (plan, error) {
	size := be32(h)
	if h[0] == 0x16 && h[1] == 0x03 { // a TLS record; as a size it would be 352 MiB
		return plan{}, errTLS
	}
	if int64(size) > int64(s.maxFrame) {
		return plan{}, errors.New("kafka: a request of " + strconv.FormatUint(uint64(size), 10) +
			" bytes is larger than the limit of " + strconv.Itoa(s.maxFrame) + ", or this isn't Kafka's protocol")
	}
	if size < kafkaproto.RequestHeaderMin {
		if s.rawSASL {
			return plan{}, nil // a token
		}
		return plan{}, errors.New("kafka: a request of " + strconv.FormatUint(uint64(size), 10) + " bytes is smaller than its header")
	}
	switch apiKey, version := kafkaproto.APIKey(be16(h[4:])), int16(be16(h[6:])); apiKey {
	case kafkaproto.APIKeyProduce:
		return plan{whole: s.onProduce}, nil
	case kafkaproto.APIKeySaslHandshake:
		s.rawSASL = s.rawSASL || version == 0
	}
	return plan{}, nil
}

// onProduce handles a whole Produce frame and returns what to send in its place.
func (s *Stream) onProduce(frame []byte) ([]byte, bool, error) {
	if err := s.produce.Parse(frame[sizeLen:]); err != nil {
		return nil, false, err
	}
	changed, refusal := s.handler.Produce(&s.produce)
	if refusal == nil {
		return frame, changed, nil
	}
	if s.produce.Acks == 0 {
		return nil, true, nil // the client expects no answer, and so must not get one
	}
	s.refused = append(s.refused, refused{
		correlationID: uint32(s.produce.CorrelationID),
		answer:        kafkaproto.AppendProduceRefusal(nil, &s.produce, refusal.Code, refusal.Message),
	})
	return kafkaproto.AppendEmptyMetadataRequest(nil, s.produce.CorrelationID, s.produce.ClientID), true, nil
}

// onResponseHeader looks for the answer to the oldest request that was substituted. Brokers answer in order.
func (s *Stream) onResponseHeader(h []byte) (plan, error) {
	if be32(h) > math.MaxInt32 {
		return plan{}, errNotKafka
	}
	if len(s.refused) == 0 || len(h) < responseHeaderLen || be32(h[sizeLen:]) != s.refused[0].correlationID {
		return plan{}, nil
	}
	answer := s.refused[0].answer
	s.refused = s.refused[1:]
	return plan{instead: answer}, nil
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
