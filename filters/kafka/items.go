package kafka

import (
	"strconv"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// items knows what an API's request asks for one by one, and what the response says to each.
type items interface {
	newRequest() kafkaproto.Message
	newResponse() kafkaproto.Message
	count(request kafkaproto.Message) int
	// keys returns what the results are told apart by, in the order of the request.
	keys(request kafkaproto.Message) []string
	// answer puts results for the refused items into an empty response.
	answer(response, request kafkaproto.Message, version int16, refused []*Refusal)
	// remove takes the refused items out.
	remove(request kafkaproto.Message, refused []*Refusal)
	// merge puts the results of refused, which has those alone, into the broker's response.
	merge(broker, refused kafkaproto.Message, keys []string, isRefused []bool)
}

// itemsOf returns the items of an API, nil if it has none.
func itemsOf(key kafkaproto.APIKey, version int16) items {
	switch key {
	case kafkaproto.APIKeyProduce:
		return produceItems{}
	case kafkaproto.APIKeyCreateTopics:
		return createTopics
	case kafkaproto.APIKeyDeleteTopics:
		if version < 6 {
			return deleteTopicNames
		}
		return deleteTopics
	case kafkaproto.APIKeyDeleteRecords:
		return deleteRecords
	case kafkaproto.APIKeyCreatePartitions:
		return createPartitions
	case kafkaproto.APIKeyAlterConfigs:
		return alterConfigs
	case kafkaproto.APIKeyIncrementalAlterConfigs:
		return incrementalAlterConfigs
	case kafkaproto.APIKeyAlterPartitionReassignments:
		return alterPartitionReassignments
	}
	return nil
}

// list is the items of an API whose request and response have a list each.
type list[Q, P, I, O any] struct {
	in     func(*Q) *[]I
	out    func(*P) *[]O
	inKey  func(*I) string
	outKey func(*O) string
	refuse func(*I, *Refusal) O
}

func (list[Q, P, I, O]) newRequest() kafkaproto.Message  { return any(new(Q)).(kafkaproto.Message) }
func (list[Q, P, I, O]) newResponse() kafkaproto.Message { return any(new(P)).(kafkaproto.Message) }

func (l list[Q, P, I, O]) items(m kafkaproto.Message) *[]I { return l.in(any(m).(*Q)) }

func (l list[Q, P, I, O]) results(m kafkaproto.Message) *[]O { return l.out(any(m).(*P)) }

func (l list[Q, P, I, O]) count(m kafkaproto.Message) int { return len(*l.items(m)) }

func (l list[Q, P, I, O]) keys(m kafkaproto.Message) []string {
	var keys []string
	for _, i := range *l.items(m) {
		keys = append(keys, l.inKey(&i))
	}
	return keys
}

func (l list[Q, P, I, O]) answer(response, request kafkaproto.Message, _ int16, refused []*Refusal) {
	in, out := *l.items(request), l.results(response)
	for i, f := range refused {
		if f != nil {
			*out = append(*out, l.refuse(&in[i], f))
		}
	}
}

func (l list[Q, P, I, O]) remove(m kafkaproto.Message, refused []*Refusal) {
	in := l.items(m)
	*in = without(*in, refused)
}

func (l list[Q, P, I, O]) merge(broker, refused kafkaproto.Message, keys []string, isRefused []bool) {
	out := l.results(broker)
	*out = merged(*out, *l.results(refused), keys, isRefused, l.outKey)
}

var createTopics = list[messages.CreateTopicsRequest, messages.CreateTopicsResponse, messages.CreateTopicsRequestCreatableTopic, messages.CreateTopicsResponseCreatableTopicResult]{
	in: func(m *messages.CreateTopicsRequest) *[]messages.CreateTopicsRequestCreatableTopic { return &m.Topics },
	out: func(m *messages.CreateTopicsResponse) *[]messages.CreateTopicsResponseCreatableTopicResult {
		return &m.Topics
	},
	inKey:  func(t *messages.CreateTopicsRequestCreatableTopic) string { return string(t.Name) },
	outKey: func(t *messages.CreateTopicsResponseCreatableTopicResult) string { return string(t.Name) },
	refuse: func(t *messages.CreateTopicsRequestCreatableTopic, f *Refusal) (r messages.CreateTopicsResponseCreatableTopicResult) {
		r.SetDefaults()
		r.Name, r.ErrorCode, r.ErrorMessage = t.Name, int16(f.Code), text(f.Message)
		return r
	},
}

var deleteTopicNames = list[messages.DeleteTopicsRequest, messages.DeleteTopicsResponse, []byte, messages.DeleteTopicsResponseDeletableTopicResult]{
	in:     func(m *messages.DeleteTopicsRequest) *[][]byte { return &m.TopicNames },
	out:    deleteTopicsResults,
	inKey:  func(t *[]byte) string { return string(*t) },
	outKey: func(t *messages.DeleteTopicsResponseDeletableTopicResult) string { return string(t.Name) },
	refuse: func(t *[]byte, f *Refusal) (r messages.DeleteTopicsResponseDeletableTopicResult) {
		r.SetDefaults()
		r.Name, r.ErrorCode, r.ErrorMessage = *t, int16(f.Code), text(f.Message)
		return r
	},
}

// Topics are deleted by name or by id from version 6 on. A broker answers by the one that it was asked by, with the other as it likes.
var deleteTopics = list[messages.DeleteTopicsRequest, messages.DeleteTopicsResponse, messages.DeleteTopicsRequestDeleteTopicState, messages.DeleteTopicsResponseDeletableTopicResult]{
	in: func(m *messages.DeleteTopicsRequest) *[]messages.DeleteTopicsRequestDeleteTopicState {
		return &m.Topics
	},
	out:    deleteTopicsResults,
	inKey:  func(t *messages.DeleteTopicsRequestDeleteTopicState) string { return nameOrID(t.Name, t.TopicId) },
	outKey: func(t *messages.DeleteTopicsResponseDeletableTopicResult) string { return nameOrID(t.Name, t.TopicId) },
	refuse: func(t *messages.DeleteTopicsRequestDeleteTopicState, f *Refusal) (r messages.DeleteTopicsResponseDeletableTopicResult) {
		r.SetDefaults()
		r.Name, r.TopicId, r.ErrorCode, r.ErrorMessage = t.Name, t.TopicId, int16(f.Code), text(f.Message)
		return r
	},
}

func deleteTopicsResults(m *messages.DeleteTopicsResponse) *[]messages.DeleteTopicsResponseDeletableTopicResult {
	return &m.Responses
}

func nameOrID(name []byte, id [16]byte) string {
	if name == nil {
		return string(id[:])
	}
	return string(name)
}

// A topic's partitions are refused together.
var deleteRecords = list[messages.DeleteRecordsRequest, messages.DeleteRecordsResponse, messages.DeleteRecordsRequestDeleteRecordsTopic, messages.DeleteRecordsResponseDeleteRecordsTopicResult]{
	in: func(m *messages.DeleteRecordsRequest) *[]messages.DeleteRecordsRequestDeleteRecordsTopic {
		return &m.Topics
	},
	out: func(m *messages.DeleteRecordsResponse) *[]messages.DeleteRecordsResponseDeleteRecordsTopicResult {
		return &m.Topics
	},
	inKey:  func(t *messages.DeleteRecordsRequestDeleteRecordsTopic) string { return string(t.Name) },
	outKey: func(t *messages.DeleteRecordsResponseDeleteRecordsTopicResult) string { return string(t.Name) },
	refuse: func(t *messages.DeleteRecordsRequestDeleteRecordsTopic, f *Refusal) messages.DeleteRecordsResponseDeleteRecordsTopicResult {
		r := messages.DeleteRecordsResponseDeleteRecordsTopicResult{Name: t.Name}
		for _, p := range t.Partitions {
			r.Partitions = append(r.Partitions, messages.DeleteRecordsResponseDeleteRecordsPartitionResult{
				PartitionIndex: p.PartitionIndex, LowWatermark: -1, ErrorCode: int16(f.Code),
			})
		}
		return r
	},
}

var createPartitions = list[messages.CreatePartitionsRequest, messages.CreatePartitionsResponse, messages.CreatePartitionsRequestCreatePartitionsTopic, messages.CreatePartitionsResponseCreatePartitionsTopicResult]{
	in: func(m *messages.CreatePartitionsRequest) *[]messages.CreatePartitionsRequestCreatePartitionsTopic {
		return &m.Topics
	},
	out: func(m *messages.CreatePartitionsResponse) *[]messages.CreatePartitionsResponseCreatePartitionsTopicResult {
		return &m.Results
	},
	inKey:  func(t *messages.CreatePartitionsRequestCreatePartitionsTopic) string { return string(t.Name) },
	outKey: func(t *messages.CreatePartitionsResponseCreatePartitionsTopicResult) string { return string(t.Name) },
	refuse: func(t *messages.CreatePartitionsRequestCreatePartitionsTopic, f *Refusal) messages.CreatePartitionsResponseCreatePartitionsTopicResult {
		return messages.CreatePartitionsResponseCreatePartitionsTopicResult{Name: t.Name, ErrorCode: int16(f.Code), ErrorMessage: text(f.Message)}
	},
}

var alterConfigs = list[messages.AlterConfigsRequest, messages.AlterConfigsResponse, messages.AlterConfigsRequestAlterConfigsResource, messages.AlterConfigsResponseAlterConfigsResourceResponse]{
	in: func(m *messages.AlterConfigsRequest) *[]messages.AlterConfigsRequestAlterConfigsResource {
		return &m.Resources
	},
	out: func(m *messages.AlterConfigsResponse) *[]messages.AlterConfigsResponseAlterConfigsResourceResponse {
		return &m.Responses
	},
	inKey: func(t *messages.AlterConfigsRequestAlterConfigsResource) string {
		return resource(t.ResourceType, t.ResourceName)
	},
	outKey: func(t *messages.AlterConfigsResponseAlterConfigsResourceResponse) string {
		return resource(t.ResourceType, t.ResourceName)
	},
	refuse: func(t *messages.AlterConfigsRequestAlterConfigsResource, f *Refusal) messages.AlterConfigsResponseAlterConfigsResourceResponse {
		return messages.AlterConfigsResponseAlterConfigsResourceResponse{
			ErrorCode: int16(f.Code), ErrorMessage: text(f.Message), ResourceType: t.ResourceType, ResourceName: t.ResourceName,
		}
	},
}

var incrementalAlterConfigs = list[messages.IncrementalAlterConfigsRequest, messages.IncrementalAlterConfigsResponse, messages.IncrementalAlterConfigsRequestAlterConfigsResource, messages.IncrementalAlterConfigsResponseAlterConfigsResourceResponse]{
	in: func(m *messages.IncrementalAlterConfigsRequest) *[]messages.IncrementalAlterConfigsRequestAlterConfigsResource {
		return &m.Resources
	},
	out: func(m *messages.IncrementalAlterConfigsResponse) *[]messages.IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
		return &m.Responses
	},
	inKey: func(t *messages.IncrementalAlterConfigsRequestAlterConfigsResource) string {
		return resource(t.ResourceType, t.ResourceName)
	},
	outKey: func(t *messages.IncrementalAlterConfigsResponseAlterConfigsResourceResponse) string {
		return resource(t.ResourceType, t.ResourceName)
	},
	refuse: func(t *messages.IncrementalAlterConfigsRequestAlterConfigsResource, f *Refusal) messages.IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
		return messages.IncrementalAlterConfigsResponseAlterConfigsResourceResponse{
			ErrorCode: int16(f.Code), ErrorMessage: text(f.Message), ResourceType: t.ResourceType, ResourceName: t.ResourceName,
		}
	},
}

func resource(kind int8, name []byte) string { return strconv.Itoa(int(kind)) + "/" + string(name) }

// A topic's partitions are refused together.
var alterPartitionReassignments = list[messages.AlterPartitionReassignmentsRequest, messages.AlterPartitionReassignmentsResponse, messages.AlterPartitionReassignmentsRequestReassignableTopic, messages.AlterPartitionReassignmentsResponseReassignableTopicResponse]{
	in: func(m *messages.AlterPartitionReassignmentsRequest) *[]messages.AlterPartitionReassignmentsRequestReassignableTopic {
		return &m.Topics
	},
	out: func(m *messages.AlterPartitionReassignmentsResponse) *[]messages.AlterPartitionReassignmentsResponseReassignableTopicResponse {
		return &m.Responses
	},
	inKey: func(t *messages.AlterPartitionReassignmentsRequestReassignableTopic) string { return string(t.Name) },
	outKey: func(t *messages.AlterPartitionReassignmentsResponseReassignableTopicResponse) string {
		return string(t.Name)
	},
	refuse: func(t *messages.AlterPartitionReassignmentsRequestReassignableTopic, f *Refusal) messages.AlterPartitionReassignmentsResponseReassignableTopicResponse {
		r := messages.AlterPartitionReassignmentsResponseReassignableTopicResponse{Name: t.Name}
		for _, p := range t.Partitions {
			r.Partitions = append(r.Partitions, messages.AlterPartitionReassignmentsResponseReassignablePartitionResponse{
				PartitionIndex: p.PartitionIndex, ErrorCode: int16(f.Code), ErrorMessage: text(f.Message),
			})
		}
		return r
	},
}

// maxText bounds a message to a client, far below Kafka's longest string, in bytes.
const maxText = 1024

func text(s string) []byte { return []byte(s[:min(len(s), maxText)]) }
