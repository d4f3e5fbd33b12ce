package pii

import (
	"math/rand/v2"
	"testing"
)

// TestEmailByMasks: where masks decide, the detectors that look at bytes decide alike.
func TestEmailByMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	words := append([]string{" ", "\"", "<", ">", "a@example.com", "b.c@", "@x.org", "-", ".", "..", "@", "com", "co", "x1", "https://u:p"}, parts...)
	e := newEngine(t)
	decided := map[verdict]int{}
	for range 100_000 {
		var b []byte
		for range 1 + r.IntN(8) {
			b = append(b, words[r.IntN(len(words))]...)
		}
		n := e.blocks.load(b, 0)
		for i, c := range b[:min(len(b), n*blockSize)] {
			if c != '@' {
				continue
			}
			for _, loose := range []bool{false, true} {
				start, end, v := e.blocks.emailByMasks(b, i, 1+i/blockSize, uint(i%blockSize), loose)
				slow := text{b: b, loose: loose}
				if slow.urlPassword(i, true); len(slow.found) == 0 {
					slow.email(i, 1)
				}
				decided[v]++
				switch {
				case v == noAddress && (slow.maybe || len(slow.found) > 0):
					t.Fatalf("%q at %d: masks find no address, bytes %v (loose: %v)", b, i, slow.found, loose)
				case v == address && !loose && (len(slow.found) != 1 || slow.found[0] != Finding{start, end, Email}):
					t.Fatalf("%q at %d: masks find %d to %d, bytes %v (loose: %v)", b, i, start, end, slow.found, loose)
				}
			}
		}
	}
	for _, v := range []verdict{unsure, noAddress, address} {
		if decided[v] < 1000 {
			t.Errorf("verdict %d only %d times", v, decided[v])
		}
	}
}
