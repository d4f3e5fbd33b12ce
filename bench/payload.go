package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
)

// nearMisses is the corpus of what looks like personal data and secrets and is none, which the PII filter's own tests use.
//
//go:embed near-misses.txt
var nearMisses string

// payloads returns different records of about size bytes, the same in each run: lines of the near-miss corpus, with so many e-mail addresses and the like
// in each KiB.
func payloads(size, findings int) [][]byte {
	r := rand.New(rand.NewPCG(uint64(size), uint64(findings)))
	lines := strings.Split(strings.TrimSpace(nearMisses), "\n")
	out := make([][]byte, max(4, min(64, 4<<20/size)))
	for i := range out {
		var b []byte
		for len(b) < size {
			b = append(append(b, lines[r.IntN(len(lines))]...), '\n')
		}
		b = b[:size]
		for k := range findings * size / 1024 {
			insert(b, k*1024/findings, r)
		}
		out[i] = b
	}
	return out
}

// insert writes one finding over what stands at i.
func insert(b []byte, i int, r *rand.Rand) {
	f := [...]string{
		` "email":"jane.doe%03d@example.com" `, ` "card":"4111 1111 1111 1111" %.0d`, ` "ip":"81.2.69.%d" `, ` password=hunter%03d `, ` "iban":"DE89370400440532013000" %.0d`,
		` "ssn":"219-09-9%03d" `,
	}[r.IntN(6)]
	copy(b[min(i, max(0, len(b)-48)):], fmt.Sprintf(f, r.IntN(250)))
}
