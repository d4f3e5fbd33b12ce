package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// RequestHeaderMin is the number of bytes before the client id: API key, API version, correlation id.
const RequestHeaderMin = 8

// RequestHeader is the header of a request.
type RequestHeader struct {
	APIKey        APIKey
	APIVersion    int16
	CorrelationID int32
	ClientID      []byte     // nil for null; version 1 on
	Tags          []wire.Tag // tagged fields; version 2
}

// Parse reads the header of a request frame, given without its size, and returns what follows it. It keeps slices of the
// frame and reuses h.Tags.
//
// For an API or version that isn't known it fails with UnsupportedVersion: the API key, version and correlation id are set
// then, but where the header ends can't be told.
func (h *RequestHeader) Parse(frame []byte) (body []byte, err error) {
	*h = RequestHeader{Tags: h.Tags[:0]}
	r := wire.NewReader(frame)
	h.read(&r)
	if r.Failed() {
		return nil, r.Err()
	}
	return frame[r.Offset():], nil
}

// read reads the header, of the version that belongs to the request's.
func (h *RequestHeader) read(r *wire.Reader) {
	if p := r.Next(RequestHeaderMin); len(p) == RequestHeaderMin {
		h.APIKey = APIKey(wire.Int16(p[0:2]))
		h.APIVersion = wire.Int16(p[2:4])
		h.CorrelationID = wire.Int32(p[4:8])
	} else {
		r.Short("RequestHeader.RequestApiKey\x02RequestHeader.RequestApiVersion\x02RequestHeader.CorrelationId\x04")
		return
	}
	facts, ok := h.APIKey.facts()
	if !ok {
		r.BadVersion(h.APIKey.String(), h.APIVersion, 0, -1)
		return
	}
	if h.APIVersion < facts.min || h.APIVersion > facts.max {
		r.BadVersion(facts.name, h.APIVersion, facts.min, facts.max)
		return
	}
	version, _ := h.APIKey.RequestHeaderVersion(h.APIVersion)
	if version >= 1 {
		h.ClientID = r.String(false, true, "RequestHeader.ClientId") // not compact in version 2 either (KIP-482)
	}
	if version >= 2 {
		h.Tags = r.Tags(h.Tags, "RequestHeader")
	}
}

// AppendTo appends the header, of the version that belongs to the request's. On an error it returns dst as it came.
func (h *RequestHeader) AppendTo(dst []byte) ([]byte, error) {
	if err := h.APIKey.Supports(h.APIVersion); err != nil {
		return dst, err
	}
	version, _ := h.APIKey.RequestHeaderVersion(h.APIVersion)
	b := wire.AppendInt16(dst, int16(h.APIKey))
	b = wire.AppendInt16(b, h.APIVersion)
	b = wire.AppendInt32(b, h.CorrelationID)
	var e wire.Encoding
	if version >= 1 {
		b = wire.AppendNullableString(b, false, true, h.ClientID, &e, "RequestHeader.ClientId")
	}
	if version >= 2 {
		b = wire.AppendTags(b, h.Tags, &e, "RequestHeader")
	} else if len(h.Tags) > 0 {
		e.Fail(wire.NotInVersion, "RequestHeader.UnknownTags")
	}
	if err := e.Err(); err != nil {
		return dst, err
	}
	return b, nil
}

// ResponseHeader is the header of a response.
type ResponseHeader struct {
	CorrelationID int32
	Tags          []wire.Tag // tagged fields; version 1
}

// Parse reads the header of a response frame, given without its size, to a request of the API and version, and returns what
// follows it. It keeps slices of the frame and reuses h.Tags.
func (h *ResponseHeader) Parse(frame []byte, key APIKey, version int16) (body []byte, err error) {
	*h = ResponseHeader{Tags: h.Tags[:0]}
	headerVersion, err := key.ResponseHeaderVersion(version)
	if err != nil {
		return nil, err
	}
	r := wire.NewReader(frame)
	if p := r.Next(4); len(p) == 4 {
		h.CorrelationID = wire.Int32(p)
	} else {
		r.Short("ResponseHeader.CorrelationId\x04")
	}
	if headerVersion >= 1 {
		h.Tags = r.Tags(h.Tags, "ResponseHeader")
	}
	if r.Failed() {
		return nil, r.Err()
	}
	return frame[r.Offset():], nil
}

// AppendTo appends the header to a response of the API and version. On an error it returns dst as it came.
func (h *ResponseHeader) AppendTo(dst []byte, key APIKey, version int16) ([]byte, error) {
	headerVersion, err := key.ResponseHeaderVersion(version)
	if err != nil {
		return dst, err
	}
	b := wire.AppendInt32(dst, h.CorrelationID)
	var e wire.Encoding
	if headerVersion >= 1 {
		b = wire.AppendTags(b, h.Tags, &e, "ResponseHeader")
	} else if len(h.Tags) > 0 {
		e.Fail(wire.NotInVersion, "ResponseHeader.UnknownTags")
	}
	if err := e.Err(); err != nil {
		return dst, err
	}
	return b, nil
}

// AppendEmptyMetadataRequest appends a whole frame, with its size, that asks for the metadata of no topic: a request that any
// broker answers, that changes nothing, and whose answer comes in its place of the queue.
//
// Version 1 is the first in which an empty array means no topics; Kafka 4 still has it.
func AppendEmptyMetadataRequest(dst []byte, correlationID int32, clientID []byte) []byte {
	const version = 1
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = wire.AppendInt16(dst, int16(APIKeyMetadata))
	dst = wire.AppendInt16(dst, version)
	dst = wire.AppendInt32(dst, correlationID)
	dst = appendString(dst, clientID, false)
	dst = wire.AppendInt32(dst, 0)
	return EndFrame(dst, start)
}

// appendString appends text that may be null. What is longer than Kafka's longest is cut: it is a client's own, read from such
// a field, or a message for people.
func appendString(b, s []byte, flexible bool) []byte {
	var e wire.Encoding
	return wire.AppendNullableString(b, flexible, true, s[:min(len(s), wire.MaxString)], &e, "")
}
