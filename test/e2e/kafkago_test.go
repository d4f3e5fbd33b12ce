package e2e

import (
	"testing"

	"github.com/segmentio/kafka-go"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// kafkaGo makes a writer of kafka-go that dials through the shared interceptor.
func kafkaGo(t *testing.T, topic string) *kafka.Writer {
	t.Helper()
	d := &nasp.Dialer{Interceptor: interceptor}
	transport := &kafka.Transport{Dial: d.DialContext}
	w := &kafka.Writer{
		Addr: kafka.TCP(broker.Addr("")), Topic: topic, Transport: transport,
		BatchSize: 1, RequiredAcks: kafka.RequireAll, MaxAttempts: 1,
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	})
	return w
}

func TestKafkaGo(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	w := kafkaGo(t, topic)
	err := within(t, "kafka-go's writer", func() error {
		return w.WriteMessages(t.Context(), kafka.Message{
			Key: []byte("example@email.com"), Value: []byte(mainJob[0].sent),
			Headers: []kafka.Header{{Key: "password", Value: []byte("hunter2hunter2")}},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	assertStored(t, topic, []kafkatest.Record{{
		Key: []byte("example@email.com"), Value: []byte(mainJob[0].stored),
		Headers: []kafkatest.Header{{Name: "password", Value: "**************"}},
	}})
}

func TestKafkaGoCompression(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	w := kafkaGo(t, topic)
	w.Compression = kafka.Snappy
	line := compressible()[0]
	err := within(t, "a write", func() error {
		return w.WriteMessages(t.Context(), kafka.Message{Value: []byte(line + mainJob[0].sent)})
	})
	if err != nil {
		t.Fatal(err)
	}
	assertStored(t, topic, []kafkatest.Record{{Value: []byte(line + mainJob[0].stored)}})
}
