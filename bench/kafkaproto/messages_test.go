package kafkaproto

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/twmb/franz-go/pkg/kmsg"

	// Registers the request that segmentio decodes.
	_ "github.com/segmentio/kafka-go/protocol/produce"
)

const topicName = "orders.placed.v1"

// batch makes a batch of magic 2 with one record of about size bytes.
func batch(size int) []byte {
	value := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	var rec []byte
	rec = append(rec, 0)    // attributes
	rec = append(rec, 0, 0) // timestamp and offset delta
	rec = append(rec, 1)    // null key
	rec = varint(rec, len(value))
	rec = append(rec, value...)
	rec = append(rec, 0) // headers
	rec = append(varint(nil, len(rec)), rec...)
	b := make([]byte, 61, 61+len(rec))
	b[16] = 2
	b[60] = 1
	b = append(b, rec...)
	n := len(b) - 12
	binary.BigEndian.PutUint32(b[8:], uint32(n))
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

func varint(b []byte, n int) []byte {
	u := uint32(n) << 1
	for u >= 0x80 {
		b = append(b, byte(u)|0x80)
		u >>= 7
	}
	return append(b, byte(u))
}

func produce(version int16) *messages.ProduceRequest {
	m := &messages.ProduceRequest{Acks: -1, TimeoutMs: 30000}
	topic := messages.ProduceRequestTopicProduceData{Name: []byte(topicName)}
	if version >= 13 {
		topic = messages.ProduceRequestTopicProduceData{TopicId: [16]byte{1}}
	}
	for i := range 4 {
		topic.PartitionData = append(topic.PartitionData,
			messages.ProduceRequestPartitionProduceData{Index: int32(i), Records: batch(16 << 10)})
	}
	m.TopicData = append(m.TopicData, topic)
	return m
}

func fetchResponse(version int16) *messages.FetchResponse {
	m := &messages.FetchResponse{}
	m.SetDefaults()
	topic := messages.FetchResponseFetchableTopicResponse{Topic: []byte(topicName)}
	if version >= 13 {
		topic = messages.FetchResponseFetchableTopicResponse{TopicId: [16]byte{1}}
	}
	for i := range 64 {
		var p messages.FetchResponsePartitionData
		p.SetDefaults()
		p.PartitionIndex, p.HighWatermark = int32(i), 1000
		p.Records = batch(16 << 10)
		topic.Partitions = append(topic.Partitions, p)
	}
	m.Responses = append(m.Responses, topic)
	return m
}

func metadataResponse(version int16) *messages.MetadataResponse {
	m := &messages.MetadataResponse{}
	m.SetDefaults()
	m.ClusterId = []byte("MkU3OEVBNTcwNTJENDM2Qg")
	for i := range 3 {
		m.Brokers = append(m.Brokers, messages.MetadataResponseBroker{
			NodeId: int32(i), Host: []byte("broker.example"), Port: 9092,
		})
	}
	for range 10 {
		var topic messages.MetadataResponseTopic
		topic.SetDefaults()
		topic.Name = []byte(topicName)
		for i := range 100 {
			var p messages.MetadataResponsePartition
			p.SetDefaults()
			p.PartitionIndex, p.LeaderId, p.LeaderEpoch = int32(i), int32(i%3), 5
			p.ReplicaNodes, p.IsrNodes = []int32{0, 1, 2}, []int32{0, 1, 2}
			topic.Partitions = append(topic.Partitions, p)
		}
		m.Topics = append(m.Topics, topic)
	}
	return m
}

// each is one message in one version, with what the others need for it.
type each struct {
	name    string
	version int16
	message kafkaproto.Message
	franz   interface {
		UnsafeReadFrom([]byte) error
		SetVersion(int16)
		AppendTo([]byte) []byte
	}
	// read and write are segmentio's, nil where it doesn't know the version.
	read  func(*testing.B, []byte)
	write func(*testing.B)
}

func all() []each {
	return []each{
		{"ProduceOld", 8, produce(8), new(kmsg.ProduceRequest), readRequest, writeProduce},
		{"Produce", 12, produce(12), new(kmsg.ProduceRequest), nil, nil},
		{"FetchOld", 11, fetchResponse(11), new(kmsg.FetchResponse), readResponse(protocol.Fetch, 11), writeFetch},
		{"Fetch", 16, fetchResponse(16), new(kmsg.FetchResponse), nil, nil},
		{"MetadataOld", 8, metadataResponse(8), new(kmsg.MetadataResponse), readResponse(protocol.Metadata, 8), writeMetadata},
		{"Metadata", 12, metadataResponse(12), new(kmsg.MetadataResponse), nil, nil},
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, e := range all() {
		body, err := e.message.AppendTo(nil, e.version)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(e.name+"/lib=nasp", func(b *testing.B) {
			start(b, body)
			for b.Loop() {
				if err := e.message.Decode(body, e.version); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(e.name+"/lib=kmsg", func(b *testing.B) {
			start(b, body)
			e.franz.SetVersion(e.version)
			for b.Loop() {
				if err := e.franz.UnsafeReadFrom(body); err != nil {
					b.Fatal(err)
				}
			}
		})
		if e.read != nil {
			b.Run(e.name+"/lib=segmentio", func(b *testing.B) {
				start(b, body)
				e.read(b, body)
			})
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, e := range all() {
		body, err := e.message.AppendTo(nil, e.version)
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, 0, len(body))
		b.Run(e.name+"/lib=nasp", func(b *testing.B) {
			start(b, body)
			for b.Loop() {
				if dst, err = e.message.AppendTo(dst[:0], e.version); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(e.name+"/lib=kmsg", func(b *testing.B) {
			start(b, body)
			e.franz.SetVersion(e.version)
			if err := e.franz.UnsafeReadFrom(body); err != nil {
				b.Fatal(err)
			}
			if !bytes.Equal(e.franz.AppendTo(nil), body) {
				b.Fatal("kmsg writes other bytes")
			}
			b.ResetTimer()
			for b.Loop() {
				dst = e.franz.AppendTo(dst[:0])
			}
		})
		if e.write != nil {
			b.Run(e.name+"/lib=segmentio", func(b *testing.B) {
				start(b, body)
				e.write(b)
			})
		}
	}
}

func start(b *testing.B, body []byte) {
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
}

func frame(header, body []byte) []byte {
	n := len(header) + len(body)
	f := binary.BigEndian.AppendUint32(nil, uint32(n))
	return append(append(f, header...), body...)
}

func readRequest(b *testing.B, body []byte) {
	f := frame([]byte{0, 0, 0, 8, 0, 0, 0, 1, 0, 1, 'c'}, body)
	r := bytes.NewReader(f)
	for b.Loop() {
		r.Reset(f)
		if _, _, _, _, err := protocol.ReadRequest(r); err != nil {
			b.Fatal(err)
		}
	}
}

func readResponse(key protocol.ApiKey, version int16) func(*testing.B, []byte) {
	return func(b *testing.B, body []byte) {
		f := frame([]byte{0, 0, 0, 1}, body)
		r := bytes.NewReader(f)
		for b.Loop() {
			r.Reset(f)
			if _, _, err := protocol.ReadResponse(r, key, version); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func writeProduce(b *testing.B) {
	req := &rawproduce.Request{Acks: -1, Timeout: 30000, Topics: []rawproduce.RequestTopic{{Topic: topicName}}}
	readers := make([]*bytes.Reader, 4)
	records := batch(16 << 10)
	for i := range readers {
		readers[i] = bytes.NewReader(records)
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, rawproduce.RequestPartition{
			Partition: int32(i), RecordSet: protocol.RawRecordSet{Reader: readers[i]},
		})
	}
	for b.Loop() {
		for _, r := range readers {
			r.Reset(records)
		}
		if err := protocol.WriteRequest(io.Discard, 8, 1, "c", req); err != nil {
			b.Fatal(err)
		}
	}
}

func writeFetch(b *testing.B) {
	value := bytes.Repeat([]byte("0123456789abcdef"), 1<<10)
	res := &fetch.Response{Topics: []fetch.ResponseTopic{{Topic: topicName, Partitions: make([]fetch.ResponsePartition, 64)}}}
	for b.Loop() {
		for i := range res.Topics[0].Partitions {
			p := &res.Topics[0].Partitions[i]
			p.Partition = int32(i)
			p.RecordSet = protocol.RecordSet{Version: 2, Records: protocol.NewRecordReader(protocol.Record{Value: protocol.NewBytes(value)})}
		}
		if err := protocol.WriteResponse(io.Discard, 11, 1, res); err != nil {
			b.Fatal(err)
		}
	}
}

func writeMetadata(b *testing.B) {
	body, err := metadataResponse(8).AppendTo(nil, 8)
	if err != nil {
		b.Fatal(err)
	}
	_, m, err := protocol.ReadResponse(bytes.NewReader(frame([]byte{0, 0, 0, 1}, body)), protocol.Metadata, 8)
	if err != nil {
		b.Fatal(err)
	}
	res := m.(*metadata.Response)
	for b.Loop() {
		if err := protocol.WriteResponse(io.Discard, 8, 1, res); err != nil {
			b.Fatal(err)
		}
	}
}
