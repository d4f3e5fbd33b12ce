//go:build !wasip1

package piikafka

import (
	"bytes"
	"testing"

	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/internal/kafkatest"
)

// work runs a filter over a request, and returns the work that it told of: all of it, and the largest piece.
func work(t *testing.T, f *Filter, records []byte) (total, largest int) {
	yield.Hook = func(n int) {
		total += n
		largest = max(largest, n)
	}
	defer func() { yield.Hook = nil }()
	if _, refusal := produce(f, records); refusal != nil {
		t.Fatal(refusal.Message)
	}
	return total, largest
}

// TestYields: large requests are worked on in small pieces, so that a guest makes host calls between them, and with as much work for each byte,
// however large they are.
func TestYields(t *testing.T) {
	const small, large = 64 << 10, 1 << 20
	f, _ := newFilter(t, Config{})
	totals := map[string]int{}
	for name, records := range kafkatest.Large {
		totals[name], _ = work(t, f, kafkatest.Batch(records(small)...))
	}
	for name, records := range kafkatest.Large {
		total, largest := work(t, f, kafkatest.Batch(records(large)...))
		if largest > yield.Every/2 {
			t.Errorf("%s: %d of work in one go, more than %d", name, largest, yield.Every/2)
		}
		if total < large {
			t.Errorf("%s: %d bytes were read for no more than %d of work", name, large, total)
		}
		if most := totals[name] * (large / small) * 5 / 4; total > most {
			t.Errorf("%s: %d of work, where %d would be in proportion to a smaller request", name, total, most)
		}
	}
}

// TestMasksNumbersOfOneArray: each of them is masked as a number, which needs a look at what is before it.
func TestMasksNumbersOfOneArray(t *testing.T) {
	f, _ := newFilter(t, Config{})
	got := kafkatest.Batch(kafkatest.Text("[1, 4111111111111111, 2, 4111111111111111]")...)
	if _, refusal := produce(f, got); refusal != nil {
		t.Fatal(refusal.Message)
	}
	if want := kafkatest.Batch(kafkatest.Text("[1, 1111111111111111, 2, 1111111111111111]")...); !bytes.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
