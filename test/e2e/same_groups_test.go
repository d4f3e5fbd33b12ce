package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	groupPartitions = 4
	groupRecords    = 80 // of each phase
	groupTick       = 200 * time.Millisecond
)

// join makes a member of a group that hands each record that it gets to got and commits it. leave ends it, and can be called again.
type join func(t *testing.T, d door, group, topic string, got func(delivered)) (leave func())

type delivered struct {
	partition int32
	offset    int64
	value     string
}

// rebalance has a member alone, then two, then one again: every record is delivered once and committed.
func rebalance(member join) program {
	return func(t *testing.T, d door, seen *diary) {
		topic := broker.CreateTopic(t, groupPartitions, nil)
		admin := plainAdmin(t)
		var mu sync.Mutex
		var all []delivered
		got := func(r delivered) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, r)
		}
		sent := 0
		phase := func(owned ...int) {
			await(t, fmt.Sprint("owners ", owned), func() bool { return reflect.DeepEqual(owners(t, admin, topic), owned) })
			produceNumbered(t, d, topic, sent, groupRecords)
			sent += groupRecords
			await(t, fmt.Sprint(sent, " records"), func() bool { mu.Lock(); defer mu.Unlock(); return len(all) >= sent })
			// The next change of members must find nothing that was delivered and not committed: that would come again.
			await(t, "the commits", func() bool {
				return reflect.DeepEqual(committed(t, admin, topic, topic), broker.HighWatermarks(t, topic))
			})
			seen.note("%d members own %v, committed %v", len(owned), owned, committed(t, admin, topic, topic))
		}
		leaveFirst := member(t, d, topic, topic, got)
		defer leaveFirst()
		phase(4)
		leaveSecond := member(t, d, topic, topic, got)
		defer leaveSecond()
		phase(2, 2)
		leaveFirst()
		phase(4)
		leaveSecond()
		mu.Lock()
		defer mu.Unlock()
		slices.SortFunc(all, func(a, b delivered) int {
			return cmp.Or(cmp.Compare(a.partition, b.partition), cmp.Compare(a.offset, b.offset))
		})
		for _, r := range all { // one that came twice is one line too many
			seen.note("partition %d offset %d: %s", r.partition, r.offset, r.value)
		}
		if len(all) != sent {
			t.Errorf("%d records were delivered, want %d", len(all), sent)
		}
	}
}

// owners returns how many partitions each member of a settled group has, and nil when it isn't settled.
func owners(t *testing.T, admin *kadm.Client, group string) (owned []int) {
	t.Helper()
	described, err := admin.DescribeGroups(t.Context(), group)
	if err != nil || described[group].State != "Stable" {
		return nil // also while the coordinator isn't there
	}
	for _, m := range described[group].Members {
		n := 0
		if a, ok := m.Assigned.AsConsumer(); ok {
			for _, topic := range a.Topics {
				n += len(topic.Partitions)
			}
		}
		owned = append(owned, n)
	}
	slices.Sort(owned)
	return owned
}

// committed returns the committed offset of each partition, -1 for none.
func committed(t *testing.T, admin *kadm.Client, group, topic string) []int64 {
	t.Helper()
	offsets := make([]int64, len(broker.HighWatermarks(t, topic)))
	var responses kadm.OffsetResponses
	await(t, "the coordinator", func() bool { // it is loading at first
		var err error
		responses, err = admin.FetchOffsets(t.Context(), group)
		return err == nil
	})
	for p := range offsets {
		offsets[p] = -1
		if o, ok := responses.Lookup(topic, int32(p)); ok {
			offsets[p] = o.At
		}
	}
	return offsets
}

// produceNumbered sends n numbered records to the partitions in turn.
func produceNumbered(t *testing.T, d door, topic string, from, n int) {
	t.Helper()
	var records []*kgo.Record
	for i := from; i < from+n; i++ {
		value, _ := numbered(i)
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % groupPartitions), Value: []byte(value)})
	}
	if err := produce(t, d.franz(t), records...); err != nil {
		t.Fatal(err)
	}
}

type saramaMember struct{ got func(delivered) }

func (saramaMember) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (saramaMember) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m saramaMember) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for r := range claim.Messages() {
		m.got(delivered{r.Partition, r.Offset, string(r.Value)})
		s.MarkMessage(r, "")
	}
	return nil
}

func joinSarama(t *testing.T, d door, group, topic string, got func(delivered)) func() {
	config := plainSarama()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Interval = groupTick
	config.Consumer.Group.Heartbeat.Interval = groupTick
	g, err := sarama.NewConsumerGroup([]string{broker.Addr("")}, group, d.sarama(t, config))
	if err != nil {
		t.Fatal(err)
	}
	return member(t, g.Close, func(ctx context.Context) error { return g.Consume(ctx, []string{topic}, saramaMember{got}) })
}

func joinFranz(t *testing.T, d door, group, topic string, got func(delivered)) func() {
	c := d.franz(t, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(groupTick), kgo.AutoCommitInterval(groupTick))
	return member(t, func() error { c.Close(); return nil }, func(ctx context.Context) error {
		fetches := c.PollFetches(ctx)
		fetches.EachRecord(func(r *kgo.Record) { got(delivered{r.Partition, r.Offset, string(r.Value)}) })
		return fetches.Err()
	})
}

func joinKafkaGo(t *testing.T, d door, group, topic string, got func(delivered)) func() {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{broker.Addr("")}, GroupID: group, Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: groupTick,
		HeartbeatInterval: groupTick, JoinGroupBackoff: groupTick, Dialer: &kafka.Dialer{DialFunc: d.dial, Timeout: guard},
	})
	return member(t, r.Close, func(ctx context.Context) error {
		m, err := r.ReadMessage(ctx) // commits, too
		if err == nil {
			got(delivered{int32(m.Partition), m.Offset, string(m.Value)})
		}
		return err
	})
}

// member calls step again and again until it leaves, and closes what it is of then.
func member(t *testing.T, closeIt func() error, step func(context.Context) error) (leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if err := step(ctx); err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	return sync.OnceFunc(func() {
		cancel()
		if err := within(t, "leaving", func() error { return errors.Join(<-done, closeIt()) }); err != nil {
			t.Errorf("a member of the group: %v", err)
		}
	})
}
