package pairs

import (
	"bytes"
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	want := []Header{{":method", "GET"}, {"a", ""}, {"a", "again"}, {"", "nul\x00inside"}}
	b := Append(nil, want)
	if got, ok := Parse(b); !ok || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, ok)
	}
	if len(b) != 4+4*8+12+3+8+12 {
		t.Errorf("%d bytes", len(b))
	}
	for n := 1; n < len(b); n++ {
		if _, ok := Parse(b[:n]); ok {
			t.Errorf("the first %d bytes are taken for all", n)
		}
	}
	if _, ok := Parse(append(b, 0)); ok {
		t.Error("a byte too many")
	}
	if got, ok := Parse(nil); !ok || len(got) > 0 {
		t.Error("nothing is no header map")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Append(nil, []Header{{"name", "value"}}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if headers, ok := Parse(b); ok && len(b) > 0 && !bytes.Equal(Append(nil, headers), b) {
			t.Fatalf("%q became something else", headers)
		}
	})
}
