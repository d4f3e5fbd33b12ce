package kafkaproto_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

// edit runs f over each record of all entries and returns the records as they are then.
func edit(records []byte, e *kafkaproto.Editor, walks ...func(*kafkaproto.Editor)) ([]byte, error) {
	var out []byte
	for len(records) > 0 {
		entry, magic, rest, err := kafkaproto.NextEntry(records)
		if err != nil {
			return out, err
		}
		ok, err := e.Open(entry, magic)
		if err != nil {
			return out, err
		}
		for i, walk := range walks {
			if i > 0 {
				e.Rewind()
			}
			for ok && e.Next() {
				walk(e)
			}
		}
		rewritten := false
		if ok {
			if out, rewritten, err = e.Close(out); err != nil {
				return out, err
			}
		}
		if !rewritten {
			out = append(out, entry...)
		}
		records = rest
	}
	return out, nil
}

// overwrite replaces each old by a new one, in place.
func overwrite(old, is byte) func(*kafkaproto.Editor) {
	return func(e *kafkaproto.Editor) {
		r := &e.Record
		fields := []kafkaproto.Field{r.Value, r.Key} // so that offsets go back
		for _, h := range r.Headers {
			fields = append(fields, h.Value)
		}
		for _, f := range fields {
			for i, c := range f.Bytes {
				if c == old {
					f.Bytes[i] = is
					e.Overwritten(f, i, []byte{old})
				}
			}
		}
	}
}

// grow makes each value longer, but not that of a tombstone.
func grow(e *kafkaproto.Editor) {
	if v := &e.Record.Value; v.Bytes != nil {
		v.Bytes = append([]byte("longer "), v.Bytes...)
		e.Replaced()
	}
}

// changedAs are the records of synthetic after a change of their text.
func changedAs(text func(string) string, grown bool) []kafkatest.Record {
	var out []kafkatest.Record
	for _, r := range synthetic {
		c := kafkatest.Record{Key: r.Key, Value: r.Value}
		if r.Key != nil {
			c.Key = []byte(text(string(r.Key)))
		}
		if r.Value != nil {
			c.Value = []byte(text(string(r.Value)))
			if grown {
				c.Value = append([]byte("longer "), c.Value...)
			}
		}
		for _, h := range r.Headers {
			c.Headers = append(c.Headers, [2]string{h[0], text(h[1])})
		}
		out = append(out, c)
	}
	return out
}

func TestEditor(t *testing.T) {
	text := func(s string) string { return strings.NewReplacer("o", "0", "v", "V").Replace(s) }
	same := func(s string) string { return s }
	tests := map[string]struct {
		walks []func(*kafkaproto.Editor)
		want  []kafkatest.Record
	}{
		"looked at":            {[]func(*kafkaproto.Editor){func(*kafkaproto.Editor) {}}, synthetic},
		"overwritten":          {[]func(*kafkaproto.Editor){overwrite('o', '0'), overwrite('v', 'V')}, changedAs(text, false)},
		"grown":                {[]func(*kafkaproto.Editor){grow}, changedAs(same, true)},
		"overwritten, grown":   {[]func(*kafkaproto.Editor){overwrite('o', '0'), func(e *kafkaproto.Editor) { overwrite('v', 'V')(e); grow(e) }}, changedAs(text, true)},
		"changed and back":     {[]func(*kafkaproto.Editor){overwrite('o', '0'), overwrite('0', 'o')}, synthetic},
		"not walked to an end": {nil, synthetic},
	}
	var e kafkaproto.Editor // the same for all, as in use
	e.Compressor = &compress.Codecs{}
	for name, test := range tests {
		wanted := forms(t, test.want...)
		for i, f := range forms(t, synthetic...) {
			got, err := edit(bytes.Clone(f.data), &e, test.walks...)
			if err != nil {
				t.Errorf("%s, %s: %v", f.name, name, err)
				continue
			}
			if !bytes.Equal(got, wanted[i].data) {
				t.Errorf("%s, %s:\ngot  %v\nwant %v", f.name, name, dump(t, got), dump(t, wanted[i].data))
			}
		}
	}
}

// TestEditorKeepsCorruption: what was corrupt before a change is so after it, or the change is refused.
func TestEditorKeepsCorruption(t *testing.T) {
	for _, f := range forms(t, synthetic...) {
		at := 17 // the CRC
		if f.name[:7] != "magic 2" {
			at = 12
		}
		f.data[at] ^= 1
		e := kafkaproto.Editor{Compressor: &compress.Codecs{}}
		got, err := edit(bytes.Clone(f.data), &e, overwrite('o', '0'))
		if f.name == "magic 2 " {
			got[at] ^= 1
			dump(t, got) // fails if that isn't the right checksum
		} else if err == nil {
			t.Errorf("%s: no error", f.name)
		}
	}
}

// FuzzEditor compares an Editor with a Rewriter that does the same, on whatever bytes.
func FuzzEditor(f *testing.F) {
	for _, form := range forms(f, synthetic...) {
		f.Add(form.data, uint8(0))
		f.Add(form.data, uint8(1))
	}
	f.Fuzz(func(t *testing.T, in []byte, mode uint8) {
		e := kafkaproto.Editor{Compressor: &compress.Codecs{Limit: 1 << 20}}
		walks := []func(*kafkaproto.Editor){overwrite('o', '0')}
		if mode%2 == 1 {
			walks = append(walks, grow)
		}
		got, err := edit(bytes.Clone(in), &e, walks...)
		w := kafkaproto.Rewriter{Compressor: &compress.Codecs{Limit: 1 << 20}, Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
			was := fmt.Sprint(r.Key, r.Value, r.Headers)
			r.Key, r.Value = swap(r.Key), swap(r.Value)
			for i := range r.Headers {
				r.Headers[i].Value = swap(r.Headers[i].Value)
			}
			if mode%2 == 1 && r.Value != nil {
				r.Value = append([]byte("longer "), r.Value...)
			}
			return was != fmt.Sprint(r.Key, r.Value, r.Headers), nil
		}}
		want, changed, werr := w.Append(nil, in)
		if !changed {
			want = in
		}
		if err == nil && werr == nil && !bytes.Equal(got, want) {
			t.Fatalf("got\n%q, want\n%q", got, want)
		}
		if (err == nil) != (werr == nil) && validCRC(in) {
			t.Fatalf("an editor says %v, a rewriter %v", err, werr)
		}
	})
}

func swap(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, bytes.ReplaceAll(b, []byte("o"), []byte("0"))...)
}

// validCRC tells whether the first entry is a batch with a right checksum: an editor lets a corrupt one be overwritten in place.
func validCRC(in []byte) bool {
	b, _, err := kafkaproto.NextBatch(in)
	return err == nil && b.ValidCRC()
}
