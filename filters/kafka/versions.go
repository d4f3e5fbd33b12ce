package kafka

import (
	"slices"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// noVersion is a version of ApiVersions that no broker knows.
const noVersion = 0x7fff

// lowerVersion is for an ApiVersions request of a version that isn't known here. The client gets the answer that brokers give which are
// older than it: error 35 in version 0, with the versions that there are (KIP-511). To have the broker itself answer so it is asked for a version
// that it doesn't know either; a broker that expects a login would take nothing else in its place.
func lowerVersion(frame []byte) ([]byte, bool, error) {
	at := sizeLen + 2
	frame[at], frame[at+1] = noVersion>>8, noVersion&0xff
	return frame, true, nil
}

// clampVersions cuts what the broker offers down to what the filters understand. The lowest versions stay as they are, even where nobody uses
// them any more: librdkafka takes a Produce without version 0 for a broker without Produce (KAFKA-18659).
func (s *Stream) clampVersions(r *Response) error {
	m, err := Decode[messages.ApiVersionsResponse](r)
	if err != nil {
		return err
	}
	n := len(m.ApiKeys)
	m.ApiKeys = slices.DeleteFunc(m.ApiKeys, func(v messages.ApiVersionsResponseApiVersion) bool {
		_, newest, ok := kafkaproto.APIKey(v.ApiKey).Versions()
		if !ok {
			return s.chain.config.RefuseUnknown
		}
		return v.MinVersion > newest && s.chain.understands(kafkaproto.APIKey(v.ApiKey))
	})
	if len(m.ApiKeys) != n {
		r.Changed()
	}
	for i := range m.ApiKeys {
		v := &m.ApiKeys[i]
		_, newest, ok := kafkaproto.APIKey(v.ApiKey).Versions()
		if ok && v.MaxVersion > newest && s.chain.understands(kafkaproto.APIKey(v.ApiKey)) {
			v.MaxVersion = newest
			r.Changed()
		}
	}
	return nil
}
