package e2e

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/test/e2e/envoytest"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// envoyListener is the broker's listener behind Envoy, advertised at envoyPort.
const envoyListener = "ENVOY"

var envoyPort *envoytest.Port

// TestEnvoy runs the module that nasp carries, as it is committed, in Envoy: plain clients produce through it, so what is masked is
// masked by the module in Envoy's VM.
func TestEnvoy(t *testing.T) {
	sum, err := os.ReadFile("../../filters/guest/kafkawasm/kafka.wasm.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(kafkawasm.Module)); !strings.HasPrefix(string(sum), got) {
		t.Fatalf("the module has the digest %s, committed is %s", got, sum)
	}
	envoy, err := envoytest.Start(t.Context(), envoytest.Config{
		Addr: envoyPort.Release(), Upstream: broker.ListenAddr(envoyListener), Module: kafkawasm.Module,
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
	t.Run("main job", testEnvoyMainJob)
	t.Run("large record", testEnvoyLargeRecord)
	t.Run("compression", testEnvoyCompression)
	t.Run("many connections", testEnvoyManyConnections)
	t.Run("metrics", func(t *testing.T) { testEnvoyMetrics(t, envoy) })
}

// throughEnvoy are the clients that produce, each by the means of its own users.
var throughEnvoy = map[string]func(t *testing.T, topic, value string) error{
	"kcat": func(t *testing.T, topic, value string) error {
		return broker.KcatProduce(t, broker.Addr(envoyListener), topic, value, "-X", "message.max.bytes=10000000")
	},
	"sarama": func(t *testing.T, topic, value string) error {
		config := plainSarama()
		config.Producer.MaxMessageBytes = 10_000_000
		return sendOnce(t, config, topic, value)
	},
}

func sendOnce(t *testing.T, config *sarama.Config, topic, value string) error {
	producer := syncProducer(t, config, broker.Addr(envoyListener))
	return within(t, "sending through Envoy", func() error {
		_, _, err := producer.SendMessage(message(topic, value))
		return err
	})
}

func testEnvoyMainJob(t *testing.T) {
	for client, send := range throughEnvoy {
		t.Run(client, func(t *testing.T) {
			topic := broker.CreateTopic(t, 1, nil)
			var want []kafkatest.Record
			for i, line := range mainJob {
				if err := send(t, topic, line.sent); err != nil {
					t.Fatal(err)
				}
				want = append(want, kafkatest.Record{Offset: int64(i), Value: []byte(line.stored)})
			}
			assertStored(t, topic, want)
		})
	}
}

// testEnvoyLargeRecord sends a frame that is larger than Envoy's buffers (1 MiB), so that it can't wait there until it is whole.
func testEnvoyLargeRecord(t *testing.T) {
	const mail = "example@email.com"
	filler := strings.Repeat("lorem ipsum dolor sit amet ", 3_000_000/2/27)
	sent := mail + " " + filler + mail + " " + filler + mail
	want := strings.ReplaceAll(sent, mail, strings.Repeat("*", len(mail)))
	for client, send := range throughEnvoy {
		t.Run(client, func(t *testing.T) {
			topic := broker.CreateTopic(t, 1, map[string]string{"max.message.bytes": "5000000"})
			if err := send(t, topic, sent); err != nil {
				t.Fatal(err)
			}
			assertStored(t, topic, []kafkatest.Record{{Value: []byte(want)}})
		})
	}
}

// testEnvoyCompression: compressed batches are masked.
func testEnvoyCompression(t *testing.T) {
	line := compressible()[0]
	check := func(t *testing.T, send func(topic, value string) error) {
		topic := broker.CreateTopic(t, 1, nil)
		if err := send(topic, line+mainJob[0].sent); err != nil {
			t.Fatal(err)
		}
		assertStored(t, topic, []kafkatest.Record{{Value: []byte(line + mainJob[0].stored)}})
	}
	for _, codec := range []string{"gzip", "snappy", "lz4", "zstd"} {
		t.Run("kcat "+codec, func(t *testing.T) {
			check(t, func(topic, value string) error {
				return broker.KcatProduce(t, broker.Addr(envoyListener), topic, value, "-z", codec)
			})
		})
	}
	t.Run("sarama", func(t *testing.T) {
		check(t, func(topic, value string) error {
			config := plainSarama()
			config.Producer.Compression = sarama.CompressionGZIP
			return sendOnce(t, config, topic, value)
		})
	})
}

// testEnvoyManyConnections has more connections than Envoy has VMs, so that streams share one, and runs them at the same time.
func testEnvoyManyConnections(t *testing.T) {
	const connections, n = 8, 500
	var topics []string
	for range connections {
		topics = append(topics, broker.CreateTopic(t, 1, nil))
	}
	errs := make(chan error, connections)
	for _, topic := range topics {
		config := plainSarama()
		config.Producer.Flush.MaxMessages = 20 // more requests than one
		producer := syncProducer(t, config, broker.Addr(envoyListener))
		go func() {
			var messages []*sarama.ProducerMessage
			for i := range n {
				s, _ := numbered(i)
				messages = append(messages, message(topic, s))
			}
			errs <- producer.SendMessages(messages)
		}()
	}
	for range connections {
		if err := within(t, "a connection", func() error { return <-errs }); err != nil {
			t.Error(err)
		}
	}
	for _, topic := range topics {
		assertNumbered(t, topic, n)
	}
	// Responses pass unchanged, also a fetch of many records.
	if got := broker.KcatOutput(t, topics[0], "-b", broker.Addr(envoyListener)); got != broker.KcatOutput(t, topics[0]) {
		t.Errorf("through Envoy kcat reads something else: %d bytes", len(got))
	}
}

// testEnvoyMetrics wants what the module counts in Envoy's own statistics.
func testEnvoyMetrics(t *testing.T, envoy *envoytest.Envoy) {
	stats := func() map[string]int64 {
		s, err := envoy.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := stats()
	topic := broker.CreateTopic(t, 1, nil)
	for _, line := range mainJob {
		if err := throughEnvoy["sarama"](t, topic, line.sent); err != nil {
			t.Fatal(err)
		}
	}
	after := stats()
	for name, want := range map[string]int64{"pii.email.value": 1, "pii.secret.value": 1, "pii.refused": 0} {
		name = "wasmcustom." + name
		if _, ok := after[name]; !ok || after[name]-before[name] != want {
			t.Errorf("%s went from %d to %d (it is there: %t), want %d more", name, before[name], after[name], ok, want)
		}
	}
}
