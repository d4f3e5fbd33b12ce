package kafkaoracle

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
	"github.com/libnasp/libnasp/kafkaproto/registry"
)

// identity is a filter that asks for everything and has every message encoded again, unchanged.
type identity struct{ frames int }

func (*identity) Name() string { return "identity" }

func (*identity) Requests() (all []kafka.API) {
	for key := range kafkaproto.APIKey(1000) {
		if _, _, ok := key.Versions(); ok {
			all = append(all, kafka.API{Key: key})
		}
	}
	return all
}

func (f *identity) Responses() []kafka.API { return f.Requests() }

func (f *identity) OnRequest(r *kafka.Request) error {
	f.frames++
	r.Changed()
	return r.DecodeAs(registry.NewRequest(r.APIKey))
}

func (f *identity) OnResponse(r *kafka.Response) error {
	f.frames++
	r.Changed()
	return r.DecodeAs(registry.NewResponse(r.APIKey))
}

// TestIdentity sends random messages of every API and version through filters that ask for all of them: byte for byte the same must come out, however
// the stream is cut.
func TestIdentity(t *testing.T) {
	rng := rand.New(rand.NewPCG(seed, 2))
	cuts := map[string]func(left int) int{
		"whole": func(left int) int { return left }, "bytes": func(int) int { return 1 }, "random": func(int) int { return 1 + rng.IntN(300) },
	}
	for _, api := range (&identity{}).Requests() {
		oldest, newest, _ := api.Key.Versions()
		var requests, responses []byte
		frames := 0
		for version := oldest; version <= newest; version++ {
			for mode := range 6 {
				frames++
				id := int32(frames)
				requests = append(requests, randomRequest(t, api.Key, version, id, rng, mode)...)
				responses = append(responses, randomResponse(t, api.Key, version, id, rng, mode)...)
			}
		}
		for name, cut := range cuts {
			passes(t, api.Key.String()+" "+name, api.Key, requests, responses, frames, cut)
		}
	}
}

// passes sends both directions through new filters.
func passes(t *testing.T, name string, key kafkaproto.APIKey, requests, responses []byte, frames int, cut func(int) int) {
	f := &identity{}
	chain, err := kafka.NewChain(kafka.Config{Filters: []kafka.Filter{f}})
	if err != nil {
		t.Fatal(err)
	}
	s := chain.NewStream()
	got, err := through(s.Downstream, requests, cut)
	if err != nil || !bytes.Equal(got, requests) {
		t.Errorf("%s: requests changed (%v)", name, err)
		return
	}
	if f.frames != frames {
		t.Errorf("%s: %d requests were seen of %d", name, f.frames, frames)
	}
	if key == kafkaproto.APIKeyApiVersions {
		return // what a broker offers is clamped
	}
	if got, err = through(s.Upstream, responses, cut); err != nil || !bytes.Equal(got, responses) {
		t.Errorf("%s: responses changed (%v)", name, err)
	}
}

// through sends b in pieces through a direction.
func through(run func(kafka.Buffer, int, bool) error, b []byte, cut func(int) int) (out []byte, err error) {
	for len(b) > 0 {
		n := min(cut(len(b)), len(b))
		buf := &buffer{bytes.Clone(b[:n])}
		if err := run(buf, n, false); err != nil {
			return out, err
		}
		out, b = append(out, buf.b...), b[n:]
	}
	return out, nil
}

// buffer is a host's buffer.
type buffer struct{ b []byte }

var errOutside = errors.New("kafkaoracle: bytes outside of the buffer")

func (m *buffer) Bytes(start, n int) ([]byte, error) {
	if start < 0 || n < 0 || start+n > len(m.b) {
		return nil, errOutside
	}
	return bytes.Clone(m.b[start : start+n]), nil
}

func (m *buffer) ReplacePrefix(n int, p []byte) error {
	m.b = append(bytes.Clone(p), m.b[n:]...)
	return nil
}

func randomRequest(t *testing.T, key kafkaproto.APIKey, version int16, id int32, rng *rand.Rand, mode int) []byte {
	t.Helper()
	h := kafkaproto.RequestHeader{APIKey: key, APIVersion: version, CorrelationID: id, ClientID: []byte("me")}
	if key == kafkaproto.APIKeyControlledShutdown && version == 0 {
		h.ClientID = nil
	}
	start, err := h.AppendTo(kafkaproto.BeginFrame(nil))
	if err != nil {
		t.Fatal(err)
	}
	m := registry.NewRequest(key)
	b, err := randomMessage(m, version, rng, mode)
	if err != nil {
		t.Fatalf("%s v%d: %v", m.MessageName(), version, err)
	}
	if p, ok := m.(*messages.ProduceRequest); ok && p.Acks == 0 { // no response would be awaited
		p.Acks = 1
		if b, err = p.AppendTo(nil, version); err != nil {
			t.Fatal(err)
		}
	}
	return kafkaproto.EndFrame(append(start, b...), 0)
}

func randomResponse(t *testing.T, key kafkaproto.APIKey, version int16, id int32, rng *rand.Rand, mode int) []byte {
	t.Helper()
	h := kafkaproto.ResponseHeader{CorrelationID: id}
	start, err := h.AppendTo(kafkaproto.BeginFrame(nil), key, version)
	if err != nil {
		t.Fatal(err)
	}
	m := registry.NewResponse(key)
	b, err := randomMessage(m, version, rng, mode)
	if err != nil {
		t.Fatalf("%s v%d: %v", m.MessageName(), version, err)
	}
	return kafkaproto.EndFrame(append(start, b...), 0)
}
