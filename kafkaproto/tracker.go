package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// Exchange is a request and what its response needs to be read.
type Exchange struct {
	APIKey        APIKey
	APIVersion    int16
	CorrelationID int32
	// Token tells that the frames are tokens of SASL without any header, as they follow SaslHandshake version 0.
	Token bool
	// Number counts the requests of the connection that a response is expected for, from 1, so that more can be kept of one beside the
	// Tracker. It starts again after 2^32.
	Number uint32
}

// Tracker pairs the responses of a connection with its requests. Brokers answer in order, and a response names its request by a
// correlation id only. Its zero value is ready. It must not be used by two goroutines at once.
type Tracker struct {
	// MaxPending is the number of requests that may wait for their responses, 0 for 65,536.
	MaxPending int

	pending []Exchange // from head on
	head    int
	tokens  bool // tokens without a header may come
	number  uint32
}

const defaultMaxPending = 1 << 16

// Request takes note of a request frame, given without its size. The start of it is enough: 8 bytes, and for Produce as much as
// has the acks. expected tells whether there will be a response: for Produce with acks=0 there is none.
//
// APIs and versions that aren't known are paired all the same. Only a Produce version above the newest known is an error, since
// its acks can't be told.
func (t *Tracker) Request(frame []byte) (x Exchange, expected bool, err error) {
	if t.tokens {
		if isToken(frame) {
			x.Token = true
			return x, true, t.push(&x)
		}
		t.tokens = false
	}
	if len(frame) < RequestHeaderMin {
		return x, false, &Error{Kind: Truncated, Field: "RequestHeader", Offset: 0}
	}
	x = Exchange{
		APIKey:        APIKey(wire.Int16(frame)),
		APIVersion:    wire.Int16(frame[2:]),
		CorrelationID: wire.Int32(frame[4:]),
	}
	switch {
	case x.APIKey == APIKeySaslHandshake && x.APIVersion == 0:
		t.tokens = true
	case x.APIKey == APIKeyProduce:
		acks, err := produceAcks(frame)
		if err != nil || acks == 0 {
			return x, false, err
		}
	}
	return x, true, t.push(&x)
}

// isToken tells a token of SASL from a request. A request begins with an API key of at most two or three digits and a small
// version. Tokens of PLAIN begin with text or with 0 and text, those of SCRAM and OAUTHBEARER with "n,", "c=" and the like, those
// of GSSAPI with 0x60 or 0x05 0x04: read as key and version none of them is known.
func isToken(frame []byte) bool {
	return len(frame) < RequestHeaderMin ||
		APIKey(wire.Int16(frame)).Supports(wire.Int16(frame[2:])) != nil
}

// produceAcks reads the acks of a Produce request.
func produceAcks(frame []byte) (int16, error) {
	r := wire.NewReader(frame)
	var h RequestHeader
	h.read(&r)
	if h.APIVersion >= produceTransactionalID {
		r.String(h.APIVersion >= produceFlexible, true, "ProduceRequest.TransactionalId")
	}
	if p := r.Next(2); len(p) == 2 {
		return wire.Int16(p), nil
	}
	r.Short("ProduceRequest.Acks\x02")
	return 0, r.Err()
}

func (t *Tracker) push(x *Exchange) error {
	limit := t.MaxPending
	if limit <= 0 {
		limit = defaultMaxPending
	}
	if t.Pending() >= limit {
		return &Error{Kind: TooLarge, Field: "requests without response", Offset: -1}
	}
	if t.head > 0 && len(t.pending) == cap(t.pending) {
		t.pending = append(t.pending[:0], t.pending[t.head:]...)
		t.head = 0
	}
	t.number++
	x.Number = t.number
	t.pending = append(t.pending, *x)
	return nil
}

// Pending returns the number of requests that wait for their responses.
func (t *Tracker) Pending() int { return len(t.pending) - t.head }

// Oldest returns the request whose response is due, and false if none is.
func (t *Tracker) Oldest() (Exchange, bool) {
	if t.Pending() == 0 {
		return Exchange{}, false
	}
	return t.pending[t.head], true
}

// Response returns the request that a response frame, given without its size, answers: the oldest one. The first four bytes of
// the frame are enough. A response that doesn't belong to it is an error of kind Unpaired: nothing can be told of the responses
// from there on.
func (t *Tracker) Response(frame []byte) (Exchange, error) {
	t.skipUnansweredTokens(frame)
	if t.Pending() == 0 {
		return Exchange{}, &Error{Kind: Unpaired, Field: "ResponseHeader.CorrelationId", Offset: 0}
	}
	x := t.pending[t.head]
	if !x.Token {
		if len(frame) < 4 {
			return Exchange{}, &Error{Kind: Truncated, Field: "ResponseHeader.CorrelationId", Offset: 0}
		}
		if wire.Int32(frame) != x.CorrelationID {
			return Exchange{}, &Error{Kind: Unpaired, Field: "ResponseHeader.CorrelationId", Offset: 0}
		}
	}
	t.head++
	if t.head == len(t.pending) {
		t.pending, t.head = t.pending[:0], 0
	}
	return x, nil
}

// skipUnansweredTokens drops tokens that got no answer. The last one of GSSAPI gets none: the client goes on with a request, which
// it never does while it waits for a token.
func (t *Tracker) skipUnansweredTokens(frame []byte) {
	last := t.head
	for last < len(t.pending) && t.pending[last].Token {
		last++
	}
	if last > t.head && last < len(t.pending) && len(frame) >= 4 && wire.Int32(frame) == t.pending[last].CorrelationID {
		t.head = last
	}
}

// errUnsupportedVersion is Kafka's error code UNSUPPORTED_VERSION.
const errUnsupportedVersion = 35

// ResponseVersion returns the version of the body of the response, which the header doesn't tell: a broker that doesn't know the
// version of an ApiVersions request answers in version 0, with the error UNSUPPORTED_VERSION (KIP-511).
func (x Exchange) ResponseVersion(body []byte) int16 {
	if x.APIKey == APIKeyApiVersions && len(body) >= 2 && wire.Int16(body) == errUnsupportedVersion {
		return 0
	}
	return x.APIVersion
}
