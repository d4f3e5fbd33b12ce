package kafka

import (
	"errors"

	"github.com/libnasp/libnasp/kafkaproto"
)

// Message is a Request or a Response, for Decode.
type Message interface{ content() *payload }

// payload is the body of a frame. It is decoded when somebody asks for it.
type payload struct {
	chain   *Chain
	key     kafkaproto.APIKey
	version int16
	kind    string // "Request" or "Response"
	body    []byte
	message kafkaproto.Message // nil until it was decoded
	changed bool               // message isn't body any more
}

func (p *payload) content() *payload { return p }

// messageKey finds a message of a chain to decode into again.
type messageKey struct {
	key  kafkaproto.APIKey
	kind string
}

// keepFrame is how large a frame may be for messages to be kept that point into it, in bytes.
const keepFrame = 1 << 20

// Decode returns the message in m as the type of package messages that belongs to it:
//
//	create, err := kafka.Decode[messages.CreateTopicsRequest](request)
//
// It is decoded once for all filters, so that each sees what those before it have changed. It may be changed; then call Changed of
// the request or response. It and its slices hold until the callback returns.
func Decode[T any, P interface {
	*T
	kafkaproto.Message
	APIKey() int16
}](m Message) (P, error) {
	p := m.content()
	if p.message != nil {
		if t, ok := p.message.(P); ok {
			return t, nil
		}
	}
	var zero P
	if kafkaproto.APIKey(zero.APIKey()) != p.key || zero.MessageName() != p.key.String()+p.kind {
		return nil, errors.New("kafka: a " + p.key.String() + p.kind + " is asked for as a " + zero.MessageName())
	}
	t, err := p.decode(func() kafkaproto.Message { return P(new(T)) })
	if err != nil {
		return nil, err
	}
	return t.(P), nil
}

// DecodeAs decodes the message into m, a new one of the API's own type, unless it was decoded before. It is for filters that meet many APIs and
// make their messages by package registry; others call Decode.
func (p *payload) DecodeAs(m kafkaproto.Message) error {
	if m == nil || m.MessageName() != p.key.String()+p.kind {
		return errors.New("kafka: a " + p.key.String() + p.kind + " is asked for as another message")
	}
	_, err := p.decode(func() kafkaproto.Message { return m })
	return err
}

// decode returns the message, which is decoded into a new one if the chain has none to decode into again.
func (p *payload) decode(makeNew func() kafkaproto.Message) (kafkaproto.Message, error) {
	if p.message != nil {
		return p.message, nil
	}
	key := messageKey{p.key, p.kind}
	m := p.chain.messages[key]
	if m == nil {
		m = makeNew()
		p.chain.messages[key] = m
	}
	if len(p.body) > keepFrame { // the message would keep the frame alive
		delete(p.chain.messages, key)
	}
	if err := m.Decode(p.body, p.version); err != nil {
		return nil, err
	}
	p.message = m
	return m, nil
}

// header is a request's or a response's.
type header interface {
	AppendTo(dst []byte) ([]byte, error)
}

// appendFrame appends a frame of a header and a message.
func appendFrame(dst []byte, h header, m kafkaproto.Message, version int16) ([]byte, error) {
	start := len(dst)
	out, err := h.AppendTo(kafkaproto.BeginFrame(dst))
	if err != nil {
		return dst, err
	}
	if out, err = m.AppendTo(out, version); err != nil {
		return dst, err
	}
	return kafkaproto.EndFrame(out, start), nil
}

// responseHeader is a response's, which needs to be told of which API and version.
type responseHeader struct {
	*kafkaproto.ResponseHeader
	key     kafkaproto.APIKey
	version int16
}

func (h responseHeader) AppendTo(dst []byte) ([]byte, error) {
	return h.ResponseHeader.AppendTo(dst, h.key, h.version)
}
