package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		q    float64
		want float64
	}{{[]float64{3, 1, 2}, 0.5, 2}, {[]float64{1, 2, 3, 4}, 0.5, 2.5}, {[]float64{5}, 0.99, 5}, {[]float64{0, 10}, 0.9, 9}, {nil, 0.5, 0}} {
		if got := quantile(c.v, c.q); got != c.want {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.v, c.q, got, c.want)
		}
	}
}

// TestBootstrapCoversTheTruth draws noisy pairs of a known ratio.
func TestBootstrapCoversTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	covered := 0
	const trials = 40
	for range trials {
		var a, b series
		for range 30 {
			noise := math.Exp(r.NormFloat64() * 0.2) // of the machine, on both
			a = append(a, 90*noise*(1+0.02*r.NormFloat64()))
			b = append(b, 100*noise*(1+0.02*r.NormFloat64()))
		}
		i := bootstrap(func(m []float64) float64 { return m[0] / m[1] }, a, b)
		if i.Low <= 0.9 && 0.9 <= i.High {
			covered++
		}
		if i.Low > i.Value || i.High < i.Value || i.High-i.Low > 0.5 {
			t.Fatalf("%+v", i)
		}
	}
	if covered < trials*3/4 {
		t.Errorf("%d of %d intervals cover the truth", covered, trials)
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		i       interval
		bar     float64
		atLeast bool
		want    string
	}{
		{interval{0.98, 0.97, 0.99}, 0.97, true, "met"}, {interval{0.98, 0.90, 1.06}, 0.97, true, "not resolved"}, {interval{0.5, 0.3, 0.6}, 0.97, true, "missed"},
		{interval{0.5, 0.3, 0.7}, 0.9, false, "met"}, {interval{1.2, 1.1, 1.3}, 1, false, "missed"},
	} {
		if got := c.i.verdict(c.bar, c.atLeast); got != c.want {
			t.Errorf("%+v against %v: %s, want %s", c.i, c.bar, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, bad := range [][]string{{"-variants", "x"}, {"-what", "all"}, {"-codecs", "gzip"}, {"-sizes", "a"}, {"-rounds", "1"}, {"more"}} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := parse([]string{"-variants", "plain,wasm", "-sizes", "100,1024"}); err != nil {
		t.Error(err)
	}
}
