package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/internal/testguest/filter"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspsarama"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// The rows of the fault table (docs/faults.md) that need a real broker: an idempotent producer goes on after the fault, so that the topic
// holds every record that was acknowledged, each once, in order and masked.

// wire makes the sockets beneath the filters. It looks for anything unmasked in all that is written to them, and resets a connection now
// and then.
type wire struct {
	resetEvery int64 // bytes; 0 for never

	written atomic.Int64
	resets  atomic.Int64
	leaks   atomic.Int64
}

func (w *wire) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: c, wire: w}, nil
}

// Dial is for sarama's interface of dialers.
func (w *wire) Dial(network, addr string) (net.Conn, error) {
	return w.DialContext(context.Background(), network, addr)
}

type wireConn struct {
	net.Conn
	wire *wire
	tail []byte // the last bytes, since a secret may be cut
}

func (c *wireConn) Write(p []byte) (int, error) {
	seen := append(c.tail, p...)
	if bytes.Contains(seen, []byte("@example.com")) || bytes.Contains(seen, []byte("of user")) {
		c.wire.leaks.Add(1)
	}
	c.tail = bytes.Clone(seen[max(0, len(seen)-20):])
	before := c.wire.written.Add(int64(len(p))) - int64(len(p))
	if every := c.wire.resetEvery; every > 0 && before/every != (before+int64(len(p)))/every && c.wire.resets.Load() < 5 {
		c.wire.resets.Add(1)
		_, _ = c.Conn.Write(p[:len(p)/2]) // in the middle of a request
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
		c.Conn.Close()
	}
	return c.Conn.Write(p)
}

const faultRecords = 3000

// faultRecord is a record of a long run; the one in the middle is what the faulty guest fails at.
func faultRecord(i int) (sent, stored string) {
	sent, stored = numbered(i)
	if i == faultRecords/2 {
		sent, stored = sent+" "+filter.FaultMark, stored+" "+filter.FaultMark
	}
	return sent, stored
}

func TestFaults(t *testing.T) {
	b, err := kafkatest.Start(t.Context(), kafkatest.Config{Progress: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	}()
	pii := nasp.PII("")
	faulty := nasp.Filter{Name: "faulty", Wasm: testguest.Module(t), TimeLimit: 2 * time.Second}
	rows := []struct {
		name    string
		config  string // of the faulty guest
		resets  int64
		restart bool
	}{
		{name: "trap", config: "fault trap downstream once"},
		{name: "trap at the answer", config: "fault trap upstream once"},
		{name: "endless loop", config: "fault hang downstream once"},
		{name: "no memory", config: "fault memory downstream once"},
		{name: "error of a filter", config: "fault error downstream once"},
		{name: "resets", resets: 40_000},
		{name: "broker killed", restart: true},
	}
	clients := []struct {
		name    string
		produce func(t *testing.T, addr, topic string, n *nasp.Interceptor, w *wire, at func(int))
	}{{"franz-go", faultFranz}, {"sarama", faultSarama}}
	for i, row := range rows {
		for j, client := range clients {
			if raceDetector && (i+j)%2 == 1 {
				continue // one client for each row has to do
			}
			t.Run(row.name+"/"+client.name, func(t *testing.T) {
				defer noNewGoroutines(t)()
				filters := []nasp.Filter{pii}
				if row.config != "" {
					f := faulty
					f.Configuration = []byte(row.config)
					filters = []nasp.Filter{f, pii}
				}
				n, err := nasp.New(t.Context(), nasp.Config{Filters: filters, CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := n.Close(context.Background()); err != nil {
						t.Error(err)
					}
				}()
				w := &wire{resetEvery: row.resets}
				topic := b.CreateTopic(t, 1, nil)
				restarted := make(chan error, 1)
				client.produce(t, b.Addr(""), topic, n, w, func(i int) {
					if row.restart && i == faultRecords/3 {
						go func() { restarted <- b.Restart(context.Background()) }()
					}
				})
				if row.restart {
					if err := <-restarted; err != nil {
						t.Fatal(err)
					}
				}
				checkFaultRow(t, b, topic, n, w, row.resets, row.config)
			})
		}
	}
}

// noNewGoroutines returns a check that all goroutines from now on have ended.
func noNewGoroutines(t *testing.T) (check func()) {
	options := []goleak.Option{
		goleak.IgnoreCurrent(),
		goleak.IgnoreTopFunction("github.com/rcrowley/go-metrics.(*meterArbiter).tick"),              // sarama's, for ever
		goleak.IgnoreAnyFunction("github.com/libnasp/libnasp/test/e2e/internal/process.Start.func1"), // a new broker's
	}
	return func() { goleak.VerifyNone(t, options...) }
}

// checkFaultRow wants the fault to have been, and no trace of it.
func checkFaultRow(t *testing.T, b *kafkatest.Broker, topic string, n *nasp.Interceptor, w *wire, resets int64, config string) {
	t.Helper()
	if n := w.leaks.Load(); n > 0 {
		t.Errorf("%d writes to the broker held something unmasked", n)
	}
	if resets > 0 && w.resets.Load() == 0 {
		t.Error("no connection was reset")
	}
	if config != "" && n.Metrics().Failed == 0 {
		t.Error("no connection has failed by the filter")
	}
	got := b.Consume(t, topic)
	if len(got) != faultRecords {
		t.Errorf("the topic holds %d records, %d were acknowledged", len(got), faultRecords)
	}
	for i, r := range got[:min(len(got), faultRecords)] {
		if _, want := faultRecord(i); string(r.Value) != want {
			t.Fatalf("record %d is %q, want %q", i, r.Value, want)
		}
	}
}

// faultFranz produces all records, and returns when all are acknowledged.
func faultFranz(t *testing.T, addr, topic string, n *nasp.Interceptor, w *wire, at func(int)) {
	d := &nasp.Dialer{Interceptor: n, Base: w.DialContext}
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.Dialer(d.DialContext), uncompressed, kgo.ProducerLinger(0),
		kgo.MaxBufferedRecords(200), kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var mu sync.Mutex
	var failed []error
	err = within(t, "franz-go", func() error {
		for i := range faultRecords {
			at(i)
			sent, _ := faultRecord(i)
			client.Produce(t.Context(), &kgo.Record{Topic: topic, Value: []byte(sent)}, func(_ *kgo.Record, err error) {
				if err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
				}
			})
		}
		return client.Flush(t.Context())
	})
	mu.Lock()
	defer mu.Unlock()
	if len(failed) > 0 {
		t.Errorf("%d records were not acknowledged: %v", len(failed), failed[0])
	}
	if err != nil {
		t.Error(err)
	}
}

// TestFaultShutdown ends the filters while a producer works: what was acknowledged until then is stored once, in order and masked, and
// everything else was refused.
func TestFaultShutdown(t *testing.T) {
	n, err := nasp.New(t.Context(), nasp.Config{CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	topic := broker.CreateTopic(t, 1, nil)
	d := &nasp.Dialer{Interceptor: n, Base: w.DialContext}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr("")), kgo.Dialer(d.DialContext), uncompressed, kgo.ProducerLinger(0),
		kgo.MaxBufferedRecords(200))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var acked atomic.Int64
	for i := range faultRecords {
		if i == faultRecords/2 {
			if err := n.Close(context.Background()); err != nil {
				t.Error(err)
			}
			time.AfterFunc(time.Second, cancel) // the client would try for ever
		}
		sent, _ := faultRecord(i)
		client.Produce(ctx, &kgo.Record{Topic: topic, Value: []byte(sent)}, func(_ *kgo.Record, err error) {
			if err == nil {
				acked.Add(1)
			}
		})
	}
	_ = within(t, "franz-go", func() error { return client.Flush(ctx) }) // what was sent once can't be cancelled, so it ends with ctx
	client.Close()
	if n := w.leaks.Load(); n > 0 {
		t.Errorf("%d writes to the broker held something unmasked", n)
	}
	got := broker.Consume(t, topic)
	if int64(len(got)) < acked.Load() || acked.Load() == 0 || acked.Load() == faultRecords {
		t.Errorf("the topic holds %d records, %d were acknowledged", len(got), acked.Load())
	}
	for i, r := range got {
		if _, want := faultRecord(i); string(r.Value) != want {
			t.Fatalf("record %d is %q, want %q", i, r.Value, want)
		}
	}
}

func faultSarama(t *testing.T, addr, topic string, n *nasp.Interceptor, w *wire, at func(int)) {
	config := plainSarama()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	config.Producer.Retry.Max = 1000
	config.Producer.Retry.Backoff = 50 * time.Millisecond
	config.Metadata.Retry.Max = 1000
	config.Producer.Flush.MaxMessages = 100
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, w
	wrapped, err := naspsarama.Wrap(config, n)
	if err != nil {
		t.Fatal(err)
	}
	producer, err := sarama.NewSyncProducer([]string{addr}, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	err = within(t, "sarama", func() error {
		var errs []error
		for i := 0; i < faultRecords; i += 50 {
			var batch []*sarama.ProducerMessage
			for j := i; j < i+50; j++ {
				at(j)
				sent, _ := faultRecord(j)
				batch = append(batch, message(topic, sent))
			}
			if err := producer.SendMessages(batch); err != nil {
				errs = append(errs, describe(err))
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Error(err)
	}
}

// describe gives the first of sarama's errors: its own text is their number.
func describe(err error) error {
	var errs sarama.ProducerErrors
	if errors.As(err, &errs) && len(errs) > 0 {
		return fmt.Errorf("%d records failed: %w", len(errs), errs[0].Err)
	}
	return err
}
