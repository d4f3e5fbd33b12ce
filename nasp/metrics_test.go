package nasp

import (
	"testing"
	"time"
)

// TestBuckets compares the index with the bounds, around each of them.
func TestBuckets(t *testing.T) {
	bounds := HistogramBounds()
	for i, bound := range bounds {
		for d := bound - 1; d <= bound+1; d++ {
			want := i
			if d > bound {
				want = i + 1
			}
			if got := bucket(d); got != want {
				t.Errorf("%v is in bucket %d, want %d", d, got, want)
			}
		}
	}
	var h histogram
	for _, d := range []time.Duration{0, time.Microsecond, 2 * time.Microsecond, time.Hour} {
		h.observe(d)
	}
	s := h.snapshot()
	if s.Count != 4 || s.Sum != time.Hour+3*time.Microsecond || s.Buckets[0] != 2 || s.Buckets[1] != 1 {
		t.Errorf("got %+v", s)
	}
	if bucket(1<<63-1) != len(bounds) {
		t.Error("the longest duration has a bucket")
	}
}
