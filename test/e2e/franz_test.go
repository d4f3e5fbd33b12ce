package e2e

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// franz makes a franz-go client that dials through the shared interceptor.
func franz(t *testing.T, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	d := &nasp.Dialer{Interceptor: interceptor}
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(broker.Addr("")), kgo.Dialer(d.DialContext), kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

var uncompressed = kgo.ProducerBatchCompression(kgo.NoCompression())

// produce sends records and waits for the outcome of all.
func produce(t *testing.T, client *kgo.Client, records ...*kgo.Record) error {
	t.Helper()
	return within(t, "franz-go's producer", func() error {
		ctx, cancel := context.WithTimeout(t.Context(), guard)
		defer cancel()
		return client.ProduceSync(ctx, records...).FirstErr()
	})
}

func TestFranzGo(t *testing.T) {
	topic := broker.CreateTopic(t, 2, nil)
	client := franz(t, uncompressed)
	err := produce(t, client,
		&kgo.Record{Topic: topic, Key: []byte("example@email.com"), Value: []byte(mainJob[0].sent)},
		&kgo.Record{Topic: topic, Value: []byte(mainJob[1].sent), Headers: []kgo.RecordHeader{{Key: "password", Value: []byte("hunter2hunter2")}}},
		&kgo.Record{Topic: topic, Partition: 1},
		&kgo.Record{Topic: topic, Partition: 1, Key: []byte{}, Value: []byte("nothing to hide")})
	if err != nil {
		t.Fatal(err)
	}
	assertStored(t, topic, []kafkatest.Record{
		{Offset: 0, Key: []byte("example@email.com"), Value: []byte(mainJob[0].stored)},
		{Offset: 1, Value: []byte(mainJob[1].stored), Headers: []kafkatest.Header{{Name: "password", Value: "**************"}}},
		{Partition: 1, Offset: 0},
		{Partition: 1, Offset: 1, Key: []byte{}, Value: []byte("nothing to hide")},
	})
}

// TestFranzGoCompression leaves franz-go as it is: it compresses by snappy what becomes smaller by it, and only that.
func TestFranzGoCompression(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	client := franz(t)
	line := compressible()[0]
	for _, value := range []string{line + mainJob[0].sent, mainJob[1].sent} {
		if err := produce(t, client, &kgo.Record{Topic: topic, Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
	}
	assertStored(t, topic, []kafkatest.Record{{Value: []byte(line + mainJob[0].stored)}, {Offset: 1, Value: []byte(mainJob[1].stored)}})
}

func TestFranzGoTransaction(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	client := franz(t, uncompressed, kgo.TransactionalID(topic))
	for _, commit := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := produce(t, client, &kgo.Record{Topic: topic, Value: []byte(mainJob[0].sent)}); err != nil {
			t.Fatal(err)
		}
		if err := within(t, "ending the transaction", func() error { return client.EndTransaction(t.Context(), commit) }); err != nil {
			t.Fatal(err)
		}
	}
	// Offset 0 was aborted, which kcat doesn't show, and 1 and 3 are the markers.
	got := broker.Kcat(t, topic)
	if want := []kafkatest.Record{{Offset: 2, Value: []byte(mainJob[0].stored)}}; !equalRecords(got, want) {
		t.Errorf("got\n%s\nwant\n%s", format(got), format(want))
	}
}
