package kafkaproto

import (
	"encoding/binary"
	"github.com/libnasp/libnasp/kafkaproto/wire"
	"strings"
	"testing"
)

// request builds a Produce request of two topics, t with partitions 0 and 1, and u with partition 5, by Kafka's message format.
func request(version int16) []byte {
	flexible := version >= 9
	b := binary.BigEndian.AppendUint16(nil, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(version))
	b = append(b, 0, 0, 0, 42, 0, 2, 'm', 'e')
	tags := func() {
		if flexible {
			b = append(b, 1, 9, 2, 'x', 'y') // an unknown one
		}
	}
	array := func(n byte) {
		if flexible {
			b = append(b, n+1)
		} else {
			b = append(b, 0, 0, 0, n)
		}
	}
	tags()
	if version >= 3 {
		if flexible {
			b = append(b, 0)
		} else {
			b = append(b, 0xff, 0xff)
		}
	}
	b = append(b, 0xff, 0xff, 0, 0, 1, 0) // acks, timeout
	topic := func(name string, partitions ...byte) {
		switch {
		case version >= 13:
			b = append(b, strings.Repeat(name, 16)...)
		case flexible:
			b = append(append(b, byte(len(name)+1)), name...)
		default:
			b = append(append(b, 0, byte(len(name))), name...)
		}
		array(byte(len(partitions)))
		for _, p := range partitions {
			b = append(b, 0, 0, 0, p)
			array(3)
			b = append(b, "rec"...)
			tags()
		}
		tags()
	}
	array(2)
	topic("t", 0, 1)
	topic("u", 5)
	tags()
	return b
}

func TestProduceVersions(t *testing.T) {
	for version := int16(0); version <= ProduceMaxVersion; version++ {
		var p ProduceRequest
		if err := p.Parse(request(version)); err != nil {
			t.Errorf("version %d: %v", version, err)
			continue
		}
		if p.CorrelationID != 42 || string(p.ClientID) != "me" || p.Acks != -1 || len(p.Partitions) != 3 {
			t.Errorf("version %d: read %+v", version, p)
		}
		if last := p.Partitions[2]; last.Index != 5 || last.Topic[0] != 'u' || string(last.Records) != "rec" {
			t.Errorf("version %d: last partition %+v", version, last)
		}
		if n := countTopics(p.Partitions); n != 2 {
			t.Errorf("version %d: %d topics", version, n)
		}
	}
}

func TestProduceCutOffAnywhere(t *testing.T) {
	for version := int16(0); version <= ProduceMaxVersion; version++ {
		whole := request(version)
		for n := range whole {
			var p ProduceRequest
			if p.Parse(whole[:n:n]) == nil {
				t.Errorf("version %d: no error for %d of %d bytes", version, n, len(whole))
			}
		}
	}
}

func TestProduceRejects(t *testing.T) {
	var p ProduceRequest
	for _, v := range []int16{-1, ProduceMaxVersion + 1} {
		if err := p.Parse(request(v)); err == nil || !strings.Contains(err.Error(), "13") {
			t.Errorf("version %d: %v", v, err)
		}
	}
	if p.Parse(append(request(9), 0)) == nil {
		t.Error("no error for a trailing byte")
	}
}

func FuzzProduce(f *testing.F) {
	for version := int16(0); version <= ProduceMaxVersion; version++ {
		f.Add(request(version))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var p ProduceRequest
		if p.Parse(in) == nil {
			out := AppendProduceRefusal(nil, &p, InvalidRecord, "no")
			if int(wire.Uint32(out)) != len(out)-4 {
				t.Fatal("the refusal's size is wrong")
			}
		}
	})
}
