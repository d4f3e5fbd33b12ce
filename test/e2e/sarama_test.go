package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// TestMainJob is the promise of README: the two lines, exactly, by kcat with its own output format, for each version of the
// protocol that sarama may be told to speak.
func TestMainJob(t *testing.T) {
	for _, version := range []sarama.KafkaVersion{sarama.V0_11_0_0, sarama.V2_1_0_0, sarama.DefaultVersion, sarama.MaxVersion} {
		t.Run(version.String(), func(t *testing.T) {
			topic := broker.CreateTopic(t, 1, nil)
			config := plainSarama()
			config.Version = version
			producer := syncProducer(t, wrapped(t, config), broker.Addr(""))
			want := ""
			for i, line := range mainJob {
				_, offset, err := producer.SendMessage(message(topic, line.sent))
				if err != nil {
					t.Fatal(err)
				}
				if offset != int64(i) {
					t.Errorf("the producer learnt offset %d, want %d", offset, i)
				}
				want += line.stored + "\n"
			}
			if got := broker.KcatOutput(t, topic); got != want {
				t.Errorf("kcat -C prints\n%swant\n%s", got, want)
			}
		})
	}
}

// TestRecordsStayWhatTheyAre sends all shapes of records over several topics and partitions in one go, most of them with something
// to mask and something to leave alone.
func TestRecordsStayWhatTheyAre(t *testing.T) {
	one, two := broker.CreateTopic(t, 1, nil), broker.CreateTopic(t, 2, nil)
	config := plainSarama()
	config.Producer.Flush.Messages = 5 // all in one request, two in a batch
	producer := syncProducer(t, wrapped(t, config), broker.Addr(""))
	text := func(s string) sarama.Encoder { return sarama.StringEncoder(s) }
	header := func(name, value string) sarama.RecordHeader {
		return sarama.RecordHeader{Key: []byte(name), Value: []byte(value)}
	}
	sent := []*sarama.ProducerMessage{
		{Topic: one, Key: text("example@email.com"), Value: text("from example@email.com"), Headers: []sarama.RecordHeader{
			header("trace", "4bf92f3577b34da6"), header("password", "hunter2hunter2"), header("from", "mail to example@email.com")}},
		{Topic: one, Value: text("nothing to hide")},
		{Topic: two, Partition: 1, Key: text("tombstone")},
		{Topic: two, Partition: 1, Key: text(""), Value: text("")},
		{Topic: two, Partition: 0, Value: text("password=hunter2hunter2\nend")},
	}
	if err := producer.SendMessages(sent); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{0, 1, 0, 1, 0} {
		if sent[i].Offset != want {
			t.Errorf("message %d: the producer learnt offset %d, want %d", i, sent[i].Offset, want)
		}
	}
	assertStored(t, one, []kafkatest.Record{
		{Key: []byte("example@email.com"), Value: []byte("from *****************"), Headers: []kafkatest.Header{
			{Name: "trace", Value: "4bf92f3577b34da6"}, {Name: "password", Value: "**************"}, {Name: "from", Value: "mail to *****************"}}},
		{Offset: 1, Value: []byte("nothing to hide")},
	})
	assertStored(t, two, []kafkatest.Record{
		{Partition: 0, Value: []byte("password=**************\nend")},
		{Partition: 1, Offset: 0, Key: []byte("tombstone")},
		{Partition: 1, Offset: 1, Key: []byte{}, Value: []byte{}},
	})
}

// numbered is record i of a long run, each third with something to mask.
func numbered(i int) (sent, stored string) {
	if i%3 != 0 {
		s := fmt.Sprintf("record %06d has nothing to hide", i)
		return s, s
	}
	mail := fmt.Sprintf("user%06d@example.com", i)
	s := fmt.Sprintf("record %06d is of %s, born here", i, mail)
	return s, strings.Replace(s, mail, strings.Repeat("*", len(mail)), 1)
}

// assertNumbered compares a topic of one partition with numbered records, read by franz-go.
func assertNumbered(t *testing.T, topic string, n int) {
	t.Helper()
	got := broker.Consume(t, topic)
	if len(got) != n {
		t.Errorf("%s holds %d records, want %d", topic, len(got), n)
	}
	for i, r := range got[:min(len(got), n)] {
		if _, want := numbered(i); string(r.Value) != want || r.Offset != int64(i) {
			t.Fatalf("record %d at offset %d is %q, want %q", i, r.Offset, r.Value, want)
		}
	}
}

func TestAsyncProducerKeepsCountAndOrder(t *testing.T) {
	const n = 20_000
	topic := broker.CreateTopic(t, 1, nil)
	config := plainSarama()
	config.Producer.Idempotent = true // what keeps the order while several batches are on their way
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewAsyncProducer([]string{broker.Addr("")}, wrapped(t, config))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for i := range n {
			s, _ := numbered(i)
			producer.Input() <- message(topic, s)
		}
		producer.AsyncClose()
	}()
	err = within(t, "the async producer", func() error { return outcome(producer, n) })
	if err != nil {
		t.Error(err)
	}
	assertNumbered(t, topic, n)
}

// outcome reads both channels of a producer to their ends, and wants n messages acknowledged.
func outcome(producer sarama.AsyncProducer, n int) error {
	var failures []error
	done := make(chan struct{})
	go func() {
		defer close(done)
		for err := range producer.Errors() {
			failures = append(failures, err)
		}
	}()
	acknowledged := 0
	for range producer.Successes() {
		acknowledged++
	}
	<-done
	if acknowledged != n {
		return fmt.Errorf("%d messages were acknowledged, want %d; %d failed: %w", acknowledged, n, len(failures), errors.Join(failures...))
	}
	return nil
}

// TestIdempotentProducer sends batch after batch: the broker refuses a sequence number that the filter would have spoilt.
func TestIdempotentProducer(t *testing.T) {
	const n, batch = 300, 20
	topic := broker.CreateTopic(t, 1, nil)
	config := plainSarama()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	producer := syncProducer(t, wrapped(t, config), broker.Addr(""))
	for i := 0; i < n; i += batch {
		var messages []*sarama.ProducerMessage
		for j := range batch {
			s, _ := numbered(i + j)
			messages = append(messages, message(topic, s))
		}
		if err := producer.SendMessages(messages); err != nil {
			t.Fatal(err)
		}
	}
	assertNumbered(t, topic, n)
}

func TestAcks(t *testing.T) {
	for name, acks := range map[string]sarama.RequiredAcks{"none": sarama.NoResponse, "leader": sarama.WaitForLocal, "all": sarama.WaitForAll} {
		t.Run(name, func(t *testing.T) {
			const n = 30
			topic := broker.CreateTopic(t, 1, nil)
			config := plainSarama()
			config.Producer.RequiredAcks = acks
			client, err := sarama.NewClient([]string{broker.Addr("")}, wrapped(t, config))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			producer, err := sarama.NewSyncProducerFromClient(client)
			if err != nil {
				t.Fatal(err)
			}
			defer producer.Close()
			for i := range n {
				s, _ := numbered(i)
				if _, _, err := producer.SendMessage(message(topic, s)); err != nil {
					t.Fatal(err)
				}
				// A response to another request of this client must find its way though some requests have none.
				if err := within(t, "reading the metadata", func() error { return client.RefreshMetadata(topic) }); err != nil {
					t.Fatal(err)
				}
			}
			await(t, "all records", func() bool { return broker.HighWatermarks(t, topic)[0] >= n })
			assertNumbered(t, topic, n)
		})
	}
}

// TestLargeRecord masks at both ends and in the middle of a record of 3 MB.
func TestLargeRecord(t *testing.T) {
	const limit = 5 << 20
	topic := broker.CreateTopic(t, 1, map[string]string{"max.message.bytes": fmt.Sprint(limit)})
	config := plainSarama()
	config.Producer.MaxMessageBytes = limit
	producer := syncProducer(t, wrapped(t, config), broker.Addr(""))
	const mail = "example@email.com"
	filler := strings.Repeat("lorem ipsum dolor sit amet ", 3_000_000/2/27)
	sent := mail + " " + filler + mail + " " + filler + mail
	if _, _, err := producer.SendMessage(message(topic, sent)); err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(sent, mail, strings.Repeat("*", len(mail)))
	assertStored(t, topic, []kafkatest.Record{{Value: []byte(want)}})
}

// TestConsumerReadsWhatIsStored shows that responses come through a wrapped client unchanged, also what a filter would mask.
func TestConsumerReadsWhatIsStored(t *testing.T) {
	const n = 2000
	topic := broker.CreateTopic(t, 1, nil)
	producer := syncProducer(t, plainSarama(), broker.Addr(""))
	var messages []*sarama.ProducerMessage
	for i := range n {
		s, _ := numbered(i)
		messages = append(messages, message(topic, s))
	}
	if err := producer.SendMessages(messages); err != nil {
		t.Fatal(err)
	}
	consumer, err := sarama.NewConsumer([]string{broker.Addr("")}, wrapped(t, plainSarama()))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		t.Fatal(err)
	}
	defer partition.Close()
	err = within(t, "the consumer", func() error {
		for i := range n {
			m := <-partition.Messages()
			if want, _ := numbered(i); string(m.Value) != want {
				return fmt.Errorf("record %d is %q, want %q", i, m.Value, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBrokerThatIsNotThere wants an error that names the address, soon.
func TestBrokerThatIsNotThere(t *testing.T) {
	addr := closedPort(t)
	config := plainSarama()
	config.Metadata.Retry.Max = 0
	err := within(t, "connecting", func() error {
		p, err := sarama.NewSyncProducer([]string{addr}, wrapped(t, config))
		if err == nil {
			p.Close()
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), addr) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v, want an error that says that %s refused the connection", err, addr)
	}
}
