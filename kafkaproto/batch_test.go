package kafkaproto

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"
)

type testRecord struct {
	key, value []byte
	headers    [][2]string
}

// appendField appends a nullable byte string with a VARINT length.
func appendField(b, f []byte) []byte {
	if f == nil {
		return binary.AppendVarint(b, -1)
	}
	return append(binary.AppendVarint(b, int64(len(f))), f...)
}

// makeBatch builds an uncompressed batch by the layout of KIP-98, with this test's own code.
func makeBatch(records ...testRecord) []byte {
	var body []byte
	for i, r := range records {
		rec := []byte{0}
		rec = binary.AppendVarint(rec, 0)
		rec = binary.AppendVarint(rec, int64(i))
		rec = appendField(appendField(rec, r.key), r.value)
		rec = binary.AppendVarint(rec, int64(len(r.headers)))
		for _, h := range r.headers {
			rec = appendField(appendField(rec, []byte(h[0])), []byte(h[1]))
		}
		body = append(binary.AppendVarint(body, int64(len(rec))), rec...)
	}
	b := make([]byte, 61, 61+len(body))
	b = append(b, body...)
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	b[16] = 2
	binary.BigEndian.PutUint32(b[57:], uint32(len(records)))
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

func TestRecordReader(t *testing.T) {
	b, rest, err := NextBatch(append(makeBatch(
		testRecord{key: []byte("k"), value: []byte("one"), headers: [][2]string{{"h", "v"}, {"i", "w"}}},
		testRecord{value: []byte(strings.Repeat("x", 300))},
		testRecord{key: []byte{}, value: nil},
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
	b, _, err := NextBatch(makeBatch(testRecord{value: []byte("a"), headers: [][2]string{{"h", "v"}}}, testRecord{value: []byte("b")}))
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
		b := makeBatch(testRecord{value: []byte("value")}, testRecord{value: []byte("value")})
		f(b)
		return b
	}
	tests := map[string][]byte{
		"cut off":           makeBatch(testRecord{})[:60],
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
		b := makeBatch(testRecord{value: []byte("v")})
		b[22] = byte(attr)
		if got := Batch(b).Compression(); got != want {
			t.Errorf("attributes %d: %q, want %q", attr, got, want)
		}
	}
}

// TestPatch compares the updated checksum with one that is computed anew.
func TestPatch(t *testing.T) {
	for range 200 {
		b := Batch(makeBatch(testRecord{value: make([]byte, 1+rand.IntN(100_000))}))
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
		want := crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli))
		if got := binary.BigEndian.Uint32(b[17:]); got != want {
			t.Fatalf("%08x, want %08x", got, want)
		}
	}
}

func TestPatchKeepsCorruptBatchCorrupt(t *testing.T) {
	b := Batch(makeBatch(testRecord{value: []byte("value")}))
	b[17]++
	var p BatchPatch
	p.Change(5, b.Records()[5:6], []byte{'x'})
	b.Records()[5] = 'x'
	b.Patch(&p)
	if binary.BigEndian.Uint32(b[17:]) == crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)) {
		t.Fatal("the change has made a corrupt batch valid")
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(makeBatch(testRecord{key: []byte("k"), value: []byte("one"), headers: [][2]string{{"h", "v"}}}))
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
