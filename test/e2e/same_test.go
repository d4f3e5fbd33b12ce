package e2e

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/nasp"
)

// TestSameAsPlain runs what applications do with their clients twice, without nasp and with it, and compares what they see: the plain run is
// the oracle, and masks are the only difference.
func TestSameAsPlain(t *testing.T) {
	for _, row := range []struct {
		name  string
		run   program
		masks bool // the application sends something to mask
	}{
		{"consumer group/sarama", rebalance(joinSarama), true},
		{"consumer group/franz-go", rebalance(joinFranz), true},
		{"consumer group/kafka-go", rebalance(joinKafkaGo), true},
		{"transactions/sarama", saramaTransactions, true},
		{"transactions/franz-go", franzTransactions, true},
		{"codecs/sarama", saramaCodecs, true},
		{"codecs/franz-go", franzCodecs, true},
		{"codecs/kafka-go", kafkaGoCodecs, true},
		{"acks/sarama", saramaAcks, true},
		{"acks/franz-go", franzAcks, true},
		{"acks/kafka-go", kafkaGoAcks, true},
		{"10 MB/sarama", saramaLarge, true},
		{"10 MB/franz-go", franzLarge, true},
		{"10 MB/kafka-go", kafkaGoLarge, true},
		{"administration/sarama", saramaAdministration, false},
		{"SASL/sarama", saramaMechanisms, true},
		{"SASL/franz-go", franzMechanisms, true},
	} {
		t.Run(row.name, func(t *testing.T) { compareDoors(t, row.run, row.masks) })
	}
}

// program is an application: it reaches the broker by d, and notes what it sees.
type program func(t *testing.T, d door, seen *diary)

// compareDoors runs a program by each door and compares the diaries.
func compareDoors(t *testing.T, run program, masks bool) {
	var plain, wrapped diary
	if !t.Run("plain", func(t *testing.T) { run(t, door{}, &plain) }) {
		return
	}
	if !t.Run("wrapped", func(t *testing.T) { run(t, door{wrapped: true}, &wrapped) }) {
		return
	}
	if len(plain.lines) == 0 {
		t.Fatal("the application has noted nothing")
	}
	masked := 0
	for i := range max(len(plain.lines), len(wrapped.lines)) {
		sent, want, got := plain.at(i), masksOf(plain.at(i)), wrapped.at(i)
		if sent != want {
			masked++
		}
		if got != want {
			t.Errorf("line %d of what the application sees is\n  %s\nplain it is, but for masks,\n  %s", i, quote([]byte(got)), quote([]byte(want)))
		}
	}
	if (masked > 0) != masks {
		t.Errorf("%d of %d lines have something to mask", masked, len(plain.lines))
	}
	t.Logf("%d lines are the same, %d of them but for masks", len(plain.lines), masked)
}

// address is all that the programs here send that is to be masked.
var address = regexp.MustCompile(`[a-z0-9]+@(example|email)\.com`)

func masksOf(s string) string {
	return address.ReplaceAllStringFunc(s, func(m string) string { return strings.Repeat("*", len(m)) })
}

// diary is what an application sees, in an order that doesn't depend on chance.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// failure notes an error, without the name of what differs between the runs.
func (d *diary) failure(what, topic string, err error) {
	d.note("%s: %s", what, strings.ReplaceAll(fmt.Sprint(err), topic, "NAME"))
}

func (d *diary) at(i int) string {
	if i >= len(d.lines) {
		return "nothing"
	}
	return d.lines[i]
}

// door is how a program reaches the broker.
type door struct{ wrapped bool }

func (d door) sarama(t *testing.T, config *sarama.Config) *sarama.Config {
	if !d.wrapped {
		return config
	}
	return wrapped(t, config)
}

func (d door) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if !d.wrapped {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return (&nasp.Dialer{Interceptor: interceptor}).DialContext(ctx, network, addr)
}

func (d door) franz(t *testing.T, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(broker.Addr("")), kgo.Dialer(d.dial), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(50 * time.Millisecond),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// kafkaGo makes a writer for one partition that notes what it learns of each message.
func (d door) kafkaGo(t *testing.T, topic string, partition int, seen *diary) *kafka.Writer {
	transport := &kafka.Transport{Dial: d.dial}
	w := &kafka.Writer{
		Addr: kafka.TCP(broker.Addr("")), Topic: topic, Transport: transport, BatchSize: 1, RequiredAcks: kafka.RequireAll, MaxAttempts: 1,
		Balancer: kafka.BalancerFunc(func(kafka.Message, ...int) int { return partition }),
		Completion: func(messages []kafka.Message, err error) {
			for _, m := range messages {
				seen.note("acknowledged: partition %d offset %d error %v", m.Partition, m.Offset, err)
			}
		},
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	})
	return w
}

// readAll notes all records of a topic as a consumer behind the door reads them, with their codecs.
func (d door) readAll(t *testing.T, topic string, seen *diary) {
	t.Helper()
	ends := broker.HighWatermarks(t, topic)
	for p, end := range ends {
		c := d.franz(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {int32(p): kgo.NewOffset().AtStart()}}), kgo.KeepControlRecords())
		for next := int64(0); next < end; {
			var fetches kgo.Fetches
			must(t, "reading", func() error { fetches = c.PollFetches(t.Context()); return fetches.Err() })
			for _, r := range fetches.Records() {
				next = r.Offset + 1
				seen.note("partition %d offset %d codec %d control %t key %s headers %q value %s", r.Partition, r.Offset, r.Attrs.CompressionType(), r.Attrs.IsControl(), r.Key, r.Headers, r.Value)
			}
		}
		c.Close()
	}
}

// plainAdmin looks at the broker from outside of the programs.
func plainAdmin(t *testing.T) *kadm.Client { return kadm.NewClient(door{}.franz(t)) }
