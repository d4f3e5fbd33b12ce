package e2e

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/nasp"
)

// TestFetchedRecordsAreMasked: what was stored unmasked is masked for a consumer whose filter is configured so, whatever its batches are compressed with.
func TestFetchedRecordsAreMasked(t *testing.T) {
	topic := broker.CreateTopic(t, 1, nil)
	line := compressible()[0]
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for _, codec := range codecs {
		c, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr("")), kgo.ProducerBatchCompression(codec))
		if err != nil {
			t.Fatal(err)
		}
		if err := produceAll(t, c, &kgo.Record{Topic: topic, Value: []byte(line + mainJob[1].sent)}); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	n, err := nasp.New(t.Context(), nasp.Config{
		CacheDir: filepath.Join(cache, "nasp", "e2e-modules"), Logger: slog.New(slog.DiscardHandler),
		Filters: []nasp.Filter{nasp.PII(`{"filters":[{"name":"pii","config":{"directions":["fetch"]}}]}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(t.Context())
	d := nasp.Dialer{Interceptor: n}
	c, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr("")), kgo.Dialer(d.DialContext), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for got := 0; got < len(codecs); {
		var fetches kgo.Fetches
		if err := within(t, "consuming", func() error { fetches = c.PollFetches(t.Context()); return fetches.Err() }); err != nil {
			t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			got++
			if want := line + mainJob[1].stored; string(r.Value) != want {
				t.Errorf("record %d of codec %d arrives as %s", r.Offset, r.Attrs.CompressionType(), quote(r.Value))
			}
		}
	}
}
