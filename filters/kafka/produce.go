package kafka

import (
	"strconv"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// produceItems are the partitions of a Produce request, of all its topics.
type produceItems struct{}

func (produceItems) newRequest() kafkaproto.Message  { return new(messages.ProduceRequest) }
func (produceItems) newResponse() kafkaproto.Message { return new(messages.ProduceResponse) }

func (produceItems) count(m kafkaproto.Message) (n int) {
	for _, t := range m.(*messages.ProduceRequest).TopicData {
		n += len(t.PartitionData)
	}
	return n
}

// topicKey tells topics apart, by name or by id.
func topicKey(name []byte, id [16]byte) string { return string(name) + string(id[:]) }

func partitionKey(topic string, index int32) string { return topic + "/" + strconv.Itoa(int(index)) }

func (produceItems) keys(m kafkaproto.Message) (keys []string) {
	forPartitions(m.(*messages.ProduceRequest), func(t *messages.ProduceRequestTopicProduceData, p *messages.ProduceRequestPartitionProduceData) {
		keys = append(keys, partitionKey(topicKey(t.Name, t.TopicId), p.Index))
	})
	return keys
}

func (produceItems) answer(response, request kafkaproto.Message, version int16, refused []*Refusal) {
	var parts []partitionResult
	i := 0
	forPartitions(request.(*messages.ProduceRequest), func(t *messages.ProduceRequestTopicProduceData, p *messages.ProduceRequestPartitionProduceData) {
		if f := refused[i]; f != nil {
			r := messages.ProduceResponsePartitionProduceResponse{}
			r.SetDefaults()
			r.Index, r.ErrorCode, r.BaseOffset = p.Index, int16(f.Code), -1
			if version >= 8 { // KIP-467; not ignorable before
				r.ErrorMessage = text(f.Message)
			}
			parts = append(parts, partitionResult{t.Name, t.TopicId, r})
		}
		i++
	})
	response.(*messages.ProduceResponse).Responses = group(parts)
}

func (produceItems) remove(m kafkaproto.Message, refused []*Refusal) {
	req := m.(*messages.ProduceRequest)
	topics := req.TopicData[:0]
	for _, t := range req.TopicData {
		n := len(t.PartitionData)
		t.PartitionData = without(t.PartitionData, refused[:n])
		refused = refused[n:]
		if len(t.PartitionData) > 0 {
			topics = append(topics, t)
		}
	}
	req.TopicData = topics
}

func (produceItems) merge(broker, refused kafkaproto.Message, keys []string, isRefused []bool) {
	b := broker.(*messages.ProduceResponse)
	b.Responses = group(merged(flatten(b), flatten(refused.(*messages.ProduceResponse)), keys, isRefused, func(p *partitionResult) string {
		return partitionKey(topicKey(p.topic, p.id), p.result.Index)
	}))
}

// partitionResult is a partition's result with its topic.
type partitionResult struct {
	topic  []byte
	id     [16]byte
	result messages.ProduceResponsePartitionProduceResponse
}

func flatten(m *messages.ProduceResponse) (parts []partitionResult) {
	for _, t := range m.Responses {
		for _, p := range t.PartitionResponses {
			parts = append(parts, partitionResult{t.Name, t.TopicId, p})
		}
	}
	return parts
}

// group puts the partitions of a topic together. No topic comes twice.
func group(parts []partitionResult) (topics []messages.ProduceResponseTopicProduceResponse) {
	at := map[string]int{}
	for _, p := range parts {
		key := topicKey(p.topic, p.id)
		i, ok := at[key]
		if !ok {
			i = len(topics)
			at[key] = i
			topics = append(topics, messages.ProduceResponseTopicProduceResponse{Name: p.topic, TopicId: p.id})
		}
		topics[i].PartitionResponses = append(topics[i].PartitionResponses, p.result)
	}
	return topics
}
