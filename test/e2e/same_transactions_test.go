package e2e

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lastRecord ends what a reader of committed records waits for.
const lastRecord = "the last record"

// saramaTransactions commits and aborts, with offsets of a group in the transactions, and reads with both isolation levels.
func saramaTransactions(t *testing.T, d door, seen *diary) {
	topic := broker.CreateTopic(t, 1, nil)
	config := plainSarama()
	config.Producer.Idempotent, config.Net.MaxOpenRequests, config.Producer.Transaction.ID = true, 1, topic
	p := syncProducer(t, d.sarama(t, config), broker.Addr(""))
	admin := plainAdmin(t)
	for i, commit := range []bool{false, true, false, false, true} {
		must(t, "a transaction", func() error {
			if err := p.BeginTxn(); err != nil {
				return err
			}
			var batch []*sarama.ProducerMessage
			for j := range 3 {
				value, _ := numbered(i*3 + j)
				batch = append(batch, message(topic, value))
			}
			if err := p.SendMessages(batch); err != nil {
				return err
			}
			seen.note("offsets %d to %d", batch[0].Offset, batch[2].Offset)
			offsets := map[string][]*sarama.PartitionOffsetMetadata{topic: {{Partition: 0, Offset: int64(i + 1)}}}
			if err := p.AddOffsetsToTxn(offsets, topic); err != nil {
				return err
			}
			if commit {
				return p.CommitTxn()
			}
			return p.AbortTxn()
		})
		await(t, "the offsets", func() bool { return !commit || committed(t, admin, topic, topic)[0] == int64(i+1) })
		seen.note("commit %t: status %v, committed offsets %v", commit, p.TxnStatus(), committed(t, admin, topic, topic))
	}
	seen.failure("committing without a transaction", topic, p.CommitTxn())
	must(t, "the end", func() error {
		q := syncProducer(t, d.sarama(t, plainSarama()), broker.Addr(""))
		_, _, err := q.SendMessage(message(topic, lastRecord))
		return err
	})
	for _, level := range []sarama.IsolationLevel{sarama.ReadCommitted, sarama.ReadUncommitted} {
		seen.note("isolation level %d", level)
		readToLast(t, d, topic, level, seen)
	}
}

// readToLast notes what a consumer of sarama reads until the last record.
func readToLast(t *testing.T, d door, topic string, level sarama.IsolationLevel, seen *diary) {
	t.Helper()
	config := plainSarama()
	config.Consumer.IsolationLevel = level
	c, err := sarama.NewConsumer([]string{broker.Addr("")}, d.sarama(t, config))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p, err := c.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	must(t, "reading", func() error {
		for m := range p.Messages() {
			seen.note("offset %d: %s", m.Offset, m.Value)
			if string(m.Value) == lastRecord {
				break
			}
		}
		return nil
	})
}

// franzTransactions reads from one topic and writes to another in transactions, the first of which is aborted: its records come again.
func franzTransactions(t *testing.T, d door, seen *diary) {
	in, out := broker.CreateTopic(t, 1, nil), broker.CreateTopic(t, 1, nil)
	const n = 6
	var records []*kgo.Record
	for i := range n {
		value, _ := numbered(i)
		records = append(records, &kgo.Record{Topic: in, Value: []byte(value)})
	}
	if err := produce(t, d.franz(t), records...); err != nil {
		t.Fatal(err)
	}
	s, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(broker.Addr("")), kgo.Dialer(d.dial), kgo.ConsumerGroup(in), kgo.TransactionalID(in),
		kgo.ConsumeTopics(in), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.HeartbeatInterval(groupTick), kgo.DefaultProduceTopic(out))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	admin := plainAdmin(t)
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		must(t, "a transaction", func() error {
			if err := s.Begin(); err != nil {
				return err
			}
			for got := 0; got < n; {
				fetches := s.PollFetches(t.Context())
				if err := fetches.Err(); err != nil {
					return err
				}
				for _, r := range fetches.Records() {
					got++
					seen.note("read offset %d: %s", r.Offset, r.Value)
					s.Produce(t.Context(), kgo.StringRecord("again "+string(r.Value)+" and of someone@example.com"), func(_ *kgo.Record, err error) {
						if err != nil {
							t.Error(err)
						}
					})
				}
			}
			if err := s.Client().Flush(t.Context()); err != nil { // an abort would drop what isn't sent yet
				return err
			}
			ended, err := s.End(t.Context(), end)
			seen.note("ended by commit %t", ended)
			return err
		})
		want := int64(-1)
		if end == kgo.TryCommit {
			want = n
		}
		await(t, "the offsets", func() bool { return committed(t, admin, in, in)[0] == want })
	}
	if err := produce(t, d.franz(t), &kgo.Record{Topic: out, Value: []byte(lastRecord)}); err != nil {
		t.Fatal(err)
	}
	for _, level := range []sarama.IsolationLevel{sarama.ReadCommitted, sarama.ReadUncommitted} {
		seen.note("isolation level %d", level)
		readToLast(t, d, out, level, seen)
	}
}
