package nasp_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/nasp"
)

// TestLargestFrame: a request as large as Kafka allows (socket.request.max.bytes, 100 MiB) fits into a guest, and the next one after it.
func TestLargestFrame(t *testing.T) {
	value := strings.Repeat("nothing to see here. ", 95<<20/21)
	in := kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text(value+"me@example.com")...))
	want := kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text(value+"**************")...))
	n := newInterceptor(t, nasp.Config{VMs: 1})
	for range 2 {
		s := newServer(t, nil)
		c := dial(t, n, s.addr)
		for b := in; len(b) > 0; {
			k := min(len(b), 1<<20)
			if _, err := c.Write(b[:k]); err != nil {
				t.Fatal(err)
			}
			b = b[k:]
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if got := s.received(t); !bytes.Equal(got, want) {
			t.Fatalf("the server got %d bytes that aren't the %d expected", len(got), len(want))
		}
	}
}
