package kafkatest

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is a record as it is stored.
type Record struct {
	Partition  int32
	Offset     int64
	Key, Value []byte // nil for null
	Headers    []Header
}

// Header is a header of a record.
type Header struct{ Name, Value string }

// sortRecords orders records by partition and offset.
func sortRecords(records []Record) {
	slices.SortFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
}

// Consume returns all records that a topic holds now, by partition and offset, read by franz-go without any filter. Those of aborted
// transactions are among them; Kcat leaves them out.
func (b *Broker) Consume(t testing.TB, topic string) []Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard)
	defer cancel()
	left := map[int32]int64{} // the ends of partitions that aren't read to the end
	for p, end := range b.HighWatermarks(t, topic) {
		if end > 0 {
			left[int32(p)] = end
		}
	}
	// Control records are kept until here, since the last record of a partition may be one.
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr("")), kgo.ConsumeTopics(topic), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	defer client.Close()
	var records []Record
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("kafkatest: consuming topic %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				records = append(records, recordOf(r))
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	sortRecords(records)
	return records
}

func recordOf(r *kgo.Record) Record {
	out := Record{Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, Header{h.Key, string(h.Value)})
	}
	return out
}
