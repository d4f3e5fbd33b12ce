package kafkaproto_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

var synthetic = []kafkatest.Record{
	{Key: []byte("k"), Value: []byte("one"), Headers: [][2]string{{"h", "v"}, {"i", ""}}},
	{Value: []byte(strings.Repeat("two", 100))},
	{Key: []byte{}, Value: nil},
	{Key: []byte("z"), Value: []byte("four")},
}

// batchOf builds a batch of magic 2 with the codec.
func batchOf(t testing.TB, codec kafkaproto.Compression, records ...kafkatest.Record) []byte {
	t.Helper()
	b := kafkatest.Batch(records...)
	binary.BigEndian.PutUint64(b, 1000) // base offset
	if codec != kafkaproto.NoCompression {
		var c compress.Codecs
		packed, err := c.AppendCompressed(nil, b[61:], codec)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b[:61], packed...)
		b[22] = byte(codec)
		binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
		binary.BigEndian.PutUint32(b[17:], kafkatest.CRC(b))
	}
	return b
}

// legacyMessage builds a message of magic 0 or 1.
func legacyMessage(magic byte, attributes byte, offset int64, key, value []byte) []byte {
	body := []byte{magic, attributes}
	if magic == 1 {
		body = binary.BigEndian.AppendUint64(body, 1_700_000_000_000)
	}
	for _, f := range [][]byte{key, value} {
		if f == nil {
			body = append(body, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(f))), f...)
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(offset))
	b = binary.BigEndian.AppendUint32(b, uint32(4+len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	return append(b, body...)
}

// legacySet builds a message set, wrapped if compressed, at offset 1000.
func legacySet(t testing.TB, magic byte, codec kafkaproto.Compression, records ...kafkatest.Record) []byte {
	t.Helper()
	var set []byte
	for i, r := range records {
		offset := int64(1000 + i)
		if magic == 1 && codec != kafkaproto.NoCompression {
			offset = int64(i)
		}
		set = append(set, legacyMessage(magic, 0, offset, r.Key, r.Value)...)
	}
	if codec == kafkaproto.NoCompression {
		return set
	}
	form := codec
	if magic == 0 && codec == kafkaproto.LZ4 {
		form = kafkaproto.LZ4Magic0
	}
	var c compress.Codecs
	packed, err := c.AppendCompressed(nil, set, form)
	if err != nil {
		t.Fatal(err)
	}
	return legacyMessage(magic, byte(codec), int64(1000+len(records)-1), nil, packed)
}

type form struct {
	name string
	data []byte
}

// forms builds the records in every magic and codec that there is.
func forms(t testing.TB, records ...kafkatest.Record) []form {
	var out []form
	for codec := kafkaproto.NoCompression; codec <= kafkaproto.Zstd; codec++ {
		out = append(out, form{fmt.Sprintf("magic 2 %v", codec), batchOf(t, codec, records...)})
		if codec == kafkaproto.Zstd {
			break
		}
		for _, magic := range []byte{0, 1} {
			out = append(out, form{fmt.Sprintf("magic %d %v", magic, codec), legacySet(t, magic, codec, records...)})
		}
	}
	return out
}

// dump reads records and checks every checksum on the way.
func dump(t testing.TB, records []byte) []string {
	t.Helper()
	var out []string
	w := kafkaproto.Rewriter{
		Compressor: &compress.Codecs{},
		Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
			s := fmt.Sprintf("%d %q=%q", r.Offset, nullable(r.Key), nullable(r.Value))
			for _, h := range r.Headers {
				s += fmt.Sprintf(" %q:%q", nullable(h.Key), nullable(h.Value))
			}
			out = append(out, s)
			return true, nil // so that checksums are looked at
		},
	}
	if _, _, err := w.Append(nil, records); err != nil {
		t.Fatalf("reading: %v", err)
	}
	return out
}

func nullable(b []byte) string {
	if b == nil {
		return "<null>"
	}
	return string(b)
}

func TestRewrite(t *testing.T) {
	for _, f := range forms(t, synthetic...) {
		t.Run(f.name, func(t *testing.T) {
			headers := f.name[:7] == "magic 2"
			w := kafkaproto.Rewriter{
				Compressor: &compress.Codecs{},
				Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
					if r.Offset == 1002 {
						return false, nil
					}
					r.Value = append(bytes.Clone(r.Value), strings.Repeat("!", 300)...)
					if r.Offset == 1003 {
						r.Key = nil
						if headers {
							r.Headers = append(r.Headers, kafkaproto.RecordHeader{Key: []byte("new")})
						}
					}
					return true, nil
				},
			}
			stream := slices.Concat(f.data, f.data)
			out, changed, err := w.Append([]byte("before"), stream)
			if err != nil || !changed || !bytes.HasPrefix(out, []byte("before")) {
				t.Fatalf("changed %v, %v", changed, err)
			}
			want := dump(t, f.data)
			bangs := strings.Repeat("!", 300)
			want[0] = strings.Replace(want[0], `"one"`, `"one`+bangs+`"`, 1)
			want[1] = want[1][:len(want[1])-1] + bangs + `"`
			want[3] = `1003 "<null>"="four` + bangs + `"`
			if headers {
				want[3] += ` "new":"<null>"`
			}
			if got := dump(t, out[len("before"):]); !slices.Equal(got, slices.Concat(want, want)) {
				t.Fatalf("got %q\nwant %q twice", got, want)
			}
		})
	}
}

// TestRewriteNothing checks that what isn't changed isn't touched.
func TestRewriteNothing(t *testing.T) {
	for _, f := range forms(t, synthetic...) {
		w := kafkaproto.Rewriter{
			Compressor: &compress.Codecs{},
			Edit:       func(*kafkaproto.EditableRecord) (bool, error) { return false, nil },
		}
		out, changed, err := w.Append([]byte("x"), f.data)
		if err != nil || changed || string(out) != "x" {
			t.Errorf("%s: changed %v, %d bytes, %v", f.name, changed, len(out), err)
		}
	}
}

// TestRewriteSome checks that batches around a changed one stay as they are, and so does a control batch.
func TestRewriteSome(t *testing.T) {
	first := batchOf(t, kafkaproto.Zstd, kafkatest.Record{Value: []byte("first")})
	second := batchOf(t, kafkaproto.NoCompression, kafkatest.Record{Value: []byte("second")})
	control := batchOf(t, kafkaproto.NoCompression, kafkatest.Record{Key: []byte{0, 0, 0, 1}, Value: []byte("second")})
	control[22] |= 0x20
	w := kafkaproto.Rewriter{
		Fetched:    true,
		Compressor: &compress.Codecs{},
		Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
			if string(r.Value) != "second" {
				return false, nil
			}
			r.Value = []byte("2")
			return true, nil
		},
	}
	out, changed, err := w.Append(nil, slices.Concat(first, control, second, first))
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	want := slices.Concat(first, control, batchOf(t, kafkaproto.NoCompression, kafkatest.Record{Value: []byte("2")}), first)
	if !bytes.Equal(out, want) {
		t.Errorf("got  %x\nwant %x", out, want)
	}
	w.Fetched = false
	if _, _, err := w.Append(nil, control); !errors.Is(err, kafkaproto.Malformed) {
		t.Errorf("a control batch from a client: %v", err)
	}
}

func TestRewriteCorrupt(t *testing.T) {
	for _, f := range forms(t, synthetic...) {
		data := bytes.Clone(f.data)
		at := 12 // the CRC of a message
		if f.name[:7] == "magic 2" {
			at = 17
		}
		data[at] ^= 1
		w := kafkaproto.Rewriter{
			Compressor: &compress.Codecs{},
			Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
				r.Value = []byte("x")
				return true, nil
			},
		}
		if out, _, err := w.Append(nil, data); !errors.Is(err, kafkaproto.ChecksumMismatch) || len(out) > 0 {
			t.Errorf("%s: %d bytes, %v", f.name, len(out), err)
		}
	}
}

func TestRewriteDrop(t *testing.T) {
	for _, f := range forms(t, synthetic...) {
		w := kafkaproto.Rewriter{
			Compressor: &compress.Codecs{},
			Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
				r.Drop = r.Offset != 1002
				return r.Drop, nil
			},
		}
		if _, _, err := w.Append(nil, f.data); err == nil {
			t.Errorf("%s: records of a Produce request were dropped", f.name)
		}
		w.Fetched = true
		out, changed, err := w.Append(nil, f.data)
		if err != nil || !changed {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if got := dump(t, out); len(got) != 1 || got[0] != `1002 ""="<null>"` {
			t.Errorf("%s: left %q", f.name, got)
		}
		if f.name[:7] == "magic 2" {
			b := kafkaproto.Batch(out)
			if b.BaseOffset() != 1000 || b.LastOffsetDelta() != 3 || b.Count() != 1 {
				t.Errorf("%s: base %d, last %d, count %d", f.name, b.BaseOffset(), b.LastOffsetDelta(), b.Count())
			}
		}
		w.Edit = func(r *kafkaproto.EditableRecord) (bool, error) { r.Drop = true; return true, nil }
		if out, _, err = w.Append(nil, f.data); err != nil || len(dump(t, out)) != 0 {
			t.Errorf("%s: dropping all: %v", f.name, err)
		}
	}
}

// TestRewritePartial checks the end of a Fetch response that was cut off.
func TestRewritePartial(t *testing.T) {
	for _, f := range forms(t, synthetic...) {
		for _, n := range []int{1, 11, 16, 17, len(f.data) - 1} {
			data := slices.Concat(f.data, f.data[:n])
			if f.name[len(f.name)-1] == ' ' && f.name[:7] != "magic 2" && n == len(f.data)-1 {
				continue // several messages, of which all but the last are whole
			}
			w := kafkaproto.Rewriter{
				Compressor: &compress.Codecs{},
				Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
					r.Value = []byte("x")
					return true, nil
				},
			}
			if _, _, err := w.Append(nil, data); err == nil {
				t.Errorf("%s, %d bytes more: no error", f.name, n)
			}
			w.Fetched = true
			out, _, err := w.Append(nil, data)
			if err != nil || !bytes.HasSuffix(out, f.data[:n]) {
				t.Errorf("%s, %d bytes more: %v", f.name, n, err)
				continue
			}
			if got := dump(t, out[:len(out)-n]); len(got) != len(synthetic) {
				t.Errorf("%s: %q", f.name, got)
			}
		}
	}
}

func TestRewriteErrors(t *testing.T) {
	edit := func(*kafkaproto.EditableRecord) (bool, error) { return false, nil }
	w := kafkaproto.Rewriter{Edit: edit}
	if _, _, err := w.Append(nil, batchOf(t, kafkaproto.Gzip, synthetic...)); !errors.Is(err, kafkaproto.NeedsCompressor) {
		t.Errorf("without a compressor: %v", err)
	}
	w.Compressor = &compress.Codecs{}
	nested := legacyMessage(1, 1, 5, nil, nil)
	if _, _, err := w.Append(nil, nested); !errors.Is(err, kafkaproto.NullNotAllowed) {
		t.Errorf("a wrapper with a null value: %v", err)
	}
	inner := legacySet(t, 1, kafkaproto.Gzip, synthetic...)
	var c compress.Codecs
	packed, err := c.AppendCompressed(nil, inner, kafkaproto.Gzip)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Append(nil, legacyMessage(1, 1, 5, nil, packed)); !errors.Is(err, kafkaproto.Malformed) {
		t.Errorf("wrapped twice: %v", err)
	}
	own := errors.New("mine")
	w.Edit = func(*kafkaproto.EditableRecord) (bool, error) { return false, own }
	if _, _, err := w.Append(nil, inner); !errors.Is(err, own) {
		t.Errorf("the edit function's error: %v", err)
	}
	w.Edit = func(r *kafkaproto.EditableRecord) (bool, error) {
		r.Headers = append(r.Headers, kafkaproto.RecordHeader{Key: []byte("k")})
		return true, nil
	}
	if _, _, err := w.Append(nil, inner); !errors.Is(err, kafkaproto.NotInVersion) {
		t.Errorf("headers in magic 1: %v", err)
	}
}

func TestRewriteDoesNotAllocate(t *testing.T) {
	data := batchOf(t, kafkaproto.NoCompression, synthetic...)
	value := []byte("another value")
	w := kafkaproto.Rewriter{Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
		r.Value = value
		return true, nil
	}}
	out, _, err := w.Append(nil, data)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { out, _, _ = w.Append(out[:0], data) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRewrite(f *testing.F) {
	for _, seed := range forms(f, synthetic...) {
		f.Add(seed.data, true)
	}
	f.Fuzz(func(t *testing.T, in []byte, fetched bool) {
		w := kafkaproto.Rewriter{
			Fetched:    fetched,
			Compressor: &compress.Codecs{Limit: 1 << 20},
			Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
				if len(r.Value) == 0 {
					return false, nil
				}
				r.Value = append(bytes.Clone(r.Value), "more"...)
				return true, nil
			},
		}
		out, changed, err := w.Append(nil, in)
		if err != nil || !changed {
			return
		}
		again := kafkaproto.Rewriter{Fetched: fetched, Compressor: &compress.Codecs{}, Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
			if len(r.Value) > 0 && !bytes.HasSuffix(r.Value, []byte("more")) {
				t.Fatal("a record was missed")
			}
			return len(r.Value) > 0, nil // what the first left may be corrupt
		}}
		if _, _, err := again.Append(nil, out); err != nil {
			t.Fatalf("what was written can't be read: %v", err)
		}
	})
}
