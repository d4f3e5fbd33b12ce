package e2e

import (
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// TestCompressedRecordsAreMasked: batches are opened, masked and closed again, by each codec.
func TestCompressedRecordsAreMasked(t *testing.T) {
	codecs := map[string]sarama.CompressionCodec{
		"gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	for name, codec := range codecs {
		for _, idempotent := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " idempotent"}[idempotent], func(t *testing.T) {
				topic := broker.CreateTopic(t, 1, nil)
				config := plainSarama()
				config.Producer.Compression = codec
				config.Producer.Idempotent = idempotent
				config.Net.MaxOpenRequests = 1
				producer := syncProducer(t, wrapped(t, config), broker.Addr(""))
				var want []kafkatest.Record
				for i, line := range compressible() {
					err := within(t, "a send", func() error {
						_, _, err := producer.SendMessage(message(topic, line+mainJob[i%2].sent))
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, kafkatest.Record{Offset: int64(i), Value: []byte(line + mainJob[i%2].stored)})
				}
				assertStored(t, topic, want)
				if got := codecOf(t, topic); got != uint8(codec) {
					t.Errorf("stored with codec %d, want %d", got, codec)
				}
			})
		}
	}
}

// compressible are texts that become smaller by each codec.
func compressible() []string {
	line := "a line that compresses well "
	return []string{strings.Repeat(line, 40), strings.Repeat(line, 4000)}
}

// codecOf returns the codec of the batch with a topic's first record.
func codecOf(t *testing.T, topic string) uint8 {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr("")), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var codec uint8
	err = within(t, "reading a record", func() error {
		fetches := client.PollFetches(t.Context())
		if records := fetches.Records(); len(records) > 0 {
			codec = records[0].Attrs.CompressionType()
		}
		return fetches.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return codec
}
