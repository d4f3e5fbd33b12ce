package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	kafkafilters "github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
	"github.com/libnasp/libnasp/kafkaproto/registry"
)

// recorded is what was said on one connection.
type recorded struct{ requests, responses []byte }

// recorder is a proxy that keeps what passes.
type recorder struct {
	mu    sync.Mutex
	conns []*recorded
}

// recording is a connection to the broker that keeps what is written and read.
type recording struct {
	net.Conn
	mu *sync.Mutex
	to *recorded
}

func (r recording) Write(p []byte) (int, error) {
	n, err := r.Conn.Write(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to.requests = append(r.to.requests, p[:n]...)
	return n, err
}

func (r recording) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to.responses = append(r.to.responses, p[:n]...)
	return n, err
}

func record(t *testing.T) *recorder {
	r := &recorder{}
	serveProxy(t, rulesPort.Release(), func(net.Conn) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", broker.ListenAddr(rulesListener))
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		to := &recorded{}
		r.conns = append(r.conns, to)
		return recording{c, &r.mu, to}, nil
	})
	return r
}

// programs use the APIs that applications of each library use: producing, groups, transactions, administration.
var programs = map[string]func(t *testing.T, addr string){
	"sarama old":    func(t *testing.T, addr string) { saramaProgram(t, addr, sarama.V0_11_0_0) },
	"sarama newest": func(t *testing.T, addr string) { saramaProgram(t, addr, sarama.MaxVersion) },
	"franz-go":      franzProgram,
	"kafka-go":      kafkaGoProgram,
	"kcat":          kcatProgram,
	"java":          javaProgram,
}

// TestIdentity records what real programs and a real broker say to each other, and sends it through filters that ask for every API, decode and
// encode each message, and walk all records: byte for byte the same must come out, however the streams are cut; NASP_CUTS=100000 tries every cut in two.
func TestIdentity(t *testing.T) {
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			var r *recorder
			t.Run("program", func(t *testing.T) {
				r = record(t)
				program(t, broker.Addr(rulesListener))
			})
			seen := map[string]bool{}
			total, batches := 0, 0
			for i, c := range r.conns {
				f := &identity{seen: seen}
				replay(t, fmt.Sprint("connection ", i), c, f)
				total += len(c.requests) + len(c.responses)
				batches += f.batches
			}
			if total == 0 || batches == 0 {
				t.Fatalf("%d bytes with %d batches were recorded", total, batches)
			}
			t.Logf("%d connections, %d bytes, %d messages of %d kinds", len(r.conns), total, batches, len(seen))
		})
	}
}

// identity asks for everything and changes nothing, but has all encoded again.
type identity struct {
	seen    map[string]bool
	batches int
}

func (*identity) Name() string { return "identity" }

func (*identity) Requests() (all []kafkafilters.API) {
	for key := range kafkaproto.APIKey(1000) {
		if _, _, ok := key.Versions(); ok {
			all = append(all, kafkafilters.API{Key: key})
		}
	}
	return all
}

func (f *identity) Responses() []kafkafilters.API { return f.Requests() }

func (f *identity) OnRequest(r *kafkafilters.Request) error {
	f.seen[fmt.Sprint(r.APIKey, " v", r.APIVersion)] = true
	r.Changed()
	return r.DecodeAs(registry.NewRequest(r.APIKey))
}

func (f *identity) OnResponse(r *kafkafilters.Response) error {
	r.Changed()
	return r.DecodeAs(registry.NewResponse(r.APIKey))
}

func (*identity) RecordsOf() kafkafilters.Directions {
	return kafkafilters.Produced | kafkafilters.Fetched
}

func (f *identity) OnRecords(r *kafkafilters.Records) error {
	f.batches++
	for r.Next() {
		if r.Compression() == kafkaproto.NoCompression { // no two libraries compress alike
			r.Replaced()
		}
	}
	return r.Err()
}

func (*identity) Facts() kafkafilters.Facts {
	return kafkafilters.Principal | kafkafilters.TopicNames | kafkafilters.Brokers
}

// mostCuts bounds the cuts in two of one direction of a connection, of which long ones have too many. With the race detector each takes long, so there are
// few, unless NASP_CUTS says otherwise.
func mostCuts(t *testing.T) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("NASP_CUTS"), "150"))
	if err != nil || n <= 0 {
		t.Fatalf("NASP_CUTS must be a number of cuts above 0")
	}
	return n
}

func replay(t *testing.T, name string, c *recorded, f *identity) {
	most := mostCuts(t)
	rng := rand.New(rand.NewPCG(1, 2))
	cuts := []func(left int) int{
		func(left int) int { return left }, func(int) int { return 1 },
		func(int) int { return 1 + rng.IntN(20) }, func(int) int { return 1 + rng.IntN(2000) },
	}
	for i, cut := range cuts {
		if !same(t, fmt.Sprint(name, ", cut ", i), c, f, cut, cut) {
			return
		}
	}
	whole := cuts[0]
	for at := 1; at < len(c.requests); at += 1 + len(c.requests)/most {
		if !same(t, fmt.Sprint(name, ", requests cut at ", at), &recorded{requests: c.requests}, f, inTwo(at), whole) {
			return
		}
	}
	for at := 1; at < len(c.responses); at += 1 + len(c.responses)/most {
		if !same(t, fmt.Sprint(name, ", responses cut at ", at), c, f, whole, inTwo(at)) {
			return
		}
	}
}

// inTwo cuts once.
func inTwo(at int) func(int) int {
	first := true
	return func(left int) int {
		if first {
			first = false
			return at
		}
		return left
	}
}

func same(t *testing.T, name string, c *recorded, f *identity, cutRequests, cutResponses func(int) int) bool {
	t.Helper()
	chain, err := kafkafilters.NewChain(kafkafilters.Config{Filters: []kafkafilters.Filter{f}, Compressor: &compress.Codecs{}})
	if err != nil {
		t.Fatal(err)
	}
	s := chain.NewStream()
	got, err := through(s.Downstream, c.requests, cutRequests)
	if want := leaves(t, c.requests); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: requests differ at byte %d of %d (%v)", name, differ(got, want), len(want), err)
		return false
	}
	if got, err = through(s.Upstream, c.responses, cutResponses); err != nil || !bytes.Equal(got, c.responses) {
		t.Errorf("%s: responses differ at byte %d of %d (%v)", name, differ(got, c.responses), len(c.responses), err)
		return false
	}
	return true
}

// leaves returns the requests as they are to leave: an ApiVersions of a version that isn't known here, as franz-go's newest begins with, is asked of the
// broker in one that it doesn't know either.
func leaves(t *testing.T, requests []byte) []byte {
	out := bytes.Clone(requests)
	for b := out; len(b) > 0; {
		size, err := kafkaproto.FrameSize(b, 0)
		if err != nil {
			t.Fatal(err)
		}
		frame := b[kafkaproto.FrameSizeLen:][:size]
		key, version := kafkaproto.APIKey(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
		if key == kafkaproto.APIKeyApiVersions && key.Supports(version) != nil {
			frame[2], frame[3] = 0x7f, 0xff
		}
		b = b[kafkaproto.FrameSizeLen+size:]
	}
	return out
}

// differ returns the place of the first byte that differs.
func differ(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// through sends b in pieces through a direction. What is held at the end, of a response that was cut off, counts as passed.
func through(run func(kafkafilters.Buffer, int, bool) error, b []byte, cut func(int) int) (out []byte, err error) {
	for len(b) > 0 {
		n := min(cut(len(b)), len(b))
		buf := &memory{bytes.Clone(b[:n])}
		if err := run(buf, n, n == len(b)); err != nil {
			return out, err
		}
		out, b = append(out, buf.b...), b[n:]
	}
	return out, nil
}

// memory is a host's buffer.
type memory struct{ b []byte }

func (m *memory) Bytes(start, n int) ([]byte, error) { return bytes.Clone(m.b[start : start+n]), nil }

func (m *memory) ReplacePrefix(n int, p []byte) error {
	m.b = append(bytes.Clone(p), m.b[n:]...)
	return nil
}

func must(t *testing.T, what string, f func() error) {
	t.Helper()
	if err := within(t, what, f); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func saramaProgram(t *testing.T, addr string, version sarama.KafkaVersion) {
	topic := broker.CreateTopic(t, 2, nil)
	config := plainSarama()
	config.Version = version
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	p := syncProducer(t, config, addr)
	must(t, "sending", func() error {
		return p.SendMessages([]*sarama.ProducerMessage{keyed(topic, 0, "one"), keyless(topic, 1, "two"), keyed(topic, 1, strings.Repeat("three ", 5000))})
	})
	group, err := sarama.NewConsumerGroup([]string{addr}, topic, config)
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	must(t, "consuming", func() error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		return group.Consume(ctx, []string{topic}, &until{n: 3, cancel: cancel})
	})
	admin, err := sarama.NewClusterAdmin([]string{addr}, config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name, retention := topic+"-admin", "1000"
	must(t, "administration", func() error {
		if err := admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false); err != nil {
			return err
		}
		if version == sarama.V0_11_0_0 { // Kafka 4 doesn't know the versions of the others any more
			return admin.DeleteTopic(name)
		}
		if err := admin.AlterConfig(sarama.TopicResource, name, map[string]*string{"retention.ms": &retention}, false); err != nil {
			return err
		}
		if _, err := admin.DescribeTopics([]string{name}); err != nil {
			return err
		}
		if _, err := admin.ListConsumerGroups(); err != nil {
			return err
		}
		if _, err := admin.DescribeConsumerGroups([]string{topic}); err != nil {
			return err
		}
		return admin.DeleteTopic(name)
	})
	if version == sarama.V0_11_0_0 {
		return
	}
	config = plainSarama()
	config.Version = version
	config.Producer.Idempotent, config.Net.MaxOpenRequests, config.Producer.Transaction.ID = true, 1, topic
	config.Producer.Compression = sarama.CompressionZSTD
	tx := syncProducer(t, config, addr)
	must(t, "a transaction", func() error {
		if err := tx.BeginTxn(); err != nil {
			return err
		}
		if err := tx.SendMessages([]*sarama.ProducerMessage{keyed(topic, 0, "in a transaction")}); err != nil {
			return err
		}
		return tx.CommitTxn()
	})
}

// until is a consumer group's handler that ends after n messages.
type until struct {
	mu     sync.Mutex
	n      int
	cancel func()
}

func (*until) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*until) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (u *until) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		s.MarkMessage(m, "")
		u.mu.Lock()
		if u.n--; u.n == 0 {
			u.cancel()
		}
		u.mu.Unlock()
	}
	return nil
}

func franzProgram(t *testing.T, addr string) {
	topic := broker.CreateTopic(t, 2, nil)
	open := func(options ...kgo.Opt) *kgo.Client {
		c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr)}, options...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	c := open(kgo.ConsumerGroup(topic), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for _, codec := range []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
		p := open(kgo.ProducerBatchCompression(codec))
		if err := produceAll(t, p, &kgo.Record{Topic: topic, Value: []byte("short")}, &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(compressible()[0])}); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "consuming", func() error {
		for n := 0; n < 10; {
			fetches := c.PollFetches(t.Context())
			if err := fetches.Err(); err != nil {
				return err
			}
			n += fetches.NumRecords()
		}
		return c.CommitUncommittedOffsets(t.Context())
	})
	tx := open(kgo.TransactionalID(topic))
	must(t, "a transaction", func() error {
		if err := tx.BeginTransaction(); err != nil {
			return err
		}
		if err := tx.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("in a transaction")}).FirstErr(); err != nil {
			return err
		}
		return tx.EndTransaction(t.Context(), kgo.TryCommit)
	})
	admin := kadm.NewClient(open())
	name := topic + "-admin"
	must(t, "administration", func() error {
		if _, err := admin.CreateTopics(t.Context(), 1, 1, nil, name); err != nil {
			return err
		}
		value := "1000"
		if _, err := admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: "retention.ms", Value: &value}}, name); err != nil {
			return err
		}
		if _, err := admin.CreatePartitions(t.Context(), 1, name); err != nil {
			return err
		}
		if _, err := admin.DescribeGroups(t.Context(), topic); err != nil {
			return err
		}
		if _, err := admin.ListEndOffsets(t.Context(), topic); err != nil {
			return err
		}
		_, err := admin.DeleteTopics(t.Context(), name)
		return err
	})
}

func kafkaGoProgram(t *testing.T, addr string) {
	topic := broker.CreateTopic(t, 1, nil)
	transport := &kafka.Transport{}
	w := &kafka.Writer{Addr: kafka.TCP(addr), Topic: topic, BatchTimeout: 1e6, RequiredAcks: kafka.RequireAll, Transport: transport}
	defer transport.CloseIdleConnections()
	defer w.Close()
	must(t, "writing", func() error {
		return w.WriteMessages(t.Context(), kafka.Message{Key: []byte("k"), Value: []byte("one")}, kafka.Message{Value: []byte("two")})
	})
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{addr}, GroupID: topic, Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 100e6})
	defer r.Close()
	must(t, "reading", func() error {
		for range 2 {
			if _, err := r.ReadMessage(t.Context()); err != nil {
				return err
			}
		}
		return nil
	})
}

func kcatProgram(t *testing.T, addr string) {
	topic := broker.CreateTopic(t, 1, nil)
	for _, args := range [][]string{nil, {"-z", "lz4"}, {"-X", "enable.idempotence=true"}, {"-X", "acks=0"}} {
		if err := broker.KcatProduce(t, addr, topic, "one\ntwo\n"+compressible()[0]+"\n", args...); err != nil {
			t.Fatal(err)
		}
	}
	if out := broker.KcatOutput(t, topic, "-b", addr); !strings.HasPrefix(out, "one\ntwo\n") {
		t.Errorf("kcat reads %q", out[:min(len(out), 100)])
	}
}

func javaProgram(t *testing.T, addr string) {
	topic := broker.CreateTopic(t, 2, nil)
	run := func(command string, args ...string) []string {
		return broker.Java(t, "testdata/Client.java", append([]string{command, addr}, args...)...)
	}
	run("produce", topic, "compression.type=gzip", "0:k:one", "1::two")
	run("produce", topic, "acks=0,enable.idempotence=false", "0:k:three")
	run("create", topic+"-a", topic+"-b")
	run("transaction", topic)
	if got := run("consume", topic, "4"); len(got) < 4 {
		t.Errorf("consumed %q", got)
	}
}
