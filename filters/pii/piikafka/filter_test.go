package piikafka

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/masker"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

// counts is an Observer that counts by place.
type counts struct {
	masked, left [3]int
	refused      int
	seen         int // records
}

func (c *counts) Seen(_ []byte, records int) { c.seen += records }

func (c *counts) Found(_ []byte, _ pii.Kind, place Place, op masker.Operator) {
	if op != masker.Detect {
		c.masked[place]++
	} else {
		c.left[place]++
	}
}

func (c *counts) Refused() { c.refused++ }

func newFilter(t testing.TB, config Config) (*Filter, *counts) {
	t.Helper()
	c := &counts{}
	f, err := New(config, c)
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

// witness is a filter that keeps what it refuses.
type witness struct {
	*Filter
	refusal *kafka.Refusal
}

func (w *witness) OnRefused(r kafka.Refusal) {
	w.refusal = &r
	w.Filter.OnRefused(r)
}

// run sends a request of one partition with these records through a filter, and returns the records that leave.
func run(f *Filter, records []byte) (out []byte, changed bool, refusal *kafka.Refusal) {
	w := &witness{Filter: f}
	chain, err := kafka.NewChain(kafka.Config{
		Filters: []kafka.Filter{w}, Compressor: &compress.Codecs{Limit: 1 << 22},
		Count: func(_ kafka.Filter, e kafka.Event) { changed = changed || e == kafka.EventChanged },
	})
	if err != nil {
		panic(err)
	}
	buf := &kafkatest.Buffer{B: kafkatest.Produce(1, 1, records)}
	if err := chain.NewStream().Downstream(buf, len(buf.B), false); err != nil {
		panic(err)
	}
	if w.refusal != nil {
		return nil, false, w.refusal
	}
	var req kafkaproto.ProduceRequest
	if err := req.Parse(buf.B[kafkaproto.FrameSizeLen:]); err != nil {
		panic(err)
	}
	return req.Partitions[0].Records, changed, nil
}

// produce runs a filter over a request of one partition with these records, which it changes.
func produce(f *Filter, records []byte) (changed bool, refusal *kafka.Refusal) {
	out, changed, refusal := run(f, records)
	copy(records, out)
	return changed, refusal
}

func TestMasksValuesAndHeaders(t *testing.T) {
	f, c := newFilter(t, Config{})
	got := kafkatest.Batch(
		kafkatest.Record{Key: []byte("a@example.com"), Value: []byte("My email is example@email.com")},
		kafkatest.Record{Value: []byte("nothing here"), Headers: [][2]string{{"from", "b@example.com"}, {"password", "my pass phrase"}, {"id", "7"}}},
		kafkatest.Record{},
		kafkatest.Record{Value: []byte(`{"token":"abcdefgh1234"}`)},
	)
	want := kafkatest.Batch(
		kafkatest.Record{Key: []byte("a@example.com"), Value: []byte("My email is *****************")},
		kafkatest.Record{Value: []byte("nothing here"), Headers: [][2]string{{"from", "*************"}, {"password", "**************"}, {"id", "7"}}},
		kafkatest.Record{},
		kafkatest.Record{Value: []byte(`{"token":"************"}`)},
	)
	changed, refusal := produce(f, got)
	if refusal != nil || !changed {
		t.Fatalf("changed %v, refused %v", changed, refusal)
	}
	if !bytes.Equal(got, want) { // the checksum too
		t.Fatalf("got\n%q, want\n%q", got, want)
	}
	if *c != (counts{masked: [3]int{0, 2, 2}, left: [3]int{1, 0, 0}, seen: 4}) {
		t.Errorf("counted %+v", *c)
	}
}

func TestKeysAreMaskedOnRequest(t *testing.T) {
	f, _ := newFilter(t, Config{Config: masker.Config{Keys: KeysMask}})
	got := kafkatest.Batch(kafkatest.Record{Key: []byte("a@example.com"), Value: []byte("v")})
	if changed, refusal := produce(f, got); refusal != nil || !changed {
		t.Fatalf("changed %v, refused %v", changed, refusal)
	}
	if want := kafkatest.Batch(kafkatest.Record{Key: []byte("*************"), Value: []byte("v")}); !bytes.Equal(got, want) {
		t.Fatalf("got %q", got)
	}
}

// TestNeighboursDontHide puts an address between all pairs of bytes that may stand around a field: lengths and keys
// must not make a finding disappear.
func TestNeighboursDontHide(t *testing.T) {
	f, _ := newFilter(t, Config{})
	for n := range 130 {
		key := []byte(strings.Repeat("k", n))
		value := "e@example.com" + strings.Repeat(" ", n)
		got := kafkatest.Batch(kafkatest.Record{Key: key, Value: []byte(value), Headers: [][2]string{{"h", "4111111111111111"}}})
		if changed, _ := produce(f, got); !changed {
			t.Fatalf("nothing found with a key of %d bytes", n)
		}
		if bytes.Contains(got, []byte("e@example")) || bytes.Contains(got, []byte("4111")) {
			t.Fatalf("something left with a key of %d bytes", n)
		}
	}
}

func TestUnchangedBatchIsLeftAlone(t *testing.T) {
	f, c := newFilter(t, Config{})
	got := kafkatest.Batch(kafkatest.Text("one", "two", strings.Repeat("x ", 5000))...)
	was := bytes.Clone(got)
	if changed, refusal := produce(f, got); changed || refusal != nil || !bytes.Equal(got, was) || *c != (counts{seen: 3}) {
		t.Fatalf("changed %v, refused %v, counted %+v", changed, refusal, *c)
	}
}

func TestRefusesWhatItCannotRead(t *testing.T) {
	edit := func(f func(b []byte)) []byte {
		b := kafkatest.Batch(kafkatest.Text("My email is example@email.com", "two")...)
		f(b)
		return b
	}
	tests := map[string]struct {
		records []byte
		want    string
	}{
		"gzip":         {edit(func(b []byte) { b[22] = 1 }), "gzip data contradicts"},
		"zstd":         {edit(func(b []byte) { b[22] = 4 }), "zstd data contradicts"},
		"unknown":      {edit(func(b []byte) { b[22] = 7 }), "compression type 7"},
		"message set":  {edit(func(b []byte) { b[16] = 1 }), "can't be read"},
		"length":       {edit(func(b []byte) { binary.BigEndian.PutUint32(b[8:], 1<<20) }), "can't be read"},
		"count":        {edit(func(b []byte) { b[60] = 9 }), "can't be read"},
		"cut off":      {edit(func([]byte) {})[:40], "can't be read"},
		"second batch": {append(edit(func([]byte) {}), 1, 2, 3), "can't be read"},
	}
	for name, test := range tests {
		f, c := newFilter(t, Config{})
		_, refusal := produce(f, test.records)
		if refusal == nil || refusal.Code != kafkaproto.InvalidRecord || !strings.Contains(refusal.Message, test.want) || c.refused != 1 {
			t.Errorf("%s: %+v, want a refusal that says %q", name, refusal, test.want)
		}
	}
}

func TestConfig(t *testing.T) {
	f, _ := newFilter(t, Config{Kinds: []string{"payment_card"}})
	got := kafkatest.Batch(kafkatest.Text("example@email.com", "4111 1111 1111 1111")...)
	produce(f, got)
	if want := kafkatest.Batch(kafkatest.Text("example@email.com", "*******************")...); !bytes.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, c := range []Config{{Kinds: []string{"emial"}}, {Profile: "none"}, {Custom: []Custom{{Name: "x", Literal: "ab"}}}, {Custom: []Custom{{Name: "x", Literal: "abc", Pattern: "("}}}, {Thresholds: map[string]uint8{"x": 1}}, {Config: masker.Config{Keys: "drop"}}} {
		if _, err := New(c, &counts{}); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}

func FuzzProduce(f *testing.F) {
	f.Add(kafkatest.Batch(kafkatest.Record{Key: []byte("k"), Value: []byte("a@example.com"), Headers: [][2]string{{"h", "password=x"}}}))
	filter, _ := newFilter(f, Config{Config: masker.Config{Keys: KeysMask}})
	f.Fuzz(func(t *testing.T, records []byte) {
		was := bytes.Clone(records)
		records, changed, refusal := run(filter, records)
		if refusal == nil && changed == bytes.Equal(was, records) {
			t.Fatalf("changed is %v", changed)
		}
		if len(was) > 61 && refusal == nil && !bytes.Equal(was, records) && binary.BigEndian.Uint32(was[17:]) == kafkatest.CRC(was[:12+binary.BigEndian.Uint32(was[8:])]) &&
			binary.BigEndian.Uint32(records[17:]) != kafkatest.CRC(records[:12+binary.BigEndian.Uint32(records[8:])]) {
			t.Fatal("the checksum of a valid batch is wrong after masking")
		}
	})
}

// TestTables: a table's columns count by their names without any configuration, whether or not something else is found in it.
func TestTables(t *testing.T) {
	for in, want := range map[string]string{
		"id,passwd,city\n1,abc123xyz,Leeds\n2,letmein,Lima":  "id,passwd,city\n1,*********,Leeds\n2,*******,Lima",
		"mail;client_secret\na@example.com;b7229c20f5504e8f": "mail;client_secret\n*************;****************",
		"id,token_count\n1,4096\n2,17":                       "id,token_count\n1,4096\n2,17",
		"no table, password\nis here":                        "no table, password\nis here",
	} {
		f, _ := newFilter(t, Config{})
		got := kafkatest.Batch(kafkatest.Text(in)...)
		produce(f, got)
		if !bytes.Equal(got, kafkatest.Batch(kafkatest.Text(want)...)) {
			t.Errorf("%q: got %q", in, got[70:])
		}
	}
}
