package kafkaproto

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
)

func TestRecordReader(t *testing.T) {
	b, rest, err := NextBatch(append(kafkatest.Batch(
		kafkatest.Record{Key: []byte("k"), Value: []byte("one"), Headers: [][2]string{{"h", "v"}, {"i", "w"}}},
		kafkatest.Record{Value: []byte(strings.Repeat("x", 300))},
		kafkatest.Record{Key: []byte{}, Value: nil},
	), 1, 2, 3))
	if err != nil || len(rest) != 3 {
		t.Fatalf("rest %d, %v", len(rest), err)
	}
	var got []string
	var rec Record
	r := b.Reader()
	for r.Next(&rec) {
		if v := rec.Value; v.Bytes != nil && !bytes.Equal(b.Records()[v.Offset:v.Offset+len(v.Bytes)], v.Bytes) {
			t.Error("the offset of a value is wrong")
		}
		s := string(rec.Key.Bytes) + "=" + string(rec.Value.Bytes)
		for range rec.Headers {
			k, v := r.Header()
			s += " " + string(k.Bytes) + ":" + string(v.Bytes)
		}
		got = append(got, s)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	if want := []string{"k=one h:v i:w", "=" + strings.Repeat("x", 300), "="}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got %q", got)
	}
	if rec.Key.Bytes == nil || rec.Value.Bytes != nil {
		t.Error("an empty key must not be null, and a null value not empty")
	}
}

func TestRecordReaderSkipsUnreadHeaders(t *testing.T) {
	b, _, err := NextBatch(kafkatest.Batch(kafkatest.Record{Value: []byte("a"), Headers: [][2]string{{"h", "v"}}}, kafkatest.Record{Value: []byte("b")}))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var rec Record
	r := b.Reader()
	for r.Next(&rec) {
		n++
	}
	if n != 2 || r.Err() != nil {
		t.Fatalf("%d records, %v", n, r.Err())
	}
}

func TestBadBatches(t *testing.T) {
	edit := func(f func(b []byte)) []byte {
		b := kafkatest.Batch(kafkatest.Record{Value: []byte("value")}, kafkatest.Record{Value: []byte("value")})
		f(b)
		return b
	}
	tests := map[string][]byte{
		"cut off":           kafkatest.Batch(kafkatest.Record{})[:60],
		"magic 1":           edit(func(b []byte) { b[16] = 1 }),
		"length beyond":     edit(func(b []byte) { b[11]++ }),
		"length negative":   edit(func(b []byte) { b[8] = 0x80 }),
		"more records":      edit(func(b []byte) { b[60]++ }),
		"fewer records":     edit(func(b []byte) { b[60]-- }),
		"negative count":    edit(func(b []byte) { b[57] = 0xff }),
		"record too long":   edit(func(b []byte) { b[61] = 0x7e }),
		"record too short":  edit(func(b []byte) { b[61] = 2 }),
		"value beyond":      edit(func(b []byte) { b[66] = 0x7e }),
		"value leaves gap":  edit(func(b []byte) { b[66] -= 2 }),
		"number of headers": edit(func(b []byte) { b[72] = 0x7e }),
	}
	for name, in := range tests {
		b, _, err := NextBatch(in)
		if err == nil {
			var rec Record
			r := b.Reader()
			for r.Next(&rec) {
			}
			err = r.Err()
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCompression(t *testing.T) {
	for attr, want := range []string{"", "gzip", "snappy", "lz4", "zstd", "unknown", "unknown", "unknown", ""} {
		b := kafkatest.Batch(kafkatest.Record{Value: []byte("v")})
		b[22] = byte(attr)
		if got := Batch(b).Compression().String(); got != want {
			t.Errorf("attributes %d: %q, want %q", attr, got, want)
		}
	}
}

// TestPatch compares the updated checksum with one that is computed anew.
func TestPatch(t *testing.T) {
	for range 200 {
		b := Batch(kafkatest.Batch(kafkatest.Record{Value: make([]byte, 1+rand.IntN(100_000))}))
		var p BatchPatch
		records := b.Records()
		for off := rand.IntN(len(records)); off < len(records); off += 1 + rand.IntN(len(records)) {
			is := records[off:min(off+rand.IntN(20), len(records))]
			was := bytes.Clone(is)
			for i := range is {
				is[i] = byte(rand.Uint32())
			}
			p.Change(off, was, is)
			off += len(is)
		}
		b.Patch(&p)
		want := kafkatest.CRC(b)
		if got := binary.BigEndian.Uint32(b[17:]); got != want {
			t.Fatalf("%08x, want %08x", got, want)
		}
	}
}

func TestPatchKeepsCorruptBatchCorrupt(t *testing.T) {
	b := Batch(kafkatest.Batch(kafkatest.Record{Value: []byte("value")}))
	b[17]++
	var p BatchPatch
	p.Change(5, b.Records()[5:6], []byte{'x'})
	b.Records()[5] = 'x'
	b.Patch(&p)
	if binary.BigEndian.Uint32(b[17:]) == kafkatest.CRC(b) {
		t.Fatal("the change has made a corrupt batch valid")
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(kafkatest.Batch(kafkatest.Record{Key: []byte("k"), Value: []byte("one"), Headers: [][2]string{{"h", "v"}}}))
	f.Fuzz(func(t *testing.T, in []byte) {
		for len(in) > 0 {
			b, rest, err := NextBatch(in)
			if err != nil {
				return
			}
			var rec Record
			n := 0
			r := b.Reader()
			for r.Next(&rec) {
				n += 1 + len(rec.Key.Bytes) + len(rec.Value.Bytes)
				for range rec.Headers {
					k, v := r.Header()
					n += len(k.Bytes) + len(v.Bytes)
				}
			}
			if n > len(in) {
				t.Fatalf("%d bytes of fields in a batch of %d", n, len(in))
			}
			in = rest
		}
	})
}

func TestWalkingDoesNotAllocate(t *testing.T) {
	in := kafkatest.Batch(kafkatest.Record{Key: []byte("k"), Value: []byte("v"), Headers: [][2]string{{"h", "v"}}}, kafkatest.Record{Value: []byte("w")})
	n := 0
	if allocated := testing.AllocsPerRun(100, func() {
		b, _, err := NextBatch(in)
		if err != nil {
			t.Fatal(err)
		}
		var rec Record
		r := b.Reader()
		for r.Next(&rec) {
			for range rec.Headers {
				r.Header()
			}
			n++
		}
		if !b.ValidCRC() {
			t.Fatal("wrong checksum")
		}
	}); allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
	if n != 2*101 {
		t.Errorf("%d records", n)
	}
}
