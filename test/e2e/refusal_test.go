package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/filters/kafka/filtertest"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/test/e2e/envoytest"
)

// rulesListener is the broker's listener behind a proxy with the filter of examples/filter, which refuses records without a key and topics with other
// names. It is advertised at rulesPort, where Envoy listens, or a proxy with nasp in it: so clients of all languages come through.
const rulesListener = "RULES"

var rulesPort *envoytest.Port

// rulesPrefix begins the names of topics that may be created.
const rulesPrefix = "allowed-"

// TestRefusals has clients send what is refused, whole or in part, in both hosts: they learn so at once, by the error that their API documents for it, and
// what they send besides and afterwards is stored exactly once.
func TestRefusals(t *testing.T) {
	module := filtertest.Module(t, "../../examples/filter")
	hosts := map[string]func(t *testing.T){
		"nasp": func(t *testing.T) { proxyWithNasp(t, module) },
		"Envoy": func(t *testing.T) {
			envoy, err := envoytest.Start(t.Context(), envoytest.Config{
				Addr: rulesPort.Release(), Upstream: broker.ListenAddr(rulesListener), Module: module, Configuration: rulesPrefix,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("Envoy's log:\n%s", envoy.Log())
				}
				if err := envoy.Stop(); err != nil {
					t.Error(err)
				}
			})
		},
	}
	for name, start := range hosts {
		t.Run(name, func(t *testing.T) {
			start(t)
			t.Run("sarama", testSaramaRefusals)
			t.Run("franz-go", testFranzRefusals)
			t.Run("kafka-go", testKafkaGoRefusals)
			t.Run("kcat", testKcatRefusals)
			t.Run("java", testJavaRefusals)
		})
	}
}

// proxyWithNasp forwards connections to the broker through nasp with a module.
func proxyWithNasp(t *testing.T, module []byte) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	n, err := nasp.New(t.Context(), nasp.Config{
		CacheDir: filepath.Join(cache, "nasp", "e2e-modules"), Logger: slog.New(slog.DiscardHandler),
		Filters: []nasp.Filter{{Name: "rules", Wasm: module, Trusted: true, Configuration: []byte(rulesPrefix)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(context.Background()) })
	d := nasp.Dialer{Interceptor: n}
	serveProxy(t, rulesPort.Release(), func(c net.Conn) (net.Conn, error) {
		return d.DialContext(context.Background(), "tcp", broker.ListenAddr(rulesListener))
	})
}

// serveProxy forwards connections to addr until the test ends.
func serveProxy(t *testing.T, addr string, dial func(net.Conn) (net.Conn, error)) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				up, err := dial(c)
				if err != nil {
					return
				}
				defer up.Close()
				defer context.AfterFunc(t.Context(), func() { c.Close() })() // clients keep connections open
				forward(c, up)
			})
		}
	})
}

// forward copies both ways until one way ends.
func forward(a, b net.Conn) {
	done := make(chan struct{}, 2)
	pipe := func(to, from net.Conn) {
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			if n > 0 {
				if _, werr := to.Write(buf[:n]); werr != nil {
					break
				}
			}
			if err != nil {
				break
			}
		}
		done <- struct{}{}
	}
	go pipe(a, b)
	go pipe(b, a)
	<-done
	a.Close()
	b.Close()
	<-done
}

// storedValues are the values of each partition, in order.
func storedValues(t *testing.T, topic string) string {
	t.Helper()
	var out []string
	for _, r := range broker.Kcat(t, topic) {
		out = append(out, fmt.Sprint(r.Partition, ":", string(r.Value)))
	}
	return strings.Join(out, " ")
}

func assertValues(t *testing.T, topic, want string) {
	t.Helper()
	if got := storedValues(t, topic); got != want {
		t.Errorf("stored is %q, want %q", got, want)
	}
}

func keyed(topic string, partition int32, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Partition: partition, Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(value)}
}

func keyless(topic string, partition int32, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Partition: partition, Value: sarama.StringEncoder(value)}
}

func testSaramaRefusals(t *testing.T) {
	addr := broker.Addr(rulesListener)
	send := func(t *testing.T, p sarama.SyncProducer, messages ...*sarama.ProducerMessage) error {
		return within(t, "sending", func() error { return p.SendMessages(messages) })
	}
	for name, set := range map[string]func(*sarama.Config){
		"plain": func(*sarama.Config) {},
		"idempotent": func(c *sarama.Config) {
			c.Producer.Idempotent = true
			c.Net.MaxOpenRequests = 1
		},
		"pipelined": func(c *sarama.Config) { c.Net.MaxOpenRequests = 5 },
		"gzip":      func(c *sarama.Config) { c.Producer.Compression = sarama.CompressionGZIP },
		"old":       func(c *sarama.Config) { c.Version = sarama.V0_11_0_0 },
	} {
		t.Run(name, func(t *testing.T) {
			topic := broker.CreateTopic(t, 2, nil)
			config := plainSarama()
			config.Producer.Flush.Messages = 2
			config.Producer.Flush.Frequency = 50e6
			set(config)
			p := syncProducer(t, config, addr)
			err := send(t, p, keyed(topic, 0, "one"), keyless(topic, 1, "refused"))
			var each sarama.ProducerErrors
			if !errors.As(err, &each) || len(each) != 1 || each[0].Msg.Partition != 1 || !errors.Is(each[0].Err, sarama.ErrInvalidRecord) {
				t.Errorf("one of two partitions: %v", err)
			}
			if err := send(t, p, keyless(topic, 0, "refused"), keyless(topic, 1, "refused")); !errors.As(err, &each) || len(each) != 2 {
				t.Errorf("all: %v", err)
			}
			if err := send(t, p, keyed(topic, 0, "two"), keyed(topic, 1, "three")); err != nil {
				t.Error(err)
			}
			assertValues(t, topic, "0:one 0:two 1:three")
		})
	}
	t.Run("acks=0", func(t *testing.T) {
		topic := broker.CreateTopic(t, 1, nil)
		config := plainSarama()
		config.Producer.RequiredAcks = sarama.NoResponse
		p := syncProducer(t, config, addr)
		if err := send(t, p, keyless(topic, 0, "refused")); err != nil {
			t.Error(err) // there is nothing to learn it from
		}
		if err := send(t, p, keyed(topic, 0, "one")); err != nil {
			t.Error(err)
		}
		await(t, "the record", func() bool { return broker.HighWatermarks(t, topic)[0] > 0 })
		assertValues(t, topic, "0:one")
	})
	t.Run("create", func(t *testing.T) {
		admin, err := sarama.NewClusterAdmin([]string{addr}, plainSarama())
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close()
		detail := &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}
		err = within(t, "creating", func() error { return admin.CreateTopic("other-sarama"+hostName(t), detail, false) })
		if !errors.Is(err, sarama.ErrPolicyViolation) {
			t.Errorf("another name: %v", err)
		}
		if err = admin.CreateTopic(rulesPrefix+"sarama"+hostName(t), detail, false); err != nil {
			t.Error(err)
		}
	})
}

// hostName is the part of a test's name that says in which host it runs.
func hostName(t *testing.T) string { return strings.Split(t.Name(), "/")[1] }

func testFranzRefusals(t *testing.T) {
	client := func(t *testing.T, options ...kgo.Opt) *kgo.Client {
		c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(broker.Addr(rulesListener)), kgo.RecordPartitioner(kgo.ManualPartitioner())}, options...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	good := func(topic, value string) *kgo.Record {
		return &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(value)}
	}
	t.Run("five in flight", func(t *testing.T) {
		topic := broker.CreateTopic(t, 2, nil)
		c := client(t, kgo.ProducerLinger(0)) // idempotent, so up to five requests
		var mu sync.Mutex
		var stored []string
		var failed []error
		var all sync.WaitGroup
		produce := func(r *kgo.Record) {
			all.Add(1)
			c.Produce(t.Context(), r, func(r *kgo.Record, err error) {
				defer all.Done()
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = append(failed, err)
				} else {
					stored = append(stored, "0:"+string(r.Value))
				}
			})
		}
		for i := range 300 {
			r := good(topic, fmt.Sprint("v", i))
			if i%50 == 25 {
				r.Key = nil
			}
			produce(r)
		}
		within(t, "franz-go's producer", func() error { all.Wait(); return nil })
		if len(failed) == 0 || !slices.ContainsFunc(failed, func(err error) bool { return errors.Is(err, kerr.InvalidRecord) }) {
			t.Errorf("%d failed: %v", len(failed), errors.Join(failed[:min(len(failed), 3)]...))
		}
		for _, err := range failed {
			if !errors.Is(err, kerr.InvalidRecord) {
				t.Errorf("a record failed by %v", err)
				break
			}
		}
		if err := produceAll(t, c, good(topic, "last")); err != nil {
			t.Error(err)
		}
		assertValues(t, topic, strings.Join(append(stored, "0:last"), " "))
	})
	t.Run("one partition of two", func(t *testing.T) {
		topic := broker.CreateTopic(t, 2, nil)
		c := client(t, kgo.ProducerLinger(100e6))
		bad := &kgo.Record{Topic: topic, Partition: 1, Value: []byte("refused")}
		var results kgo.ProduceResults
		within(t, "sending", func() error { results = c.ProduceSync(t.Context(), good(topic, "one"), bad); return nil })
		for _, r := range results {
			if (r.Record == bad) != errors.Is(r.Err, kerr.InvalidRecord) {
				t.Errorf("partition %d: %v", r.Record.Partition, r.Err)
			}
		}
		assertValues(t, topic, "0:one")
	})
	t.Run("transaction", func(t *testing.T) {
		topic := broker.CreateTopic(t, 1, nil)
		c := client(t, kgo.TransactionalID(topic))
		for _, step := range []struct {
			record *kgo.Record
			end    kgo.TransactionEndTry
			want   error
		}{
			{&kgo.Record{Topic: topic, Value: []byte("refused")}, kgo.TryAbort, kerr.InvalidRecord}, {good(topic, "committed"), kgo.TryCommit, nil},
		} {
			if err := c.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := produceAll(t, c, step.record); !errors.Is(err, step.want) {
				t.Errorf("got %v, want %v", err, step.want)
			}
			if err := within(t, "ending the transaction", func() error { return c.EndTransaction(t.Context(), step.end) }); err != nil {
				t.Fatal(err)
			}
		}
		assertValues(t, topic, "0:committed")
	})
	t.Run("create", func(t *testing.T) {
		admin := kadm.NewClient(client(t))
		var got kadm.CreateTopicResponses
		other, allowed := "other-franz"+hostName(t), rulesPrefix+"franz"+hostName(t)
		err := within(t, "creating", func() (err error) {
			got, err = admin.CreateTopics(t.Context(), 1, 1, nil, other, allowed)
			return err
		})
		if err != nil || !errors.Is(got[other].Err, kerr.PolicyViolation) || got[allowed].Err != nil {
			t.Errorf("%v, %+v", err, got)
		}
		if !strings.Contains(got[other].ErrMessage, "must begin with") {
			t.Errorf("the message is %q", got[other].ErrMessage)
		}
	})
}

func produceAll(t *testing.T, c *kgo.Client, records ...*kgo.Record) error {
	t.Helper()
	return within(t, "sending", func() error { return c.ProduceSync(t.Context(), records...).FirstErr() })
}

func testKafkaGoRefusals(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	transport := &kafka.Transport{} // the default one remembers what the proxy before has told
	w := &kafka.Writer{Addr: kafka.TCP(broker.Addr(rulesListener)), Topic: topic, BatchTimeout: 1e6, RequiredAcks: kafka.RequireAll, Transport: transport}
	t.Cleanup(func() {
		w.Close()
		transport.CloseIdleConnections()
	})
	err := within(t, "a refused write", func() error { return w.WriteMessages(t.Context(), kafka.Message{Value: []byte("refused")}) })
	var each kafka.WriteErrors // one for each message; it has no Unwrap
	if !errors.As(err, &each) || len(each) != 1 || !errors.Is(each[0], kafka.InvalidRecord) {
		t.Errorf("got %v, want INVALID_RECORD", err)
	}
	if err := within(t, "a write", func() error {
		return w.WriteMessages(t.Context(), kafka.Message{Key: []byte("k"), Value: []byte("one")})
	}); err != nil {
		t.Error(err)
	}
	assertValues(t, topic, "0:one")
}

func testKcatRefusals(t *testing.T) {
	for _, args := range [][]string{nil, {"-X", "enable.idempotence=true"}, {"-z", "zstd"}, {"-X", "acks=0"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			topic := broker.CreateTopic(t, 1, nil)
			args := append(args, "-K:", "-p", "0", "-X", "batch.num.messages=1")
			err := broker.KcatProduce(t, broker.Addr(rulesListener), topic, "refused\n", args...)
			if slices.Contains(args, "acks=0") {
				if err != nil {
					t.Error(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), "Broker failed to validate record") {
				t.Errorf("got %v, want kcat's text for INVALID_RECORD", err)
			}
			if err := broker.KcatProduce(t, broker.Addr(rulesListener), topic, "k:one\nk:two\nk:three\n", args...); err != nil {
				t.Error(err)
			}
			await(t, "the records", func() bool { return broker.HighWatermarks(t, topic)[0] >= 3 })
			assertValues(t, topic, "0:one 0:two 0:three")
		})
	}
}

func testJavaRefusals(t *testing.T) {
	java := func(t *testing.T, want []string, command string, args ...string) {
		t.Helper()
		got := broker.Java(t, "testdata/Client.java", append([]string{command, broker.Addr(rulesListener)}, args...)...)
		if !slices.Equal(got, want) {
			t.Errorf("%s reports %q, want %q", command, got, want)
		}
	}
	const refused = "InvalidRecordException"
	// Java leaves room for a short record in a batch of one, so these are longer.
	value := func(s string) string { return s + strings.Repeat(".", 60) }
	t.Run("five in flight", func(t *testing.T) {
		topic := broker.CreateTopic(t, 2, nil)
		// One record a batch, so that five requests are in flight.
		java(t, []string{"ok", refused, "ok", "ok", "ok", "ok", "ok"}, "produce", topic, "batch.size=1,linger.ms=0",
			value("0:k:one"), value("0::refused"), value("0:k:two"), value("0:k:three"), value("1:k:four"), value("0:k:five"), value("0:k:six"))
		want := strings.Fields("0:one 0:two 0:three 0:five 0:six 1:four")
		for i := range want {
			want[i] = value(want[i])
		}
		assertValues(t, topic, strings.Join(want, " "))
	})
	t.Run("one partition of two", func(t *testing.T) {
		topic := broker.CreateTopic(t, 2, nil)
		java(t, []string{"ok", refused}, "produce", topic, "linger.ms=500", "0:k:one", "1::refused")
		assertValues(t, topic, "0:one")
	})
	t.Run("acks=0", func(t *testing.T) {
		topic := broker.CreateTopic(t, 1, nil)
		java(t, []string{"ok", "ok"}, "produce", topic, "acks=0,enable.idempotence=false,batch.size=1", value("0::refused"), value("0:k:one"))
		await(t, "the record", func() bool { return broker.HighWatermarks(t, topic)[0] > 0 })
		assertValues(t, topic, value("0:one"))
	})
	t.Run("transaction", func(t *testing.T) {
		topic := broker.CreateTopic(t, 1, nil)
		java(t, []string{refused, "ok"}, "transaction", topic)
		assertValues(t, topic, "0:committed")
	})
	t.Run("create", func(t *testing.T) {
		java(t, []string{"PolicyViolationException", "ok", "PolicyViolationException"}, "create", "other-1"+hostName(t), rulesPrefix+"java"+hostName(t), "other-2"+hostName(t))
	})
}
