package kafka

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// produceOf is a Produce request of topics a and b with two partitions each, whose records say where they are.
func produceOf(version int16) *messages.ProduceRequest {
	m := &messages.ProduceRequest{Acks: -1, TimeoutMs: 1}
	for i, name := range []string{"a", "b"} {
		topic := messages.ProduceRequestTopicProduceData{Name: []byte(name)}
		if version >= 13 {
			topic.Name, topic.TopicId = nil, [16]byte{byte(i + 1)}
		}
		for p := range int32(2) {
			topic.PartitionData = append(topic.PartitionData, messages.ProduceRequestPartitionProduceData{
				Index: p, Records: kafkatest.Batch(kafkatest.Text(fmt.Sprint(name, p))...),
			})
		}
		m.TopicData = append(m.TopicData, topic)
	}
	return m
}

// produced is what a broker answers to the partitions of a Produce request, in an order of its own.
func produced(req *messages.ProduceRequest) *messages.ProduceResponse {
	m := &messages.ProduceResponse{}
	for i := len(req.TopicData) - 1; i >= 0; i-- {
		in := req.TopicData[i]
		topic := messages.ProduceResponseTopicProduceResponse{Name: in.Name, TopicId: in.TopicId}
		for j := len(in.PartitionData) - 1; j >= 0; j-- {
			p := messages.ProduceResponsePartitionProduceResponse{}
			p.SetDefaults()
			p.Index, p.BaseOffset = in.PartitionData[j].Index, 100
			topic.PartitionResponses = append(topic.PartitionResponses, p)
		}
		m.Responses = append(m.Responses, topic)
	}
	return m
}

// results writes the results of a Produce response in one line.
func results(m *messages.ProduceResponse) string {
	var b strings.Builder
	for _, t := range m.Responses {
		fmt.Fprintf(&b, "%s%x:", t.Name, t.TopicId[:1])
		for _, p := range t.PartitionResponses {
			fmt.Fprintf(&b, " %d=%d@%d", p.Index, p.ErrorCode, p.BaseOffset)
		}
		b.WriteString("; ")
	}
	return b.String()
}

// refuser refuses batches with a record that is in the list, and keeps their topics in mind.
func refuser(values ...string) *testFilter {
	return &testFilter{name: "refuser", directions: Produced, onRecords: func(r *Records) error {
		for r.Next() {
			for _, v := range values {
				if string(r.Record().Value.Bytes) == v {
					r.Refuse(Refusal{Code: kafkaproto.InvalidRecord, Message: "not this"})
				}
			}
		}
		return r.Err()
	}}
}

// TestPartitionsRefused refuses some partitions of many in every version of Produce, with and without an answer to come.
func TestPartitionsRefused(t *testing.T) {
	tests := map[string]struct{ refused, left, want string }{
		"one":         {"a1", "a0 b0 b1", "a00: 0=0@100 1=87@-1; b00: 0=0@100 1=0@100; "},
		"a topic":     {"b0 b1", "a0 a1", "a00: 0=0@100 1=0@100; b00: 0=87@-1 1=87@-1; "},
		"some of all": {"a0 b1", "a1 b0", "a00: 0=87@-1 1=0@100; b00: 0=0@100 1=87@-1; "},
		"all":         {"a0 a1 b0 b1", "", "a00: 0=87@-1 1=87@-1; b00: 0=87@-1 1=87@-1; "},
	}
	for version := int16(3); version <= kafkaproto.ProduceMaxVersion; version++ {
		for name, test := range tests {
			t.Run(fmt.Sprint(name, " v", version), func(t *testing.T) {
				f := refuser(strings.Fields(test.refused)...)
				s := newStream(t, f)
				req := produceOf(version)
				next := request(t, kafkaproto.APIKeyProduce, version, 8, produceOf(version))
				left := down(t, s, request(t, kafkaproto.APIKeyProduce, version, 7, req))
				var answer []byte
				if test.left == "" {
					if !bytes.Equal(left, kafkaproto.AppendEmptyMetadataRequest(nil, 7, []byte("me"))) {
						t.Fatal("the request wasn't substituted")
					}
					answer = noTopics(t, 7)
				} else {
					var got messages.ProduceRequest
					requestBody(t, left, &got)
					if v := values(&got); v != test.left {
						t.Fatalf("%q leaves, want %q", v, test.left)
					}
					answer = response(t, kafkaproto.APIKeyProduce, version, 7, produced(&got))
				}
				// One behind it, which is refused just so, and its answer in the same read.
				var second messages.ProduceRequest
				if left = down(t, s, next); test.left != "" {
					requestBody(t, left, &second)
				}
				var m messages.ProduceResponse
				got := up(t, s, answer)
				body(t, got, kafkaproto.APIKeyProduce, version, &m)
				want := test.want
				if version >= 13 {
					want = strings.NewReplacer("a00", "01", "b00", "02").Replace(want)
				}
				if r := results(&m); r != want {
					t.Errorf("the client gets %q, want %q", r, want)
				}
				for _, topic := range m.Responses {
					for _, p := range topic.PartitionResponses {
						if p.ErrorCode != 0 && version >= 8 && string(p.ErrorMessage) != "not this" {
							t.Errorf("the message is %q", p.ErrorMessage)
						}
					}
				}
				if n := len(strings.Fields(test.refused)); len(f.refused) != 2*n {
					t.Errorf("the filter was told of %d refusals, want %d", len(f.refused), 2*n)
				}
			})
		}
	}
}

// values are the values of the first record of each partition.
func values(m *messages.ProduceRequest) string {
	var out []string
	forPartitions(m, func(_ *messages.ProduceRequestTopicProduceData, p *messages.ProduceRequestPartitionProduceData) {
		b, _, err := kafkaproto.NextBatch(p.Records)
		if err != nil {
			panic(err)
		}
		var rec kafkaproto.Record
		r := b.Reader()
		r.Next(&rec)
		out = append(out, string(rec.Value.Bytes))
	})
	return strings.Join(out, " ")
}

// TestPartitionsRefusedWithoutAcks: what isn't refused goes on, and no answer is waited for.
func TestPartitionsRefusedWithoutAcks(t *testing.T) {
	s := newStream(t, refuser("a1"))
	req := produceOf(9)
	req.Acks = 0
	var got messages.ProduceRequest
	requestBody(t, down(t, s, request(t, kafkaproto.APIKeyProduce, 9, 7, req)), &got)
	if v := values(&got); v != "a0 b0 b1" {
		t.Errorf("%q leaves", v)
	}
	if s.tracker.Pending() != 0 {
		t.Error("an answer is waited for")
	}
	s = newStream(t, refuser("a0", "a1", "b0", "b1"))
	if left := down(t, s, request(t, kafkaproto.APIKeyProduce, 9, 7, req)); len(left) != 0 {
		t.Errorf("%d bytes leave", len(left))
	}
}

// topicRefuser refuses items by their place.
func itemRefuser(key kafkaproto.APIKey, items ...int) *testFilter {
	return &testFilter{name: "refuser", requests: APIs(key), onRequest: func(r *Request) error {
		for _, i := range items {
			if err := r.RefuseItem(i, Refusal{Code: kafkaproto.PolicyViolation, Message: "against the rules"}); err != nil {
				return err
			}
		}
		return nil
	}}
}

// TestItemsRefused refuses the second of three items in every version of each API that has items. What the broker answers, in the other order, is
// answered by the response of the same list: each API's own code says what belongs to what.
func TestItemsRefused(t *testing.T) {
	names := []string{"one", "two", "three"}
	tests := map[kafkaproto.APIKey]struct {
		request  func(version int16) kafkaproto.Message
		response func(version int16, left kafkaproto.Message) kafkaproto.Message
		results  func(m kafkaproto.Message) string
	}{
		kafkaproto.APIKeyCreateTopics: {
			func(int16) kafkaproto.Message {
				m := &messages.CreateTopicsRequest{}
				for _, n := range names {
					m.Topics = append(m.Topics, messages.CreateTopicsRequestCreatableTopic{Name: []byte(n)})
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.CreateTopicsResponse{}
				for _, topic := range left.(*messages.CreateTopicsRequest).Topics {
					r := messages.CreateTopicsResponseCreatableTopicResult{}
					r.SetDefaults()
					r.Name = topic.Name
					m.Topics = append([]messages.CreateTopicsResponseCreatableTopicResult{r}, m.Topics...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.CreateTopicsResponse).Topics {
					s += fmt.Sprintf("%s=%d ", r.Name, r.ErrorCode)
				}
				return s
			},
		},
		kafkaproto.APIKeyDeleteTopics: {
			func(version int16) kafkaproto.Message {
				m := &messages.DeleteTopicsRequest{}
				for _, n := range names {
					if version < 6 {
						m.TopicNames = append(m.TopicNames, []byte(n))
					} else {
						m.Topics = append(m.Topics, messages.DeleteTopicsRequestDeleteTopicState{Name: []byte(n)})
					}
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.DeleteTopicsResponse{}
				in := left.(*messages.DeleteTopicsRequest)
				for _, topic := range in.Topics {
					in.TopicNames = append(in.TopicNames, topic.Name)
				}
				for _, n := range in.TopicNames {
					m.Responses = append([]messages.DeleteTopicsResponseDeletableTopicResult{{Name: n}}, m.Responses...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.DeleteTopicsResponse).Responses {
					s += fmt.Sprintf("%s=%d ", r.Name, r.ErrorCode)
				}
				return s
			},
		},
		kafkaproto.APIKeyDeleteRecords: {
			func(int16) kafkaproto.Message {
				m := &messages.DeleteRecordsRequest{}
				for _, n := range names {
					m.Topics = append(m.Topics, messages.DeleteRecordsRequestDeleteRecordsTopic{
						Name: []byte(n), Partitions: []messages.DeleteRecordsRequestDeleteRecordsPartition{{PartitionIndex: 3}},
					})
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.DeleteRecordsResponse{}
				for _, topic := range left.(*messages.DeleteRecordsRequest).Topics {
					m.Topics = append([]messages.DeleteRecordsResponseDeleteRecordsTopicResult{{
						Name: topic.Name, Partitions: []messages.DeleteRecordsResponseDeleteRecordsPartitionResult{{PartitionIndex: 3}},
					}}, m.Topics...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.DeleteRecordsResponse).Topics {
					s += fmt.Sprintf("%s=%d ", r.Name, r.Partitions[0].ErrorCode)
				}
				return s
			},
		},
		kafkaproto.APIKeyCreatePartitions: {
			func(int16) kafkaproto.Message {
				m := &messages.CreatePartitionsRequest{}
				for _, n := range names {
					m.Topics = append(m.Topics, messages.CreatePartitionsRequestCreatePartitionsTopic{Name: []byte(n)})
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.CreatePartitionsResponse{}
				for _, topic := range left.(*messages.CreatePartitionsRequest).Topics {
					m.Results = append([]messages.CreatePartitionsResponseCreatePartitionsTopicResult{{Name: topic.Name}}, m.Results...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.CreatePartitionsResponse).Results {
					s += fmt.Sprintf("%s=%d ", r.Name, r.ErrorCode)
				}
				return s
			},
		},
		kafkaproto.APIKeyAlterConfigs: {
			func(int16) kafkaproto.Message {
				m := &messages.AlterConfigsRequest{}
				for _, n := range names {
					m.Resources = append(m.Resources, messages.AlterConfigsRequestAlterConfigsResource{ResourceType: 2, ResourceName: []byte(n)})
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.AlterConfigsResponse{}
				for _, r := range left.(*messages.AlterConfigsRequest).Resources {
					m.Responses = append([]messages.AlterConfigsResponseAlterConfigsResourceResponse{{ResourceType: 2, ResourceName: r.ResourceName}}, m.Responses...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.AlterConfigsResponse).Responses {
					s += fmt.Sprintf("%s=%d ", r.ResourceName, r.ErrorCode)
				}
				return s
			},
		},
		kafkaproto.APIKeyIncrementalAlterConfigs: {
			func(int16) kafkaproto.Message {
				m := &messages.IncrementalAlterConfigsRequest{}
				for _, n := range names {
					m.Resources = append(m.Resources, messages.IncrementalAlterConfigsRequestAlterConfigsResource{ResourceType: 2, ResourceName: []byte(n)})
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.IncrementalAlterConfigsResponse{}
				for _, r := range left.(*messages.IncrementalAlterConfigsRequest).Resources {
					m.Responses = append([]messages.IncrementalAlterConfigsResponseAlterConfigsResourceResponse{{ResourceType: 2, ResourceName: r.ResourceName}}, m.Responses...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.IncrementalAlterConfigsResponse).Responses {
					s += fmt.Sprintf("%s=%d ", r.ResourceName, r.ErrorCode)
				}
				return s
			},
		},
		kafkaproto.APIKeyAlterPartitionReassignments: {
			func(int16) kafkaproto.Message {
				m := &messages.AlterPartitionReassignmentsRequest{}
				m.SetDefaults()
				for _, n := range names {
					m.Topics = append(m.Topics, messages.AlterPartitionReassignmentsRequestReassignableTopic{
						Name: []byte(n), Partitions: []messages.AlterPartitionReassignmentsRequestReassignablePartition{{PartitionIndex: 3}},
					})
				}
				return m
			},
			func(_ int16, left kafkaproto.Message) kafkaproto.Message {
				m := &messages.AlterPartitionReassignmentsResponse{}
				m.SetDefaults()
				for _, topic := range left.(*messages.AlterPartitionReassignmentsRequest).Topics {
					m.Responses = append([]messages.AlterPartitionReassignmentsResponseReassignableTopicResponse{{
						Name: topic.Name, Partitions: []messages.AlterPartitionReassignmentsResponseReassignablePartitionResponse{{PartitionIndex: 3}},
					}}, m.Responses...)
				}
				return m
			},
			func(m kafkaproto.Message) (s string) {
				for _, r := range m.(*messages.AlterPartitionReassignmentsResponse).Responses {
					s += fmt.Sprintf("%s=%d ", r.Name, r.Partitions[0].ErrorCode)
				}
				return s
			},
		},
	}
	for key, test := range tests {
		oldest, newest, _ := key.Versions()
		for version := oldest; version <= newest; version++ {
			for _, items := range [][]int{{1}, {0, 2}, {2, 1, 0}} {
				t.Run(fmt.Sprint(key, " v", version, items), func(t *testing.T) {
					s := newStream(t, itemRefuser(key, items...))
					left := down(t, s, request(t, key, version, 5, test.request(version)))
					ops := itemsOf(key, version)
					m := ops.newResponse()
					if len(items) == 3 {
						answer := noTopics(t, 5)
						body(t, up(t, s, answer), key, version, m)
					} else {
						req := ops.newRequest()
						requestBody(t, left, req)
						if n := ops.count(req); n != 3-len(items) {
							t.Fatalf("%d items leave", n)
						}
						body(t, up(t, s, response(t, key, version, 5, test.response(version, req))), key, version, m)
					}
					want := ""
					for i, n := range names {
						code := 0
						for _, k := range items {
							if k == i {
								code = 44
							}
						}
						want += fmt.Sprintf("%s=%d ", n, code)
					}
					if got := test.results(m); got != want {
						t.Errorf("the client gets %q, want %q", got, want)
					}
				})
			}
		}
	}
}

// TestWholeRefusals refuses each API that has an error for the whole, in every version.
func TestWholeRefusals(t *testing.T) {
	for _, key := range []kafkaproto.APIKey{
		kafkaproto.APIKeyInitProducerId, kafkaproto.APIKeyJoinGroup, kafkaproto.APIKeyConsumerGroupHeartbeat,
		kafkaproto.APIKeyShareGroupHeartbeat, kafkaproto.APIKeyStreamsGroupHeartbeat, kafkaproto.APIKeyFetch,
	} {
		oldest, newest, _ := key.Versions()
		for version := oldest; version <= newest; version++ {
			m := wholeAnswer(key, version, &Refusal{Code: 29, Message: "no"})
			if m == nil {
				if key != kafkaproto.APIKeyFetch || version >= 7 {
					t.Errorf("%v v%d: no answer", key, version)
				}
				continue
			}
			b, err := m.AppendTo(nil, version)
			if err != nil || !bytes.Contains(b, []byte{0, 29}) {
				t.Errorf("%v v%d: %x, %v", key, version, b, err)
			}
		}
	}
	s := newStream(t, &testFilter{name: "f", requests: APIs(kafkaproto.APIKeyListGroups), onRequest: func(r *Request) error {
		r.Refuse(Refusal{})
		return nil
	}})
	err := downError(s, request(t, kafkaproto.APIKeyListGroups, 0, 1, &messages.ListGroupsRequest{}))
	if err == nil || !strings.Contains(err.Error(), "Request.Answer") {
		t.Errorf("an API without a known refusal: %v", err)
	}
}

// TestAnswer gives an answer that the filter has made up.
func TestAnswer(t *testing.T) {
	s := newStream(t, &testFilter{name: "f", requests: APIs(kafkaproto.APIKeyListGroups), onRequest: func(r *Request) error {
		r.Answer(&messages.ListGroupsResponse{ErrorCode: 29})
		return nil
	}})
	down(t, s, request(t, kafkaproto.APIKeyListGroups, 4, 1, &messages.ListGroupsRequest{}))
	var m messages.ListGroupsResponse
	body(t, up(t, s, noTopics(t, 1)), kafkaproto.APIKeyListGroups, 4, &m)
	if m.ErrorCode != 29 {
		t.Errorf("the client gets %+v", m)
	}
}
