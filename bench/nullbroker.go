package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// nullBroker acknowledges what is produced and forgets it. Each of its listeners tells clients an address of its own, so that there can be proxies
// before it.
type nullBroker struct {
	offset atomic.Int64
}

// serve accepts connections, whose clients are told to connect to advertised.
func (n *nullBroker) serve(l net.Listener, advertised string) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			_ = n.connection(c, advertised) // a client that goes away is the usual end
		}()
	}
}

const maxRequest = 128 << 20

func (n *nullBroker) connection(c net.Conn, advertised string) error {
	r := bufio.NewReaderSize(c, 256<<10)
	var frame, out []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return err
		}
		length := binary.BigEndian.Uint32(size[:])
		if length > maxRequest {
			return errors.New("bench: a request is too large")
		}
		if cap(frame) < int(length) {
			frame = make([]byte, length)
		}
		frame = frame[:length]
		if _, err := io.ReadFull(r, frame); err != nil {
			return err
		}
		var err error
		if out, err = n.answer(append(out[:0], 0, 0, 0, 0), frame, advertised); err != nil {
			return err
		}
		if len(out) == 4 {
			continue
		}
		binary.BigEndian.PutUint32(out, uint32(len(out)-4))
		if _, err := c.Write(out); err != nil {
			return err
		}
	}
}

// answer appends the response to a request, nothing if it wants none.
func (n *nullBroker) answer(out, frame []byte, advertised string) ([]byte, error) {
	var h kafkaproto.RequestHeader
	body, err := h.Parse(frame)
	if err != nil {
		return nil, err
	}
	var response kafkaproto.Message
	switch h.APIKey {
	case kafkaproto.APIKeyApiVersions:
		response = n.versions()
	case kafkaproto.APIKeyMetadata:
		if response, err = n.metadata(body, h.APIVersion, advertised); err != nil {
			return nil, err
		}
	case kafkaproto.APIKeyProduce:
		var p kafkaproto.ProduceRequest
		if err := p.Parse(frame); err != nil {
			return nil, err
		}
		if p.Acks == 0 {
			return out, nil
		}
		response = n.produced(&p)
	default:
		return nil, fmt.Errorf("bench: the null broker doesn't know %v", h.APIKey)
	}
	rh := kafkaproto.ResponseHeader{CorrelationID: h.CorrelationID}
	if out, err = rh.AppendTo(out, h.APIKey, h.APIVersion); err != nil {
		return nil, err
	}
	return response.AppendTo(out, h.APIVersion)
}

func (n *nullBroker) versions() *messages.ApiVersionsResponse {
	return &messages.ApiVersionsResponse{ApiKeys: []messages.ApiVersionsResponseApiVersion{
		{ApiKey: int16(kafkaproto.APIKeyProduce), MinVersion: 0, MaxVersion: 9},
		{ApiKey: int16(kafkaproto.APIKeyMetadata), MinVersion: 0, MaxVersion: 9},
		{ApiKey: int16(kafkaproto.APIKeyApiVersions), MinVersion: 0, MaxVersion: 3},
	}}
}

// metadata says that every topic has one partition, here.
func (n *nullBroker) metadata(body []byte, version int16, advertised string) (*messages.MetadataResponse, error) {
	var request messages.MetadataRequest
	if err := request.Decode(body, version); err != nil {
		return nil, err
	}
	host, service, err := net.SplitHostPort(advertised)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseInt(service, 10, 32)
	if err != nil {
		return nil, err
	}
	response := &messages.MetadataResponse{
		ClusterId: []byte("null"), ControllerId: 1,
		Brokers: []messages.MetadataResponseBroker{{NodeId: 1, Host: []byte(host), Port: int32(port)}},
	}
	for _, topic := range request.Topics {
		response.Topics = append(response.Topics, messages.MetadataResponseTopic{
			Name:       topic.Name,
			Partitions: []messages.MetadataResponsePartition{{LeaderId: 1, ReplicaNodes: []int32{1}, IsrNodes: []int32{1}}},
		})
	}
	return response, nil
}

func (n *nullBroker) produced(p *kafkaproto.ProduceRequest) *messages.ProduceResponse {
	response := &messages.ProduceResponse{}
	for _, part := range p.Partitions {
		response.Responses = append(response.Responses, messages.ProduceResponseTopicProduceResponse{
			Name: part.Topic, PartitionResponses: []messages.ProduceResponsePartitionProduceResponse{{Index: part.Index, BaseOffset: n.offset.Add(1), LogAppendTimeMs: -1}},
		})
	}
	return response
}
