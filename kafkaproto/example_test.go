package kafkaproto_test

import (
	"fmt"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
	"github.com/libnasp/libnasp/kafkaproto/registry"
)

// A request goes out as a frame, and what arrives is read.
func Example() {
	header := kafkaproto.RequestHeader{
		APIKey: kafkaproto.APIKeyMetadata, APIVersion: 12, CorrelationID: 1, ClientID: []byte("me"),
	}
	metadata := messages.MetadataRequest{AllowAutoTopicCreation: true}
	metadata.Topics = []messages.MetadataRequestTopic{{Name: []byte("orders")}}

	stream, err := header.AppendTo(kafkaproto.BeginFrame(nil))
	if err != nil {
		panic(err)
	}
	if stream, err = metadata.AppendTo(stream, header.APIVersion); err != nil {
		panic(err)
	}
	stream = kafkaproto.EndFrame(stream, 0)

	size, err := kafkaproto.FrameSize(stream, kafkaproto.DefaultMaxFrame)
	if err != nil {
		panic(err)
	}
	var got kafkaproto.RequestHeader
	body, err := got.Parse(stream[kafkaproto.FrameSizeLen:][:size])
	if err != nil {
		panic(err)
	}
	m := registry.NewRequest(got.APIKey)
	if err := m.Decode(body, got.APIVersion); err != nil {
		panic(err)
	}
	for _, topic := range m.(*messages.MetadataRequest).Topics {
		fmt.Printf("%s %v version %d asks for %s\n", got.ClientID, got.APIKey, got.APIVersion, topic.Name)
	}
	// Output: me Metadata version 12 asks for orders
}

// Values are changed, whatever the magic and the codec of the batches are.
func ExampleRewriter() {
	rewriter := kafkaproto.Rewriter{
		// Compressor: &compress.Codecs{}, where records may be compressed
		Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
			if r.Value == nil {
				return false, nil // a tombstone
			}
			r.Value = []byte("masked")
			return true, nil
		},
	}
	var request messages.ProduceRequest
	for _, topic := range request.TopicData {
		for i := range topic.PartitionData {
			partition := &topic.PartitionData[i]
			records, changed, err := rewriter.Append(nil, partition.Records)
			if err != nil {
				panic(err)
			}
			if changed {
				partition.Records = records
			}
		}
	}
}
