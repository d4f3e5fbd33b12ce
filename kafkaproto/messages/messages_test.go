package messages

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto/wire"
)

// wantError fails unless err is of the kind and names the field.
func wantError(t *testing.T, err error, kind wire.Kind, field string) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Field != field {
		t.Errorf("got %v, want %s: %v", err, field, kind)
	}
}

func TestFieldsOfOtherVersions(t *testing.T) {
	p := &ProduceRequest{TransactionalId: []byte("t")}
	dst := []byte("before")
	out, err := p.AppendTo(dst, 2)
	wantError(t, err, wire.NotInVersion, "ProduceRequest.TransactionalId")
	if string(out) != "before" {
		t.Errorf("after an error dst is %q", out)
	}
	if _, err := p.AppendTo(nil, 3); err != nil {
		t.Error(err)
	}
	// Ignorable ones are left out.
	m := &MetadataResponse{}
	m.SetDefaults()
	m.ClusterId, m.ThrottleTimeMs = []byte("c"), 7
	if _, err := m.AppendTo(nil, 0); err != nil {
		t.Error(err)
	}
	// A zero struct isn't one with defaults.
	f := &FetchRequest{Topics: []FetchRequestFetchTopic{{Partitions: []FetchRequestFetchPartition{{}}}}}
	f.ReplicaId, f.MaxBytes = -1, 0x7fffffff
	f.ReplicaState.SetDefaults()
	f.Topics[0].Partitions[0].SetDefaults()
	if _, err := f.AppendTo(nil, 0); err != nil {
		t.Error(err)
	}
}

func TestUnknownTagsNeedFlexibleVersions(t *testing.T) {
	p := &ProduceRequest{UnknownTags: []wire.Tag{{Number: 1}}}
	_, err := p.AppendTo(nil, 8)
	wantError(t, err, wire.NotInVersion, "ProduceRequest.UnknownTags")
	if _, err := p.AppendTo(nil, 9); err != nil {
		t.Error(err)
	}
}

func TestNull(t *testing.T) {
	// Null means all topics from version 1 on; before that an empty list did, and null isn't allowed.
	m := &MetadataRequest{AllowAutoTopicCreation: true}
	_, err := m.AppendTo(nil, 0)
	wantError(t, err, wire.NullNotAllowed, "MetadataRequest.Topics")
	for _, topics := range [][]MetadataRequestTopic{nil, {}} {
		m.Topics = topics
		b, err := m.AppendTo(nil, 9)
		if err != nil {
			t.Fatal(err)
		}
		var got MetadataRequest
		if err := got.Decode(b, 9); err != nil || (got.Topics == nil) != (topics == nil) {
			t.Errorf("%#v became %#v, %v", topics, got.Topics, err)
		}
	}
	var got MetadataRequest
	wantError(t, got.Decode([]byte{0xff, 0xff, 0xff, 0xff}, 0), wire.NullNotAllowed, "MetadataRequest.Topics")
}

// TestTagsOfLaterVersions checks that a tag which only a later version defines is kept as unknown.
func TestTagsOfLaterVersions(t *testing.T) {
	later := &FetchRequest{}
	later.SetDefaults()
	p := FetchRequestFetchPartition{}
	p.SetDefaults()
	p.ReplicaDirectoryId = wire.UUID{1}
	later.Topics = []FetchRequestFetchTopic{{Partitions: []FetchRequestFetchPartition{p}}}
	b, err := later.AppendTo(nil, 17)
	if err != nil {
		t.Fatal(err)
	}
	// Version 16 is laid out as 17 but for that tag.
	var m FetchRequest
	if err := m.Decode(b, 16); err != nil {
		t.Fatal(err)
	}
	got := m.Topics[0].Partitions[0]
	if len(got.UnknownTags) != 1 || got.UnknownTags[0].Number != 0 || got.ReplicaDirectoryId != (wire.UUID{}) {
		t.Fatalf("%+v", got)
	}
	if out, err := m.AppendTo(nil, 16); err != nil || !bytes.Equal(out, b) {
		t.Errorf("got % x, %v, want % x", out, err, b)
	}
}

func TestDecodedSlicesDontReachIntoTheInput(t *testing.T) {
	b, err := (&ProduceRequest{
		TransactionalId: []byte("tx"),
		TopicData:       []ProduceRequestTopicProduceData{{Name: []byte("a"), PartitionData: []ProduceRequestPartitionProduceData{{Records: []byte("r")}}}},
	}).AppendTo(nil, 9)
	if err != nil {
		t.Fatal(err)
	}
	was := bytes.Clone(b)
	var m ProduceRequest
	if err := m.Decode(b, 9); err != nil {
		t.Fatal(err)
	}
	_ = append(m.TransactionalId, "xxxx"...)
	_ = append(m.TopicData[0].Name, "xxxx"...)
	_ = append(m.TopicData[0].PartitionData[0].Records, "xxxx"...)
	if !bytes.Equal(b, was) {
		t.Error("appending to a field has changed the input")
	}
}

// TestReuse decodes a short message into one that held a longer one, in an older version: nothing of before may be left.
func TestReuse(t *testing.T) {
	long := &ProduceRequest{TransactionalId: []byte("tx")}
	for range 3 {
		long.TopicData = append(long.TopicData, ProduceRequestTopicProduceData{
			Name:          []byte("long"),
			PartitionData: []ProduceRequestPartitionProduceData{{Index: 1, Records: []byte("r"), UnknownTags: []wire.Tag{{Number: 7}}}},
			UnknownTags:   []wire.Tag{{Number: 8}},
		})
	}
	short := &ProduceRequest{TopicData: []ProduceRequestTopicProduceData{{Name: []byte("s")}}}
	b, err := long.AppendTo(nil, 9)
	if err != nil {
		t.Fatal(err)
	}
	s, err := short.AppendTo(nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	var m ProduceRequest
	for range 2 {
		if err := m.Decode(b, 9); err != nil || len(m.TopicData) != 3 {
			t.Fatal(err)
		}
		if err := m.Decode(s, 2); err != nil {
			t.Fatal(err)
		}
		if out, err := m.AppendTo(nil, 2); err != nil || !bytes.Equal(out, s) || m.TransactionalId != nil {
			t.Fatalf("%+v, %v", m, err)
		}
	}
}

func TestErrorsHoldNoContent(t *testing.T) {
	secret := "synthetic-secret"
	b, err := (&SaslAuthenticateRequest{AuthBytes: []byte(secret)}).AppendTo(nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		var m SaslAuthenticateRequest
		if err := m.Decode(b[:n], 1); err == nil || strings.Contains(err.Error(), secret[:4]) {
			t.Errorf("%v", err)
		}
	}
}
