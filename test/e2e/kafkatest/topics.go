package kafkatest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// guard bounds each wait of a helper. It is for what never comes, not a measure of speed.
const guard = 60 * time.Second

var topics atomic.Int64

// CreateTopic makes a topic whose name says which test it is of, and returns the name. config holds topic properties such as
// "max.message.bytes".
func (b *Broker) CreateTopic(t testing.TB, partitions int32, config map[string]string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard)
	defer cancel()
	name := fmt.Sprintf("%s-%d", legalName(t.Name()), topics.Add(1))
	properties := make(map[string]*string, len(config))
	for k, v := range config {
		properties[k] = &v
	}
	if _, err := b.admin.CreateTopic(ctx, partitions, 1, properties, name); err != nil {
		t.Fatalf("kafkatest: creating topic %s: %v", name, err)
	}
	b.awaitLeaders(ctx, t, name, partitions)
	return name
}

// legalName replaces what Kafka doesn't allow in a topic's name.
func legalName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '.'
	}, s)
}

// awaitLeaders returns when all partitions have a leader. A client that asks before is told of an unknown topic, and kcat ends then.
func (b *Broker) awaitLeaders(ctx context.Context, t testing.TB, topic string, partitions int32) {
	t.Helper()
	for {
		offsets, err := b.admin.ListEndOffsets(ctx, topic)
		if err == nil && offsets.Error() == nil && len(offsets[topic]) == int(partitions) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("kafkatest: topic %s has no leaders: %v, %v", topic, err, offsets.Error())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// HighWatermarks returns the offset after the last record of each partition, by partition number.
func (b *Broker) HighWatermarks(t testing.TB, topic string) []int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard)
	defer cancel()
	listed, err := b.admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		t.Fatalf("kafkatest: reading the offsets of topic %s: %v", topic, err)
	}
	offsets := make([]int64, len(listed[topic]))
	for p, o := range listed[topic] {
		offsets[p] = o.Offset
	}
	return offsets
}
