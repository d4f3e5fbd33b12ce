package kafka

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
	"github.com/libnasp/libnasp/kafkaproto/messages"
	"github.com/libnasp/libnasp/kafkaproto/registry"
)

// everything is a filter that decodes and encodes all that there is, refuses items by their number, and changes records.
func everything() *testFilter {
	all := allAPIs()
	return &testFilter{
		name: "everything", requests: all, responses: all, directions: Produced | Fetched, facts: Principal | TopicNames | Brokers,
		onRequest: func(r *Request) error {
			if err := r.DecodeAs(registry.NewRequest(r.key)); err != nil {
				return err
			}
			r.Changed()
			n, err := r.Items()
			for i := 0; i < n && err == nil; i++ {
				if i%3 == 1 {
					err = r.RefuseItem(i, Refusal{Code: kafkaproto.PolicyViolation, Message: "no"})
				}
			}
			r.Throttle(1e6)
			return err
		},
		onResponse: func(r *Response) error {
			err := r.DecodeAs(registry.NewResponse(r.key))
			r.Changed()
			return err
		},
		onRecords: func(r *Records) error {
			for r.Next() {
				v := &r.Record().Value
				if len(v.Bytes) > 2 {
					was := v.Bytes[1]
					v.Bytes[1] ^= 1
					r.Overwritten(*v, 1, []byte{was})
				} else {
					v.Bytes = []byte("longer")
					r.Replaced()
				}
			}
			return r.Err()
		},
	}
}

func allAPIs() (all []API) {
	for k := range kafkaproto.APIKey(200) {
		if _, _, ok := k.Versions(); ok {
			all = append(all, API{Key: k})
		}
	}
	return all
}

// The most that a chain may allocate: a constant, most of it what codecs keep, and for each byte that came in what it may become when it is decoded,
// changed and encoded. What compressed records become is bounded by the compressor's limit.
const (
	fuzzLimit    = 256 << 10
	allocFixed   = 48 << 20
	allocPerByte = 4 << 10
)

// FuzzStream sends arbitrary bytes through both directions, in pieces. The responses have the correlation ids that are awaited, since anything else ends
// the connection at once.
func FuzzStream(f *testing.F) {
	f.Add(kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text("abc", "!")...)), []byte{0, 0, 0, 0, 0, 0}, uint8(3))
	f.Add([]byte{0x16, 3, 1, 0, 200}, []byte{}, uint8(1))
	f.Add(request(f, kafkaproto.APIKeyFetch, 12, 4, fetchRequest()), mustBody(f, fetchResponse(12, kafkatest.Batch(kafkatest.Text("f")...)), 12), uint8(200))
	f.Add(request(f, kafkaproto.APIKeyCreateTopics, 5, 4, &messages.CreateTopicsRequest{
		Topics: []messages.CreateTopicsRequestCreatableTopic{{Name: []byte("a")}, {Name: []byte("b")}},
	}), mustBody(f, &messages.CreateTopicsResponse{Topics: []messages.CreateTopicsResponseCreatableTopicResult{{Name: []byte("a"), NumPartitions: -1, ReplicationFactor: -1}}}, 5), uint8(200))
	f.Fuzz(func(t *testing.T, in, answer []byte, cut uint8) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, err := NewChain(Config{Filters: []Filter{everything()}, MaxFrame: 1 << 20, Compressor: &compress.Codecs{Limit: fuzzLimit}})
		if err != nil {
			t.Fatal(err)
		}
		s := c.NewStream()
		fuzzRequests(s, in, int(cut)+1)
		fuzzResponses(s, answer, int(cut)+1)
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(allocFixed+allocPerByte*(len(in)+len(answer))); got > most {
			t.Fatalf("%d bytes were allocated for %d and %d that came, more than %d", got, len(in), len(answer), most)
		}
	})
}

func mustBody(t testing.TB, m kafkaproto.Message, version int16) []byte {
	b, err := m.AppendTo(nil, version)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{0}, b...)
}

func fuzzRequests(s *Stream, in []byte, piece int) {
	for len(in) > 0 {
		k := min(piece, len(in))
		if s.Downstream(&kafkatest.Buffer{B: bytes.Clone(in[:k])}, k, len(in) == k) != nil {
			return
		}
		in = in[k:]
	}
}

func fuzzResponses(s *Stream, answer []byte, piece int) {
	for range min(s.tracker.Pending(), 20) {
		next, _ := s.tracker.Oldest()
		frame := kafkatest.Frame(append(binary.BigEndian.AppendUint32(nil, uint32(next.CorrelationID)), answer...))
		for len(frame) > 0 {
			k := min(piece, len(frame))
			if s.Upstream(&kafkatest.Buffer{B: bytes.Clone(frame[:k])}, k, false) != nil {
				return
			}
			frame = frame[k:]
		}
	}
}
