package kafka

import (
	"bytes"
	"errors"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// testFilter does what its functions say.
type testFilter struct {
	name       string
	requests   []API
	onRequest  func(*Request) error
	responses  []API
	onResponse func(*Response) error
	directions Directions
	onRecords  func(*Records) error
	facts      Facts
	failOpen   bool
	refused    []Refusal
}

func (f *testFilter) Name() string                     { return f.name }
func (f *testFilter) Requests() []API                  { return f.requests }
func (f *testFilter) OnRequest(r *Request) error       { return f.onRequest(r) }
func (f *testFilter) Responses() []API                 { return f.responses }
func (f *testFilter) OnResponse(r *Response) error     { return f.onResponse(r) }
func (f *testFilter) RecordsOf() Directions            { return f.directions }
func (f *testFilter) OnRecords(records *Records) error { return f.onRecords(records) }
func (f *testFilter) Facts() Facts                     { return f.facts }
func (f *testFilter) FailOpen() bool                   { return f.failOpen }
func (f *testFilter) OnRefused(r Refusal)              { f.refused = append(f.refused, r) }

var errTest = errors.New("synthetic failure")

// request is a frame of a request with the client id "me".
func request(t testing.TB, key kafkaproto.APIKey, version int16, id int32, m kafkaproto.Message) []byte {
	t.Helper()
	h := kafkaproto.RequestHeader{APIKey: key, APIVersion: version, CorrelationID: id, ClientID: []byte("me")}
	b, err := appendFrame(nil, &h, m, version)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// response is a frame of a response.
func response(t testing.TB, key kafkaproto.APIKey, version int16, id int32, m kafkaproto.Message) []byte {
	t.Helper()
	b, err := appendFrame(nil, responseHeader{&kafkaproto.ResponseHeader{CorrelationID: id}, key, version}, m, version)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// body decodes a response frame.
func body(t testing.TB, frame []byte, key kafkaproto.APIKey, version int16, m kafkaproto.Message) {
	t.Helper()
	var h kafkaproto.ResponseHeader
	b, err := h.Parse(frame[sizeLen:], key, version)
	if err == nil {
		err = m.Decode(b, version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// requestBody decodes a request frame.
func requestBody(t testing.TB, frame []byte, m kafkaproto.Message) {
	t.Helper()
	var h kafkaproto.RequestHeader
	b, err := h.Parse(frame[sizeLen:])
	if err == nil {
		err = m.Decode(b, h.APIVersion)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// down and up send whole frames through one direction.
func down(t testing.TB, s *Stream, frames ...[]byte) []byte { return send(t, s.Downstream, frames) }
func up(t testing.TB, s *Stream, frames ...[]byte) []byte   { return send(t, s.Upstream, frames) }

func send(t testing.TB, run func(Buffer, int, bool) error, frames [][]byte) []byte {
	t.Helper()
	buf := &kafkatest.Buffer{B: bytes.Join(frames, nil)}
	if err := run(buf, len(buf.B), false); err != nil {
		t.Fatal(err)
	}
	return buf.B
}

func downError(s *Stream, frame []byte) error {
	return s.Downstream(&kafkatest.Buffer{B: frame}, len(frame), false)
}

// noTopics is a broker's answer to a request that was substituted.
func noTopics(t testing.TB, id int32) []byte {
	m := &messages.MetadataResponse{}
	m.SetDefaults()
	return response(t, kafkaproto.APIKeyMetadata, 1, id, m)
}
