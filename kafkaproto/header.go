// Package kafkaproto reads and writes Kafka's protocol: headers, Produce requests, record batches.
//
// It is small by intent: no reflect, no fmt, no encoding packages, so that a Wasm guest that uses it stays small. It holds
// what the first filter needs; the codecs of all messages, generated from Kafka's descriptors, come after it.
//
// Slices that it returns alias its input.
package kafkaproto

// The API keys that this package knows.
const (
	APIKeyProduce       int16 = 0
	APIKeyMetadata      int16 = 3
	APIKeySaslHandshake int16 = 17
)

// RequestHeaderMin is the number of bytes before the client id: API key, API version, correlation id.
const RequestHeaderMin = 8

// RequestHeader is the header of a request, of version 1, or of 2 without its tagged fields.
type RequestHeader struct {
	APIKey        int16
	APIVersion    int16
	CorrelationID int32
	ClientID      []byte // nil for null
}

// readRequestHeader reads a header of version 1, or 2 where flexible.
func readRequestHeader(r *reader, flexible bool) RequestHeader {
	h := RequestHeader{
		APIKey:        r.int16("API key"),
		APIVersion:    r.int16("API version"),
		CorrelationID: r.int32("correlation id"),
		ClientID:      r.string("client id", false), // not compact in version 2 either (KIP-482)
	}
	r.skipTags(flexible)
	return h
}

// AppendEmptyMetadataRequest appends a whole frame, with its size, that asks for the metadata of no topic: a request that any
// broker answers, that changes nothing, and whose answer comes in its place of the queue.
//
// Version 1 is the first in which an empty array means no topics; Kafka 4 still has it.
func AppendEmptyMetadataRequest(dst []byte, correlationID int32, clientID []byte) []byte {
	const version = 1
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = appendInt16(dst, APIKeyMetadata)
	dst = appendInt16(dst, version)
	dst = appendInt32(dst, correlationID)
	dst = appendString(dst, clientID)
	dst = appendInt32(dst, 0)
	putBE32(dst[start:], uint32(len(dst)-start-4))
	return dst
}
