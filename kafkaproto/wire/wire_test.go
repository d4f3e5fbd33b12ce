package wire

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 127, 128, -129, math.MaxInt16, math.MinInt16, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64} {
		if got := Int16(AppendInt16(nil, int16(v))); got != int16(v) {
			t.Errorf("int16 %d: %d", int16(v), got)
		}
		if got := Int32(AppendInt32(nil, int32(v))); got != int32(v) {
			t.Errorf("int32 %d: %d", int32(v), got)
		}
		if got := Int64(AppendInt64(nil, v)); got != v {
			t.Errorf("int64 %d: %d", v, got)
		}
		p := make([]byte, 8)
		PutInt64(p, v)
		if !bytes.Equal(p, AppendInt64(nil, v)) {
			t.Errorf("put int64 %d: % x", v, p)
		}
		b := AppendVarlong(nil, v)
		r := NewReader(b)
		if got := r.Varlong("v"); got != v || r.Err() != nil || r.Remaining() != 0 || VarlongSize(v) != len(b) {
			t.Errorf("varlong %d: %d of %d bytes, %v", v, got, len(b), r.Err())
		}
		b = AppendVarint(nil, int32(v))
		r = NewReader(b)
		if got := r.Varint("v"); got != int32(v) || r.Err() != nil || VarintSize(int32(v)) != len(b) {
			t.Errorf("varint %d: %d, %v", int32(v), got, r.Err())
		}
		b = AppendUvarint(nil, uint32(v))
		r = NewReader(b)
		if got := r.Uvarint("v"); got != uint32(v) || r.Err() != nil || UvarintSize(uint32(v)) != len(b) {
			t.Errorf("uvarint %d: %d, %v", uint32(v), got, r.Err())
		}
	}
	if got := Float64(AppendFloat64(nil, -0.5)); got != -0.5 {
		t.Errorf("float64: %v", got)
	}
	// Known bytes, so that reading and writing can't be wrong together.
	if b := AppendInt32(AppendInt16(nil, 0x0102), 0x03040506); !bytes.Equal(b, []byte{1, 2, 3, 4, 5, 6}) {
		t.Errorf("% x", b)
	}
	if b := AppendVarint(AppendUvarint(nil, 300), -2); !bytes.Equal(b, []byte{0xac, 2, 3}) {
		t.Errorf("% x", b)
	}
}

func TestReaderErrors(t *testing.T) {
	long := strings.Repeat("x", MaxString+1)
	tests := []struct {
		name   string
		in     []byte
		read   func(*Reader)
		kind   Kind
		field  string
		offset int
	}{
		{"run, first", []byte{1}, func(r *Reader) { r.Short("A\x02B\x04") }, Truncated, "A", 0},
		{"run, second", []byte{1, 2, 3}, func(r *Reader) { r.Short("A\x02B\x04") }, Truncated, "B", 2},
		{"uvarint cut off", []byte{0x80}, func(r *Reader) { r.Uvarint("U") }, Truncated, "U", 0},
		{"uvarint of 33 bits", []byte{0xff, 0xff, 0xff, 0xff, 0x1f}, func(r *Reader) { r.Uvarint("U") }, BadVarint, "U", 0},
		{"uvarint of 6 bytes", []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0}, func(r *Reader) { r.Uvarint("U") }, BadVarint, "U", 0},
		{"varlong of 65 bits", bytes.Repeat([]byte{0xff}, 10), func(r *Reader) { r.Varlong("V") }, BadVarint, "V", 0},
		{"string length cut off", []byte{0}, func(r *Reader) { r.String(false, true, "S") }, Truncated, "S", 0},
		{"string beyond", []byte{0, 2, 'x'}, func(r *Reader) { r.String(false, true, "S") }, LengthBeyondInput, "S", 0},
		{"string null", []byte{0xff, 0xff}, func(r *Reader) { r.String(false, false, "S") }, NullNotAllowed, "S", 0},
		{"compact null", []byte{0}, func(r *Reader) { r.String(true, false, "S") }, NullNotAllowed, "S", 0},
		{"string too long", append(AppendUvarint(nil, MaxString+2), long...), func(r *Reader) { r.String(true, false, "S") }, TooLong, "S", 0},
		{"bytes beyond", []byte{0, 0, 0, 9}, func(r *Reader) { r.Bytes(false, true, "B") }, LengthBeyondInput, "B", 0},
		{"compact bytes of 4 GiB", []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, func(r *Reader) { r.Bytes(true, true, "B") }, LengthBeyondInput, "B", 0},
		{"array beyond", []byte{0x7f, 0xff, 0xff, 0xff}, func(r *Reader) { r.Int32Array(nil, false, false, "A") }, LengthBeyondInput, "A", 0},
		{"array just beyond", []byte{0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7}, func(r *Reader) { r.Int32Array(nil, false, false, "A") }, LengthBeyondInput, "A", 0},
		{"array null", []byte{0}, func(r *Reader) { r.StringArray(nil, true, false, "A") }, NullNotAllowed, "A", 0},
		{"marker cut off", nil, func(r *Reader) { r.Marker("M") }, Truncated, "M", 0},
		{"tags out of order", []byte{2, 5, 0, 5, 0}, func(r *Reader) { r.Tags(nil, "T") }, TagOrder, "T", 3},
		{"more tags than bytes", []byte{3, 5, 0}, func(r *Reader) { r.Tags(nil, "T") }, LengthBeyondInput, "T", 0},
		{"tag beyond", []byte{1, 5, 9, 0}, func(r *Reader) { r.SkipTags("T") }, LengthBeyondInput, "T", 1},
		{"end", []byte{1}, func(r *Reader) { r.End("E") }, TrailingBytes, "E", 0},
	}
	for _, tt := range tests {
		r := NewReader(tt.in)
		tt.read(&r)
		var e *Error
		if !errors.As(r.Err(), &e) || e.Kind != tt.kind || e.Field != tt.field || e.Offset != tt.offset {
			t.Errorf("%s: %+v, want kind %v, %s at %d", tt.name, r.Err(), tt.kind, tt.field, tt.offset)
			continue
		}
		if !errors.Is(r.Err(), tt.kind) || !strings.HasPrefix(e.Error(), "kafkaproto: "+tt.field+" at offset ") {
			t.Errorf("%s: %v", tt.name, e)
		}
		r.Fail(Malformed, "later", 99)
		if r.Err() != error(e) || r.Next(1) != nil || r.Bytes(false, true, "") != nil || r.Offset() != tt.offset {
			t.Errorf("%s: the first error doesn't stick", tt.name)
		}
	}
}

func TestNullAndEmpty(t *testing.T) {
	var e Encoding
	for _, flex := range []bool{false, true} {
		for _, s := range [][]byte{nil, {}, []byte("x")} {
			b := AppendNullableString(nil, flex, true, s, &e, "")
			if SizeString(flex, s) != len(b) {
				t.Errorf("%q: %d bytes, size %d", s, len(b), SizeString(flex, s))
			}
			r := NewReader(b)
			if got := r.String(flex, true, ""); !bytes.Equal(got, s) || (got == nil) != (s == nil) {
				t.Errorf("string %#v became %#v", s, got)
			}
			b = AppendNullableBytes(nil, flex, true, s, &e, "")
			r = NewReader(b)
			if got := r.Bytes(flex, true, ""); !bytes.Equal(got, s) || (got == nil) != (s == nil) || SizeBytes(flex, s) != len(b) {
				t.Errorf("bytes %#v became %#v", s, got)
			}
		}
		b := AppendNullLen(nil, flex, true, &e, "")
		r := NewReader(b)
		if got := r.Int64Array([]int64{1}, flex, true, ""); got != nil {
			t.Errorf("null became %#v", got)
		}
		b = AppendInt64Array(nil, flex, []int64{})
		r = NewReader(b)
		if got := r.Int64Array(nil, flex, true, ""); got == nil || len(got) != 0 {
			t.Errorf("empty became %#v", got)
		}
	}
	if e.Err() != nil {
		t.Error(e.Err())
	}
	AppendNullableString(nil, true, false, nil, &e, "S")
	if !errors.Is(e.Err(), NullNotAllowed) {
		t.Error(e.Err())
	}
}

func TestArrays(t *testing.T) {
	for _, flex := range []bool{false, true} {
		b := AppendInt8Array([]byte{9}, flex, []int8{-1, 2})
		b = AppendInt16Array(b, flex, []int16{-3, 4})
		b = AppendInt32Array(b, flex, []int32{-5, 6})
		b = AppendInt64Array(b, flex, []int64{-7, 8})
		b = AppendUUIDArray(b, flex, []UUID{{1}, {2}})
		var e Encoding
		b = AppendStringArray(b, flex, [][]byte{[]byte("a"), {}}, &e, "")
		r := NewReader(b[1:])
		if got := r.Int8Array(nil, flex, false, ""); !slices.Equal(got, []int8{-1, 2}) {
			t.Error(got)
		}
		if got := r.Int16Array(nil, flex, false, ""); !slices.Equal(got, []int16{-3, 4}) {
			t.Error(got)
		}
		if got := r.Int32Array(make([]int32, 1, 5), flex, false, ""); !slices.Equal(got, []int32{-5, 6}) || cap(got) != 5 {
			t.Error(got)
		}
		if got := r.Int64Array(nil, flex, false, ""); !slices.Equal(got, []int64{-7, 8}) {
			t.Error(got)
		}
		if got := r.UUIDArray(nil, flex, false, ""); !slices.Equal(got, []UUID{{1}, {2}}) {
			t.Error(got)
		}
		if got := r.StringArray(nil, flex, false, ""); len(got) != 2 || string(got[0]) != "a" || got[1] == nil {
			t.Error(got)
		}
		r.End("")
		if r.Err() != nil || e.Err() != nil {
			t.Error(r.Err(), e.Err())
		}
	}
}

// TestTagsBetweenKnown checks that unknown tags go out where they came in, before, between and behind those that are known.
func TestTagsBetweenKnown(t *testing.T) {
	in := []byte{4, 0, 1, 'a', 1, 1, 'K', 2, 0, 0x80, 1, 1, 'z'}
	r := NewReader(in)
	var unknown []Tag
	var known []byte
	for it := r.TagSection("T"); it.Next(&r); {
		if it.Number == 1 {
			it.Enter(&r)
			known = bytes.Clone(r.Next(1))
			it.Leave(&r, "T.K")
			continue
		}
		unknown = it.Keep(&r, unknown)
	}
	r.End("T")
	if r.Err() != nil || len(unknown) != 3 || string(known) != "K" {
		t.Fatal(r.Err(), unknown, known)
	}
	var e Encoding
	b := AppendUvarint(nil, 4)
	b, rest := AppendKnown(b, unknown, 1, 1, &e, "T.K")
	b = append(b, known...)
	b = AppendRestTags(b, rest, &e, "T")
	if !bytes.Equal(b, in) || e.Err() != nil {
		t.Errorf("% x, want % x, %v", b, in, e.Err())
	}
	if got := 1 + SizeTags(unknown) + SizeTag(1, 1); got != len(in) {
		t.Errorf("size %d, want %d", got, len(in))
	}
	AppendKnown(nil, unknown, 2, 0, &e, "T.K")
	if !errors.Is(e.Err(), TagOrder) {
		t.Errorf("a known tag among the unknown ones: %v", e.Err())
	}
	e = Encoding{}
	AppendTags(nil, []Tag{{Number: 3}, {Number: 2}}, &e, "T")
	if !errors.Is(e.Err(), TagOrder) {
		t.Errorf("out of order: %v", e.Err())
	}
}

// TestTagContent checks that a known tag's content must fill its size.
func TestTagContent(t *testing.T) {
	for _, read := range []int{1, 3} {
		r := NewReader([]byte{1, 0, 2, 'a', 'b', 'c', 'd'})
		it := r.TagSection("T")
		if !it.Next(&r) {
			t.Fatal(r.Err())
		}
		it.Enter(&r)
		if r.Next(read) == nil {
			r.Short("T.K\x03")
		}
		it.Leave(&r, "T.K")
		want := TrailingBytes
		if read == 3 {
			want = Truncated
		}
		if !errors.Is(r.Err(), want) {
			t.Errorf("reading %d of 2 bytes: %v", read, r.Err())
		}
	}
}

func TestTooLong(t *testing.T) {
	var e Encoding
	AppendString(nil, true, make([]byte, MaxString+1), &e, "S")
	if !errors.Is(e.Err(), TooLong) {
		t.Error(e.Err())
	}
	e = Encoding{}
	e.CheckSize(math.MaxInt32, "M")
	if e.Err() != nil {
		t.Error(e.Err())
	}
	e.CheckSize(math.MaxInt32+1, "M")
	if !errors.Is(e.Err(), TooLong) {
		t.Error(e.Err())
	}
}

func TestKinds(t *testing.T) {
	for k := Truncated; int(k) < len(kindTexts); k++ {
		if kindTexts[k] == "" {
			t.Errorf("kind %d has no text", k)
		}
		if !strings.HasPrefix(k.Error(), "kafkaproto: ") {
			t.Error(k.Error())
		}
	}
	if Kind(200).Error() != "kafkaproto: error kind 200" {
		t.Error(Kind(200).Error())
	}
}
