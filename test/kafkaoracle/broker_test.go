package kafkaoracle

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
	"github.com/libnasp/libnasp/kafkaproto/registry"
)

// broker is as much of a Kafka broker as kcat needs to produce to and consume from partition 0 of any topic, built from
// kafkaproto alone. What is stored was changed by edit on the way in.
type broker struct {
	t    *testing.T
	addr *net.TCPAddr
	max  map[kafkaproto.APIKey]int16 // the versions that it says it knows
	edit func(records []byte) ([]byte, error)

	mu   sync.Mutex
	logs map[string][]byte // records by topic; all begin at offset 0
	raw  map[string][]byte // as they came
}

// startBroker starts a broker that takes records of the magic at most.
func startBroker(t *testing.T, magic int, edit func([]byte) ([]byte, error)) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{t: t, addr: l.Addr().(*net.TCPAddr), edit: edit, logs: map[string][]byte{}, raw: map[string][]byte{}}
	b.max = map[kafkaproto.APIKey]int16{
		kafkaproto.APIKeyProduce:         []int16{1, 2, 7}[magic],
		kafkaproto.APIKeyFetch:           []int16{1, 2, 11}[magic],
		kafkaproto.APIKeyListOffsets:     1,
		kafkaproto.APIKeyMetadata:        4,
		kafkaproto.APIKeyFindCoordinator: 0,
		kafkaproto.APIKeyApiVersions:     3,
	}
	var conns sync.WaitGroup
	var open []net.Conn
	t.Cleanup(func() {
		l.Close()
		b.mu.Lock()
		for _, c := range open {
			c.Close()
		}
		b.mu.Unlock()
		conns.Wait()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			open = append(open, c)
			b.mu.Unlock()
			conns.Go(func() { b.serve(c) })
		}
	}()
	return b
}

// serve answers the requests of one connection.
func (b *broker) serve(c net.Conn) {
	defer c.Close()
	for {
		frame, err := readFrame(c)
		if err != nil {
			if err != io.EOF && !errors.Is(err, net.ErrClosed) {
				b.t.Logf("the client's connection: %v", err)
			}
			return
		}
		out, err := b.answer(frame)
		if err != nil {
			b.t.Errorf("broker: %v", err)
			return
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// readFrame reads a frame and returns it without its size.
func readFrame(r io.Reader) ([]byte, error) {
	size := make([]byte, kafkaproto.FrameSizeLen)
	if _, err := io.ReadFull(r, size); err != nil {
		return nil, err
	}
	n, err := kafkaproto.FrameSize(size, 0)
	if err != nil {
		return nil, err
	}
	frame := make([]byte, n)
	_, err = io.ReadFull(r, frame)
	return frame, err
}

func (b *broker) answer(frame []byte) ([]byte, error) {
	var h kafkaproto.RequestHeader
	body, err := h.Parse(frame)
	if err != nil {
		return nil, err
	}
	version := h.APIVersion
	req := registry.NewRequest(h.APIKey)
	if err := req.Decode(body, version); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var res kafkaproto.Message
	switch req := req.(type) {
	case *messages.ApiVersionsRequest:
		res = b.apiVersions()
	case *messages.MetadataRequest:
		res = b.metadata(req)
	case *messages.ProduceRequest:
		res, err = b.produce(req)
	case *messages.FetchRequest:
		res = b.fetch(req)
	case *messages.ListOffsetsRequest:
		res = b.listOffsets(req, version)
	default:
		err = errors.New("no answer to " + req.MessageName())
	}
	if err != nil {
		return nil, err
	}
	out := make([]byte, 4, 1024)
	if out, err = (&kafkaproto.ResponseHeader{CorrelationID: h.CorrelationID}).AppendTo(out, h.APIKey, version); err != nil {
		return nil, err
	}
	if out, err = res.AppendTo(out, version); err != nil {
		return nil, err
	}
	n := len(out) - 4
	out[0], out[1], out[2], out[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	return out, nil
}

func (b *broker) apiVersions() kafkaproto.Message {
	res := &messages.ApiVersionsResponse{}
	res.SetDefaults()
	for key, max := range b.max {
		res.ApiKeys = append(res.ApiKeys, messages.ApiVersionsResponseApiVersion{ApiKey: int16(key), MaxVersion: max})
	}
	return res
}

func (b *broker) metadata(req *messages.MetadataRequest) kafkaproto.Message {
	res := &messages.MetadataResponse{}
	res.SetDefaults()
	res.ControllerId = 1
	res.Brokers = []messages.MetadataResponseBroker{{NodeId: 1, Host: []byte("127.0.0.1"), Port: int32(b.addr.Port)}}
	for _, t := range req.Topics {
		var topic messages.MetadataResponseTopic
		topic.SetDefaults()
		topic.Name = t.Name
		var p messages.MetadataResponsePartition
		p.SetDefaults()
		p.LeaderId, p.ReplicaNodes, p.IsrNodes = 1, []int32{1}, []int32{1}
		topic.Partitions = append(topic.Partitions, p)
		res.Topics = append(res.Topics, topic)
	}
	return res
}

func (b *broker) produce(req *messages.ProduceRequest) (kafkaproto.Message, error) {
	res := &messages.ProduceResponse{}
	res.SetDefaults()
	for _, t := range req.TopicData {
		out := messages.ProduceResponseTopicProduceResponse{Name: t.Name}
		for _, p := range t.PartitionData {
			var part messages.ProduceResponsePartitionProduceResponse
			part.SetDefaults()
			part.Index = p.Index
			name := string(t.Name)
			if b.logs[name] != nil {
				return nil, errors.New("a second request for " + name + ": its offsets would have to be set")
			}
			b.raw[name] = append([]byte(nil), p.Records...)
			records, err := b.edit(p.Records)
			if err != nil {
				return nil, err
			}
			b.logs[name] = records
			out.PartitionResponses = append(out.PartitionResponses, part)
		}
		res.Responses = append(res.Responses, out)
	}
	return res, nil
}

func (b *broker) listOffsets(req *messages.ListOffsetsRequest, version int16) kafkaproto.Message {
	res := &messages.ListOffsetsResponse{}
	res.SetDefaults()
	for _, t := range req.Topics {
		out := messages.ListOffsetsResponseListOffsetsTopicResponse{Name: t.Name}
		for _, p := range t.Partitions {
			var part messages.ListOffsetsResponseListOffsetsPartitionResponse
			part.SetDefaults()
			offset := int64(0)
			if p.Timestamp == -1 { // the end
				offset = countRecords(b.t, b.logs[string(t.Name)])
			}
			part.PartitionIndex, part.Offset = p.PartitionIndex, offset
			if version == 0 {
				part.Offset, part.OldStyleOffsets = -1, []int64{offset}
			}
			out.Partitions = append(out.Partitions, part)
		}
		res.Topics = append(res.Topics, out)
	}
	return res
}

func (b *broker) fetch(req *messages.FetchRequest) kafkaproto.Message {
	res := &messages.FetchResponse{}
	res.SetDefaults()
	for _, t := range req.Topics {
		out := messages.FetchResponseFetchableTopicResponse{Topic: t.Topic}
		for _, p := range t.Partitions {
			var part messages.FetchResponsePartitionData
			part.SetDefaults()
			records := b.logs[string(t.Topic)]
			end := countRecords(b.t, records)
			part.PartitionIndex, part.HighWatermark, part.LastStableOffset = p.Partition, end, end
			part.Records = []byte{}
			if p.FetchOffset < end {
				part.Records = records
			}
			out.Partitions = append(out.Partitions, part)
		}
		res.Responses = append(res.Responses, out)
	}
	return res
}

func (b *broker) address() string { return "127.0.0.1:" + strconv.Itoa(b.addr.Port) }

// countRecords returns the number of records, which is the end offset too.
func countRecords(t *testing.T, records []byte) (n int64) {
	each(t, records, func(*kafkaproto.EditableRecord) { n++ })
	return n
}
