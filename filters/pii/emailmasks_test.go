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
		whole := []Field{{0, len(b)}}
		e.blocks.start(whole)
		n := e.blocks.load(b, 0, whole)
		for i, c := range b[:min(len(b), n*blockSize)] {
			if c != '@' {
				continue
			}
			start, end, v := e.blocks.emailByMasks(b, i, 1+i/blockSize, uint(i%blockSize))
			slow := text{b: b, d: &emailDetector}
			if slow.urlPassword(i, true); len(slow.found) == 0 {
				slow.email(i, 1)
			}
			decided[v]++
			switch {
			case v == noAddress && len(slow.found) > 0:
				t.Fatalf("%q at %d: masks find no address, bytes %v", b, i, slow.found)
			case v == address && (len(slow.found) != 1 || slow.found[0] != Finding{start, end, Email, emailConfidence, emailReason}):
				t.Fatalf("%q at %d: masks find %d to %d, bytes %v", b, i, start, end, slow.found)
			}
		}
	}
	for _, v := range []verdict{unsure, noAddress, address} {
		if decided[v] < 1000 {
			t.Errorf("verdict %d only %d times", v, decided[v])
		}
	}
}
