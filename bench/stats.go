package main

import (
	"math/rand/v2"
	"slices"
)

// series is one figure of one variant, a value for each round.
type series []float64

func median(v []float64) float64 { return quantile(v, 0.5) }

// quantile returns the q-quantile, between the two values beside it.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 == len(s) {
		return s[i]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// interval is a value with its 95 % bootstrap interval.
type interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

const resamples = 4000

// bootstrap computes f of the medians of some series, which have a value for each of the same rounds: rounds are drawn together, since what disturbed one variant
// of a round probably disturbed the others.
func bootstrap(f func(medians []float64) float64, all ...series) interval {
	rounds := len(all[0])
	medians := make([]float64, len(all))
	at := func(index func(round int) int) float64 {
		drawn := make([]float64, rounds)
		for i, s := range all {
			for r := range rounds {
				drawn[r] = s[index(r)]
			}
			medians[i] = median(drawn)
		}
		return f(medians)
	}
	out := interval{Value: at(func(r int) int { return r })}
	rnd := rand.New(rand.NewPCG(1, 2)) // the same draws each time: a report can be computed again from its JSON
	values := make([]float64, resamples)
	picks := make([]int, rounds)
	for i := range values {
		for r := range picks {
			picks[r] = rnd.IntN(rounds)
		}
		values[i] = at(func(r int) int { return picks[r] })
	}
	out.Low, out.High = quantile(values, 0.025), quantile(values, 0.975)
	return out
}

// halfWidth is what a ratio may be unsure by to be held against a bar that lies in its interval.
const halfWidth = 0.03

// verdict holds a ratio against a bar: at least it, or at most it.
func (i interval) verdict(bar float64, atLeast bool) string {
	inside := i.Low <= bar && bar <= i.High
	met := i.Value >= bar
	if !atLeast {
		met = i.Value <= bar
	}
	switch {
	case inside && (i.High-i.Low)/2 > halfWidth:
		return "not resolved"
	case met:
		return "met"
	default:
		return "missed"
	}
}
