package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const codecCount = 5 // none, gzip, snappy, lz4, zstd, by their numbers in a batch

// codecValue is a record for the partition of a codec.
func codecValue(codec int) string {
	return fmt.Sprint("codec ", codec, " ", compressible()[0], mainJob[1].sent)
}

func saramaCodecs(t *testing.T, d door, seen *diary) {
	topic := broker.CreateTopic(t, codecCount, nil)
	for codec := range codecCount {
		config := plainSarama()
		config.Producer.Compression = sarama.CompressionCodec(codec)
		p := syncProducer(t, d.sarama(t, config), broker.Addr(""))
		must(t, "sending", func() error {
			partition, offset, err := p.SendMessage(keyed(topic, int32(codec), codecValue(codec)))
			seen.note("acknowledged: partition %d offset %d", partition, offset)
			return err
		})
	}
	d.readAll(t, topic, seen)
}

func franzCodecs(t *testing.T, d door, seen *diary) {
	topic := broker.CreateTopic(t, codecCount, nil)
	for codec, by := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		r := &kgo.Record{Topic: topic, Partition: int32(codec), Value: []byte(codecValue(codec))}
		if err := produce(t, d.franz(t, kgo.ProducerBatchCompression(by)), r); err != nil {
			t.Fatal(err)
		}
		seen.note("acknowledged: partition %d offset %d", r.Partition, r.Offset)
	}
	d.readAll(t, topic, seen)
}

func kafkaGoCodecs(t *testing.T, d door, seen *diary) {
	topic := broker.CreateTopic(t, codecCount, nil)
	for codec := range codecCount {
		w := d.kafkaGo(t, topic, codec, seen)
		w.Compression = kafka.Compression(codec)
		must(t, "writing", func() error { return w.WriteMessages(t.Context(), kafka.Message{Value: []byte(codecValue(codec))}) })
	}
	d.readAll(t, topic, seen)
}

const acksRecords = 10

// acknowledged notes what a topic holds, once all is there: with acks 0 nobody says when that is.
func acknowledged(t *testing.T, d door, topic string, seen *diary) {
	t.Helper()
	await(t, "all records", func() bool { return broker.HighWatermarks(t, topic)[0] >= acksRecords })
	d.readAll(t, topic, seen)
}

func saramaAcks(t *testing.T, d door, seen *diary) {
	for _, acks := range []sarama.RequiredAcks{sarama.NoResponse, sarama.WaitForLocal, sarama.WaitForAll} {
		topic := broker.CreateTopic(t, 1, nil)
		config := plainSarama()
		config.Producer.RequiredAcks = acks
		p := syncProducer(t, d.sarama(t, config), broker.Addr(""))
		for i := range acksRecords {
			value, _ := numbered(i)
			must(t, "sending", func() error {
				_, offset, err := p.SendMessage(message(topic, value))
				seen.note("acks %d: offset %d", acks, offset)
				return err
			})
		}
		acknowledged(t, d, topic, seen)
	}
}

func franzAcks(t *testing.T, d door, seen *diary) {
	for i, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
		topic := broker.CreateTopic(t, 1, nil)
		c := d.franz(t, kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1))
		for j := range acksRecords {
			value, _ := numbered(j)
			r := &kgo.Record{Topic: topic, Value: []byte(value)}
			if err := produce(t, c, r); err != nil {
				t.Fatal(err)
			}
			seen.note("acks %d of three: offset %d", i, r.Offset)
		}
		acknowledged(t, d, topic, seen)
	}
}

func kafkaGoAcks(t *testing.T, d door, seen *diary) {
	for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
		topic := broker.CreateTopic(t, 1, nil)
		w := d.kafkaGo(t, topic, 0, seen)
		w.RequiredAcks = acks
		for i := range acksRecords {
			value, _ := numbered(i)
			must(t, "writing", func() error { return w.WriteMessages(t.Context(), kafka.Message{Value: []byte(value)}) })
			// Without acks kafka-go takes another connection of its pool for the next one, which may overtake.
			await(t, "the record", func() bool { return broker.HighWatermarks(t, topic)[0] > int64(i) })
		}
		acknowledged(t, d, topic, seen)
	}
}

const largeLimit = 12 << 20 // for batches, in bytes

// largeTopic is a topic that takes records of 10 MB.
func largeTopic(t *testing.T) string {
	return broker.CreateTopic(t, 1, map[string]string{"max.message.bytes": fmt.Sprint(largeLimit)})
}

// largeValue is 10 MB of text with an address at its beginning, in its middle and at its end.
func largeValue() string {
	const mail, line = "example@email.com", "lorem ipsum dolor sit amet "
	half := strings.Repeat(line, 10_000_000/2/len(line))
	return mail + " " + half + mail + " " + half + mail
}

func saramaLarge(t *testing.T, d door, seen *diary) {
	topic := largeTopic(t)
	config := plainSarama()
	config.Producer.MaxMessageBytes = largeLimit
	p := syncProducer(t, d.sarama(t, config), broker.Addr(""))
	must(t, "sending", func() error {
		_, offset, err := p.SendMessage(message(topic, largeValue()))
		seen.note("acknowledged: offset %d", offset)
		return err
	})
	_, _, err := p.SendMessage(message(topic, largeValue()+largeValue()))
	seen.failure("a record that is too large", topic, err)
	d.readAll(t, topic, seen)
}

func franzLarge(t *testing.T, d door, seen *diary) {
	topic := largeTopic(t)
	c := d.franz(t, uncompressed, kgo.ProducerBatchMaxBytes(largeLimit))
	if err := produce(t, c, &kgo.Record{Topic: topic, Value: []byte(largeValue())}); err != nil {
		t.Fatal(err)
	}
	seen.failure("a record that is too large", topic, produce(t, c, &kgo.Record{Topic: topic, Value: []byte(largeValue() + largeValue())}))
	d.readAll(t, topic, seen)
}

func kafkaGoLarge(t *testing.T, d door, seen *diary) {
	topic := largeTopic(t)
	w := d.kafkaGo(t, topic, 0, seen)
	w.BatchBytes = largeLimit
	must(t, "writing", func() error { return w.WriteMessages(t.Context(), kafka.Message{Value: []byte(largeValue())}) })
	d.readAll(t, topic, seen)
}

// TestThousandTopics: clients learn of 1,000 topics, and produce to some of them.
func TestThousandTopics(t *testing.T) {
	const n, each = 1000, 50
	admin := plainAdmin(t)
	prefix := broker.CreateTopic(t, 1, nil)
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%04d", prefix, i))
	}
	small := "65536" // the index of a segment is allocated at once
	must(t, "creating topics", func() error {
		created, err := admin.CreateTopics(t.Context(), 1, 1, map[string]*string{"segment.index.bytes": &small}, names...)
		if err == nil {
			err = created.Error()
		}
		return err
	})
	defer must(t, "deleting topics", func() error { _, err := admin.DeleteTopics(t.Context(), names...); return err })
	await(t, "leaders", func() bool {
		offsets, err := admin.ListEndOffsets(t.Context(), names...)
		return err == nil && offsets.Error() == nil && len(offsets) == n
	})
	// known notes the topics of this test among those that a client knows.
	known := func(t *testing.T, seen *diary, all []string) {
		t.Helper()
		var ours []string
		for _, topic := range all {
			if slices.Contains(names, topic) {
				ours = append(ours, topic)
			}
		}
		slices.Sort(ours)
		if len(ours) != n {
			t.Errorf("the client knows %d of the topics, want %d", len(ours), n)
		}
		seen.note("%d topics: %v", len(ours), ours)
	}
	t.Run("sarama", func(t *testing.T) {
		compareDoors(t, func(t *testing.T, d door, seen *diary) {
			c, err := sarama.NewClient([]string{broker.Addr("")}, d.sarama(t, plainSarama()))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			all, err := c.Topics()
			if err != nil {
				t.Fatal(err)
			}
			known(t, seen, all)
			p, err := sarama.NewSyncProducerFromClient(c)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			var batch []*sarama.ProducerMessage
			before := map[string]int64{}
			for i := 0; i < n; i += each {
				before[names[i]] = broker.HighWatermarks(t, names[i])[0]
				batch = append(batch, message(names[i], mainJob[1].sent))
			}
			must(t, "sending", func() error { return p.SendMessages(batch) })
			for _, m := range batch {
				seen.note("%s: offset %d after what was there", m.Topic, m.Offset-before[m.Topic])
				noteLast(t, d, m.Topic, seen)
			}
		}, true)
	})
	t.Run("franz-go", func(t *testing.T) {
		compareDoors(t, func(t *testing.T, d door, seen *diary) {
			c := d.franz(t)
			topics, err := kadm.NewClient(c).ListTopics(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			known(t, seen, topics.Names())
			var batch []*kgo.Record
			for i := 0; i < n; i += each {
				batch = append(batch, &kgo.Record{Topic: names[i], Value: []byte(mainJob[1].sent)})
			}
			if err := produce(t, c, batch...); err != nil {
				t.Fatal(err)
			}
			for _, r := range batch {
				noteLast(t, d, r.Topic, seen)
			}
		}, true)
	})
	t.Run("kafka-go", func(t *testing.T) {
		compareDoors(t, func(t *testing.T, d door, seen *diary) {
			transport := &kafka.Transport{Dial: d.dial}
			defer transport.CloseIdleConnections()
			c := kafka.Client{Addr: kafka.TCP(broker.Addr("")), Transport: transport}
			var response *kafka.MetadataResponse
			must(t, "the metadata", func() (err error) { response, err = c.Metadata(t.Context(), &kafka.MetadataRequest{}); return err })
			var all []string
			for _, topic := range response.Topics {
				all = append(all, topic.Name)
			}
			known(t, seen, all)
		}, false)
	})
}

// noteLast notes the last record of a topic.
func noteLast(t *testing.T, d door, topic string, seen *diary) {
	t.Helper()
	c := d.franz(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtEnd().Relative(-1)}}))
	defer c.Close()
	must(t, "reading", func() error {
		fetches := c.PollFetches(t.Context())
		for _, r := range fetches.Records() {
			seen.note("%s: %s", topic, r.Value)
		}
		return fetches.Err()
	})
}
