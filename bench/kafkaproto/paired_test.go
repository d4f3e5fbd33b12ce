package kafkaproto

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// TestPaired prints the times of ours and kmsg's in turns of a few
// milliseconds, which holds on a noisy machine where figures taken one after
// the other don't. It is run by NASP_PAIRED=1 and asserts nothing.
func TestPaired(t *testing.T) {
	if os.Getenv("NASP_PAIRED") == "" {
		t.Skip("set NASP_PAIRED=1 to compare with kmsg in turns")
	}
	for _, e := range all() {
		body, err := e.message.AppendTo(nil, e.version)
		if err != nil {
			t.Fatal(err)
		}
		e.franz.SetVersion(e.version)
		if err := e.franz.UnsafeReadFrom(body); err != nil {
			t.Fatal(err)
		}
		dst := make([]byte, 0, len(body))
		turns(e.name+" decode",
			func() { _ = e.message.Decode(body, e.version) },
			func() { _ = e.franz.UnsafeReadFrom(body) })
		turns(e.name+" encode",
			func() { _, _ = e.message.AppendTo(dst[:0], e.version) },
			func() { e.franz.AppendTo(dst[:0]) })
	}
}

func turns(name string, ours, theirs func()) {
	const rounds = 300
	n := 1
	for time1(ours, n) < 500*time.Microsecond {
		n *= 2
	}
	var a, b [rounds]float64
	for i := range rounds {
		a[i] = float64(time1(ours, n)) / float64(n)
		b[i] = float64(time1(theirs, n)) / float64(n)
	}
	slices.Sort(a[:])
	slices.Sort(b[:])
	fmt.Printf("%-20s lowest %9.0f against %9.0f ns, middle %9.0f against %9.0f ns, ratio %.2f and %.2f\n", name,
		a[0], b[0], a[rounds/2], b[rounds/2], a[0]/b[0], a[rounds/2]/b[rounds/2])
}

func time1(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}
