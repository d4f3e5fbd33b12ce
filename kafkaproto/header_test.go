package kafkaproto

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto/wire"
)

func TestHeaderVersions(t *testing.T) {
	tests := []struct {
		key               APIKey
		version           int16
		request, response int16
	}{
		{APIKeyProduce, 8, 1, 0},
		{APIKeyProduce, 9, 2, 1},
		{APIKeyApiVersions, 2, 1, 0},
		{APIKeyApiVersions, 3, 2, 0}, // KIP-511
		{APIKeyApiVersions, 4, 2, 0},
		{APIKeyControlledShutdown, 0, 0, 0},
		{APIKeyControlledShutdown, 1, 1, 0},
		{APIKeyControlledShutdown, 3, 2, 1},
		{APIKeySaslHandshake, 1, 1, 0}, // never flexible
		{APIKeyConsumerGroupHeartbeat, 0, 2, 1},
		{APIKeyFetch, 999, 2, 1},
	}
	for _, tt := range tests {
		request, err1 := tt.key.RequestHeaderVersion(tt.version)
		response, err2 := tt.key.ResponseHeaderVersion(tt.version)
		if request != tt.request || response != tt.response || err1 != nil || err2 != nil {
			t.Errorf("%v v%d: %d and %d, want %d and %d", tt.key, tt.version, request, response, tt.request, tt.response)
		}
	}
	if _, err := APIKey(10001).RequestHeaderVersion(0); !errors.Is(err, UnsupportedVersion) {
		t.Errorf("unknown API: %v", err)
	}
}

func TestUnsupportedVersionNamesBoth(t *testing.T) {
	err := APIKeyProduce.Supports(ProduceMaxVersion + 1)
	for _, part := range []string{"Produce", "14", "13"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v doesn't name %s", err, part)
		}
	}
	if _, max, ok := APIKeyProduce.Versions(); !ok || max != ProduceMaxVersion {
		t.Errorf("the newest Produce is %d in the table, %d in the walker", max, ProduceMaxVersion)
	}
}

func TestRequestHeaderRoundTrip(t *testing.T) {
	tags := []wire.Tag{{Number: 1, Data: []byte("x")}}
	for _, h := range []RequestHeader{
		{APIKey: APIKeyControlledShutdown, APIVersion: 0, CorrelationID: 1},
		{APIKey: APIKeyMetadata, APIVersion: 8, CorrelationID: -1, ClientID: []byte("me")},
		{APIKey: APIKeyMetadata, APIVersion: 8, CorrelationID: 1},
		{APIKey: APIKeyMetadata, APIVersion: 8, CorrelationID: 1, ClientID: []byte{}},
		{APIKey: APIKeyMetadata, APIVersion: 9, CorrelationID: 1, ClientID: []byte("me"), Tags: tags},
	} {
		b, err := h.AppendTo([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, "body"...)
		got := RequestHeader{Tags: make([]wire.Tag, 5)}
		body, err := got.Parse(b[len("before"):])
		if err != nil || string(body) != "body" {
			t.Fatalf("%+v: body %q, %v", h, body, err)
		}
		if got.APIKey != h.APIKey || got.APIVersion != h.APIVersion || got.CorrelationID != h.CorrelationID ||
			!bytes.Equal(got.ClientID, h.ClientID) || (got.ClientID == nil) != (h.ClientID == nil) || len(got.Tags) != len(h.Tags) {
			t.Errorf("got %+v, want %+v", got, h)
		}
		for n := range len(b) - len("before") - len("body") {
			if _, err := got.Parse(b[6 : 6+n]); err == nil {
				t.Errorf("%+v: no error for %d bytes", h, n)
			}
		}
	}
	var h RequestHeader
	if _, err := h.Parse([]byte{0x27, 0x11, 0, 1, 0, 0, 0, 9}); !errors.Is(err, UnsupportedVersion) || h.APIKey != 10001 || h.CorrelationID != 9 {
		t.Errorf("unknown API: %+v, %v", h, err)
	}
	if _, err := (&RequestHeader{APIKey: APIKeyMetadata, APIVersion: 8, Tags: tags}).AppendTo(nil); !errors.Is(err, NotInVersion) {
		t.Errorf("tags in version 1: %v", err)
	}
}

func TestResponseHeaderRoundTrip(t *testing.T) {
	h := ResponseHeader{CorrelationID: 77, Tags: []wire.Tag{{Number: 9, Data: []byte("abc")}}}
	b, err := h.AppendTo(nil, APIKeyMetadata, 9)
	if err != nil {
		t.Fatal(err)
	}
	var got ResponseHeader
	body, err := got.Parse(append(b, 'x'), APIKeyMetadata, 9)
	if err != nil || string(body) != "x" || got.CorrelationID != 77 || len(got.Tags) != 1 || string(got.Tags[0].Data) != "abc" {
		t.Fatalf("%+v, %q, %v", got, body, err)
	}
	if body, err = got.Parse(append(b, 'x'), APIKeyApiVersions, 3); err != nil || len(body) != len(b)+1-4 {
		t.Errorf("ApiVersions: %d bytes of body, %v", len(body), err)
	}
}

func FuzzHeaders(f *testing.F) {
	for _, version := range []int16{0, 8, 9} {
		f.Add(request(version))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var h RequestHeader
		if body, err := h.Parse(in); err == nil {
			out, err := h.AppendTo(nil)
			if err != nil {
				t.Fatal(err)
			}
			var again RequestHeader
			if rest, err := again.Parse(append(out, body...)); err != nil || !bytes.Equal(rest, body) {
				t.Fatalf("%v", err)
			}
		}
		for _, key := range []APIKey{APIKeyMetadata, APIKeyApiVersions} {
			var r ResponseHeader
			_, _ = r.Parse(in, key, 9)
		}
	})
}
