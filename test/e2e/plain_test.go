package e2e

import (
	"testing"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// TestHarnessReadsBackWhatIsSent sends without any filter. It shows that masked text in the other tests is nasp's work, and that
// both readers tell null from empty and see keys, headers, partitions and offsets as they are.
func TestHarnessReadsBackWhatIsSent(t *testing.T) {
	topic := broker.CreateTopic(t, 3, nil)
	producer := syncProducer(t, plainSarama(), broker.Addr(""))
	err := producer.SendMessages([]*sarama.ProducerMessage{
		{Topic: topic, Partition: 1, Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(mainJob[0].sent)},
		{Topic: topic, Partition: 1, Value: sarama.StringEncoder("line\nend")},
		{Topic: topic, Partition: 2, Key: sarama.StringEncoder("tombstone")},
		{Topic: topic, Partition: 2, Key: sarama.StringEncoder(""), Value: sarama.StringEncoder(""), Headers: []sarama.RecordHeader{
			{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("b"), Value: []byte("")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	assertStored(t, topic, []kafkatest.Record{
		{Partition: 1, Offset: 0, Key: []byte("k"), Value: []byte(mainJob[0].sent)},
		{Partition: 1, Offset: 1, Value: []byte("line\nend")},
		{Partition: 2, Offset: 0, Key: []byte("tombstone")},
		{Partition: 2, Offset: 1, Key: []byte{}, Value: []byte{}, Headers: []kafkatest.Header{{Name: "a", Value: "1"}, {Name: "b", Value: ""}}},
	})
}
