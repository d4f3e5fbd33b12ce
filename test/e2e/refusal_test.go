package e2e

import (
	"errors"
	"strings"
	"testing"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// TestCompressedRecordsAreRefused: what can't be read doesn't leave. The caller learns so from INVALID_RECORD rather than from a
// broken connection, which clients answer by trying again, and the connection goes on to serve what can be read.
func TestCompressedRecordsAreRefused(t *testing.T) {
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
				config = wrapped(t, config)
				producer := syncProducer(t, config, broker.Addr(""))

				value := strings.Repeat("a line that compresses well ", 40) + mainJob[0].sent
				err := within(t, "a refused send", func() error {
					_, _, err := producer.SendMessage(message(topic, value))
					return err
				})
				if !errors.Is(err, sarama.ErrInvalidRecord) {
					t.Errorf("got %v, want INVALID_RECORD", err)
				}
				assertNothingStored(t, topic)

				// sarama reads the codec again for each batch, and nothing is on its way here: the same producer, so the same connection,
				// goes on without compression.
				config.Producer.Compression = sarama.CompressionNone
				err = within(t, "a send after a refusal", func() error {
					_, _, err := producer.SendMessage(message(topic, mainJob[0].sent))
					return err
				})
				if err != nil {
					t.Error(err)
				}
				assertStored(t, topic, []kafkatest.Record{{Value: []byte(mainJob[0].stored)}})
			})
		}
	}
}
