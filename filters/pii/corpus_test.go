package pii

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

// nearMisses is lines that are full of what findings are made of, and hold none.
//
//go:embed testdata/near-misses.txt
var nearMisses []byte

func TestNearMisses(t *testing.T) {
	e := newEngine(t)
	for line := range bytes.Lines(nearMisses) {
		for _, f := range e.Find(nil, line) {
			t.Errorf("%s %q in %s", f.Kind, line[f.Start:f.End], line)
		}
	}
	if f := e.Find(nil, nearMisses); len(f) > 0 {
		t.Errorf("all lines together: %v", f)
	}
}

// orders is JSON as services write it, n bytes, without findings but with as many addresses of e-mail in each KiB.
func orders(n, emails int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"delivered", "to the warehouse", "on hold", "priority", "gift wrapped", "second attempt", "left at the door", "returned by customer", "damaged box"}
	var b []byte
	written := 0
	for len(b) < n {
		b = append(b, `{"id":`...)
		b = strconv.AppendInt(b, 1762000000123+r.Int64N(1e9), 10)
		b = append(b, `,"created_at":"2026-11-24T02:45:54.123Z","sku":"AB-`...)
		b = strconv.AppendInt(b, r.Int64N(1e6), 10)
		b = append(b, `","quantity":`...)
		b = strconv.AppendInt(b, r.Int64N(20), 10)
		b = append(b, `,"price":`...)
		b = strconv.AppendFloat(b, float64(r.IntN(1e6))/100, 'f', 2, 64)
		b = append(b, `,"status":"`...)
		b = append(b, words[r.IntN(len(words))]...)
		b = append(b, `","note":"`...)
		for range 2 + r.IntN(6) {
			b = append(append(b, words[r.IntN(len(words))]...), ' ')
		}
		b = append(b, `","contact":"`...)
		for ; written*1024 < emails*len(b); written++ {
			b = append(b, "first.last"...)
			b = strconv.AppendInt(b, int64(written), 10)
			b = append(b, "@mail.example.com "...)
		}
		b = append(b, "\"}\n"...)
	}
	return b[:n]
}

// logs is n bytes of JSON logs without findings: at least 15 % digits, and something that looks like a finding in every hundred bytes.
func logs(n int) []byte {
	r := rand.New(rand.NewPCG(41, 42))
	levels, paths := []string{"info", "warn", "debug", "error"}, []string{"orders", "users", "carts", "payments/status", "search", "inventory/items"}
	msgs := []string{"request completed", "cache refreshed after timeout", "retry scheduled", "upstream answered", "batch flushed to storage", "connection pool resized"}
	var b []byte
	for len(b) < n {
		b = fmt.Appendf(b, `{"ts":"2026-%02d-%02dT%02d:%02d:%02d.%03dZ","epoch":17%011d,"level":"%s","msg":"%s","trace_id":"%016x%016x","span":"%016x",`, 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60),
			r.IntN(1000), r.Uint64()%1e11, levels[r.IntN(4)], msgs[r.IntN(6)], r.Uint64(), r.Uint64(), r.Uint64())
		b = fmt.Appendf(b, `"request_id":"%08x-%04x-4%03x-a%03x-%012x","url":"https://api.shop.example/v2/%s/%d?page=%d&limit=50&since=%d","duration_ms":%d.%03d,"bytes":%d,"version":"2.%d.%d","ratio":0.%06d,"offset":%d,"sku":"AB-%04d-%04d"}`+"\n",
			r.Uint32(), r.Uint32()>>16, r.Uint32()>>20, r.Uint32()>>20, r.Uint64()>>16, paths[r.IntN(6)], r.IntN(1e6), r.IntN(40), 1762000000+r.IntN(1e7), r.IntN(900), r.IntN(1000), r.IntN(1e6), r.IntN(30), r.IntN(100), r.IntN(1e6), r.IntN(1e9),
			r.IntN(1e4), r.IntN(1e4))
	}
	return b[:n]
}

func TestLogs(t *testing.T) {
	text := logs(64 << 10)
	digits := 0
	for _, c := range text {
		if isDigit(c) {
			digits++
		}
	}
	if digits*100 < len(text)*15 {
		t.Errorf("%d digits in %d bytes", digits, len(text))
	}
	for _, f := range newEngine(t).Find(nil, text) {
		t.Errorf("%s %q", f.Kind, text[f.Start:f.End])
	}
}

func TestOrders(t *testing.T) {
	e := newEngine(t)
	if text := orders(64<<10, 0); len(e.Find(nil, text)) != 0 {
		t.Error("orders without addresses aren't without findings")
	}
	if n := len(e.Find(nil, orders(64<<10, 6))); n < 6*64-6 || n > 6*64 {
		t.Errorf("%d findings", n)
	}
}

func BenchmarkFind(b *testing.B) {
	e := newEngine(b)
	near := bytes.Repeat(nearMisses, 1+64<<10/len(nearMisses))[:64<<10]
	for _, bench := range []struct {
		name string
		text []byte
	}{{"1KiB", orders(1<<10, 0)}, {"64KiB", orders(64<<10, 0)}, {"1KiB6emails", orders(1<<10, 6)}, {"64KiB6emails", orders(64<<10, 6)}, {"nearmisses", near}, {"logs", logs(64 << 10)}} {
		b.Run(bench.name, func(b *testing.B) {
			dst := e.Find(nil, bench.text)
			b.SetBytes(int64(len(bench.text)))
			b.ReportAllocs()
			for b.Loop() {
				dst = e.Find(dst[:0], bench.text)
			}
		})
	}
}
