package e2e

import (
	"errors"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// guard bounds what must not hang. It is generous: nothing here measures speed.
const guard = 60 * time.Second

// plainSarama is the configuration of a program before nasp.
func plainSarama() *sarama.Config {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	return config
}

// syncProducer makes a producer that ends with the test.
func syncProducer(t *testing.T, config *sarama.Config, addr string) sarama.SyncProducer {
	t.Helper()
	p, err := sarama.NewSyncProducer([]string{addr}, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// message makes a message for partition 0 of a topic.
func message(topic, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}
}

// within runs f and fails the test if it hangs.
func within(t *testing.T, what string, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(guard):
		t.Fatalf("%s hangs", what)
		return errors.New("unreachable")
	}
}

// assertStored compares what a topic holds with what it should, as both readers see it.
func assertStored(t *testing.T, topic string, want []kafkatest.Record) {
	t.Helper()
	for reader, got := range map[string][]kafkatest.Record{"kcat": broker.Kcat(t, topic), "franz-go": broker.Consume(t, topic)} {
		if !equalRecords(got, want) {
			t.Errorf("%s reads from %s\n%s\nwant\n%s", reader, topic, format(got), format(want))
		}
	}
}

// equalRecords tells null from empty, but not one kind of no records from another.
func equalRecords(a, b []kafkatest.Record) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

// await returns when something has come true that others do in the background.
func await(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	for deadline := time.Now().Add(guard); !isTrue(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// closedPort returns an address of loopback on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// metadata returns the address of the only broker, as the broker at addr tells it to clients.
func metadata(t *testing.T, addr string) string {
	t.Helper()
	b := sarama.NewBroker(addr)
	if err := b.Open(plainSarama()); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	response, err := b.GetMetadata(&sarama.MetadataRequest{Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(response.Brokers) != 1 {
		t.Fatalf("%d brokers, want one", len(response.Brokers))
	}
	return response.Brokers[0].Addr()
}
