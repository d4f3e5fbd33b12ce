package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspsarama"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// How often, at most: a shorter test does each several times.
const (
	soakReload  = 5 * time.Second
	soakRestart = time.Minute
)

// TestSoak produces for as long as NASP_SOAK says, by idempotent producers of two clients, while configurations are replaced and the broker is
// killed and started again. At the end nothing is lost nor doubled, nothing unmasked was written, and memory is what it was after the first minute.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("NASP_SOAK"))
	if err != nil {
		t.Skip("set NASP_SOAK to a time such as 10m to run this test; -timeout has to be longer")
	}
	b, err := kafkatest.Start(t.Context(), kafkatest.Config{Progress: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	}()
	defer noNewGoroutines(t)()
	config := nasp.Config{CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)}
	n, err := nasp.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	soaks := []*soak{
		{name: "franz-go", topic: b.CreateTopic(t, 1, nil), send: soakFranz(t, b.Addr(""), n, w)},
		{name: "franz-go, always anew", topic: b.CreateTopic(t, 1, nil), send: soakAnew(t, b.Addr(""), n, w)},
		{name: "sarama", topic: b.CreateTopic(t, 1, nil), send: soakSarama(t, b.Addr(""), n, w)},
	}
	var all sync.WaitGroup
	for _, s := range soaks {
		all.Go(func() { s.run(t, ctx) })
	}
	var reloads, restarts int
	all.Go(func() {
		reloads = every(ctx, min(soakReload, length/10), func() {
			if err := n.Reload(context.Background(), config); err != nil {
				t.Error(err)
			}
		})
	})
	all.Go(func() {
		restarts = every(ctx, min(soakRestart, length/4), func() {
			if err := b.Restart(context.Background()); err != nil {
				t.Error(err)
			}
		})
	})
	early := memoryAt(ctx, min(time.Minute, length/4))
	all.Wait()
	late := residentMemory()
	if err := n.Close(context.Background()); err != nil {
		t.Error(err)
	}
	for _, s := range soaks {
		s.check(t, b)
	}
	if leaks := w.leaks.Load(); leaks > 0 {
		t.Errorf("%d writes to the broker held something unmasked", leaks)
	}
	t.Logf("%v: %d reloads, %d restarts; resident memory %d MiB at first, %d MiB at the end", length, reloads, restarts, early>>20, late>>20)
	if reloads == 0 || restarts == 0 {
		t.Errorf("%d reloads, %d restarts: NASP_SOAK is too short", reloads, restarts)
	}
	if most := early + early/4 + 32<<20; late > most {
		t.Errorf("resident memory has grown from %d to %d MiB, more than %d", early>>20, late>>20, most>>20)
	}
}

// soak is one producer.
type soak struct {
	name, topic string
	send        func(topic string, from, n int) error // idempotent, of n numbered records; 0 ends the client
	acked       int
}

// soakBatch is what is sent at once, with pauses in between so that the test can read all of it in the end.
const soakBatch = 50

func (s *soak) run(t *testing.T, ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.send(s.topic, s.acked, soakBatch); err != nil {
			t.Errorf("%s: after %d records: %v", s.name, s.acked, err)
			break
		}
		s.acked += soakBatch
		pause(ctx, 100*time.Millisecond)
	}
	if err := s.send("", 0, 0); err != nil {
		t.Errorf("%s: closing: %v", s.name, err)
	}
}

// check wants every acknowledged record once, in order, and masked.
func (s *soak) check(t *testing.T, b *kafkatest.Broker) {
	got := b.Consume(t, s.topic)
	if len(got) != s.acked || s.acked == 0 {
		t.Errorf("%s: the topic holds %d records, %d were acknowledged", s.name, len(got), s.acked)
	}
	for i, r := range got[:min(len(got), s.acked)] {
		if _, want := numbered(i); string(r.Value) != want {
			t.Fatalf("%s: record %d is %q, want %q", s.name, i, r.Value, want)
		}
	}
	t.Logf("%s: %d records acknowledged and stored once", s.name, s.acked)
}

// soakFranz returns the sending of a client, which ends with a call for no records.
func soakFranz(t *testing.T, addr string, n *nasp.Interceptor, w *wire) func(string, int, int) error {
	d := &nasp.Dialer{Interceptor: n, Base: w.DialContext}
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.Dialer(d.DialContext), uncompressed,
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }), kgo.UnknownTopicRetries(1000))
	if err != nil {
		t.Error(err)
		return func(string, int, int) error { return err }
	}
	return func(topic string, from, n int) error {
		if n == 0 {
			c.Close()
			return nil
		}
		var records []*kgo.Record
		for i := from; i < from+n; i++ {
			value, _ := numbered(i)
			records = append(records, &kgo.Record{Topic: topic, Value: []byte(value)})
		}
		return c.ProduceSync(context.Background(), records...).FirstErr()
	}
}

// soakAnew makes a client for each call, so that there are connections of every configuration.
func soakAnew(t *testing.T, addr string, n *nasp.Interceptor, w *wire) func(string, int, int) error {
	return func(topic string, from, count int) error {
		send := soakFranz(t, addr, n, w)
		var err error
		if count > 0 {
			err = send(topic, from, count)
		}
		return errors.Join(err, send("", 0, 0))
	}
}

func soakSarama(t *testing.T, addr string, n *nasp.Interceptor, w *wire) func(string, int, int) error {
	config := plainSarama()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	config.Producer.Retry.Max, config.Metadata.Retry.Max = 1000, 1000
	config.Producer.Retry.Backoff, config.Metadata.Retry.Backoff = 50*time.Millisecond, 50*time.Millisecond
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, w
	wrapped, err := naspsarama.Wrap(config, n)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sarama.NewSyncProducer([]string{addr}, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	return func(topic string, from, n int) error {
		if n == 0 {
			return p.Close()
		}
		var batch []*sarama.ProducerMessage
		for i := from; i < from+n; i++ {
			value, _ := numbered(i)
			batch = append(batch, message(topic, value))
		}
		return describe(p.SendMessages(batch))
	}
}

// every calls f again and again until ctx ends, and returns how often.
func every(ctx context.Context, d time.Duration, f func()) (calls int) {
	for pause(ctx, d) {
		f()
		calls++
	}
	return calls
}

// pause returns false if ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func memoryAt(ctx context.Context, d time.Duration) uint64 {
	pause(ctx, d)
	return residentMemory()
}

// residentMemory is what the process holds (proc_pid_statm(5)), once what the garbage collector can return is returned. It is 0 elsewhere than on Linux.
func residentMemory() uint64 {
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident uint64
	if _, err := fmt.Fscan(bytes.NewReader(statm), &size, &resident); err != nil {
		return 0
	}
	return resident * uint64(os.Getpagesize())
}
