package main

import (
	"fmt"
	"math/rand/v2"
)

// payloads returns different records of about size bytes, the same in each run: lines of JSON logs, with so many e-mail addresses and the like in each KiB.
func payloads(size, findings int) [][]byte {
	r := rand.New(rand.NewPCG(uint64(size), uint64(findings)))
	out := make([][]byte, max(4, min(64, 4<<20/size)))
	for i := range out {
		var b []byte
		for len(b) < size {
			b = append(appendLog(b, r), '\n')
		}
		b = b[:size]
		for k := range findings * size / 1024 {
			insert(b, k*1024/findings, r)
		}
		out[i] = b
	}
	return out
}

var sentences = [...]string{
	"order accepted by the warehouse and queued for delivery", "cache miss, loading from the primary store", "retry of the payment provider call succeeded after backoff",
	"session expired, token_count=12 of 50", "schema 1.3.6.1.4.1.311 registered for the topic",
}

// appendLog appends a line that looks like many things that it isn't: a quarter of it are digits, and each hundred bytes have a time, an identifier, a version, a decimal or
// a URL that is nearly a card's, a phone's or an account's number, an address or a secret.
func appendLog(b []byte, r *rand.Rand) []byte {
	return fmt.Appendf(b, `{"ts":"2026-%02d-%02dT%02d:%02d:%02d.%03dZ","epoch_ms":%d,"level":"%s","trace_id":"%08x-%04x-4%03x-8%03x-%012x","service":"checkout-%d","version":"%d.%d.%d-rc%d",`+
		`"latency":%.4f,"url":"https://api.shop.example/v%d/orders/%d?page=%d&sort=created_at&limit=50","msg":"%s","bytes":%d,"offset":%d}`,
		1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000), 1_700_000_000_000+r.Int64N(1<<33), [...]string{"info", "warn", "debug"}[r.IntN(3)],
		r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48), 1+r.IntN(9), r.IntN(10), r.IntN(20), r.IntN(30), r.IntN(10),
		r.Float64()*1000, 1+r.IntN(3), r.IntN(1<<30), 1+r.IntN(99), sentences[r.IntN(len(sentences))], r.IntN(1<<20), r.Int64N(1<<40))
}

// insert writes one finding over what stands at i.
func insert(b []byte, i int, r *rand.Rand) {
	f := [...]string{
		` "email":"jane.doe%03d@example.com" `, ` "card":"4111 1111 1111 1111" %.0d`, ` "ip":"81.2.69.%d" `, ` password=hunter%03d `, ` "iban":"DE89370400440532013000" %.0d`,
		` "ssn":"219-09-9%03d" `,
	}[r.IntN(6)]
	copy(b[min(i, max(0, len(b)-48)):], fmt.Sprintf(f, 1+r.IntN(250)))
}
