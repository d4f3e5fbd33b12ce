package registry

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto"
)

// full makes a message with one element in every array, one byte in every text, and nothing null.
func full(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "UnknownTags" {
				full(v.Field(i), depth)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(v.Elem(), depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		full(v.Index(0), depth+1)
	case reflect.Uint8:
		v.SetUint('x')
	}
}

func encode(t testing.TB, name string, version int16, filled bool) []byte {
	t.Helper()
	m := New(name)
	if filled {
		full(reflect.ValueOf(m).Elem(), 0)
	}
	b, err := m.AppendTo(nil, version)
	if err != nil && !filled {
		t.Fatalf("%s v%d: the defaults can't be written: %v", name, version, err)
	}
	return b
}

func TestNamesAreKnown(t *testing.T) {
	for _, name := range Names() {
		if m := New(name); m == nil || m.MessageName() != name {
			t.Errorf("New(%q) gives %v", name, m)
		}
	}
	if New("NoSuchRequest") != nil || NewRequest(1234) != nil || NewResponse(-1) != nil {
		t.Error("a message that doesn't exist was made")
	}
}

// TestTableOfAPIs checks the table in kafkaproto against the messages.
func TestTableOfAPIs(t *testing.T) {
	known := 0
	for key := kafkaproto.APIKey(-1); key < 200; key++ {
		request, response := NewRequest(key), NewResponse(key)
		min, max, ok := key.Versions()
		if ok != (request != nil) || ok != (response != nil) {
			t.Errorf("%v: known %v, but not both or not only messages", key, ok)
		}
		if !ok {
			continue
		}
		known++
		for _, m := range []kafkaproto.Message{request, response} {
			if lo, hi := m.Versions(); lo != min || hi != max {
				t.Errorf("%s has versions %d to %d, the table %d to %d", m.MessageName(), lo, hi, min, max)
			}
		}
		for v := min; v <= max; v++ {
			rh, err1 := key.RequestHeaderVersion(v)
			sh, err2 := key.ResponseHeaderVersion(v)
			if err1 != nil || err2 != nil || (rh == 2) != request.Flexible(v) ||
				key != kafkaproto.APIKeyApiVersions && (sh == 1) != response.Flexible(v) {
				t.Errorf("%v v%d: headers %d and %d", key, v, rh, sh)
			}
		}
	}
	if known < 90 {
		t.Errorf("%d APIs are known", known)
	}
}

// TestErrors cuts every message at every place, and adds to it.
func TestErrors(t *testing.T) {
	for _, name := range Names() {
		m := New(name)
		lo, hi := m.Versions()
		for _, v := range []int16{lo - 1, hi + 1} {
			var e *kafkaproto.Error
			if err := m.Decode(nil, v); !errors.As(err, &e) || e.Kind != kafkaproto.UnsupportedVersion || e.Min != lo || e.Max != hi || e.Version != v {
				t.Errorf("%s: decoding v%d: %v", name, v, err)
			}
			if _, err := m.AppendTo(nil, v); !errors.Is(err, kafkaproto.UnsupportedVersion) {
				t.Errorf("%s: encoding v%d: %v", name, v, err)
			}
			if _, err := m.Size(v); !errors.Is(err, kafkaproto.UnsupportedVersion) {
				t.Errorf("%s: size of v%d: %v", name, v, err)
			}
		}
		for v := lo; v <= hi; v++ {
			for _, whole := range [][]byte{encode(t, name, v, false), encode(t, name, v, true)} {
				if whole == nil {
					continue // filled with what this version doesn't carry
				}
				for n := range whole {
					var e *kafkaproto.Error
					err := m.Decode(whole[:n:n], v)
					if !errors.As(err, &e) || e.Field == "" || e.Offset < 0 || e.Offset > n {
						t.Errorf("%s v%d: %d of %d bytes: %v", name, v, n, len(whole), err)
					}
				}
				if err := m.Decode(append(bytes.Clone(whole), 0), v); !errors.Is(err, kafkaproto.TrailingBytes) {
					t.Errorf("%s v%d: a byte more: %v", name, v, err)
				}
				if n, err := m.DecodePrefix(append(bytes.Clone(whole), 0), v); err != nil || n != len(whole) {
					t.Errorf("%s v%d: a prefix of %d bytes: %d, %v", name, v, len(whole), n, err)
				}
			}
		}
	}
}

// TestReuseDoesNotAllocate decodes into the same message again.
func TestReuseDoesNotAllocate(t *testing.T) {
	for _, name := range Names() {
		m := New(name)
		_, v := m.Versions()
		whole := encode(t, name, v, true)
		if whole == nil {
			whole = encode(t, name, v, false)
		}
		dst := make([]byte, 0, len(whole))
		if err := m.Decode(whole, v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := testing.AllocsPerRun(10, func() {
			_ = m.Decode(whole, v)
			_, _ = m.AppendTo(dst, v)
			_, _ = m.Size(v)
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func FuzzMessages(f *testing.F) {
	all := Names()
	for i, name := range all {
		lo, hi := New(name).Versions()
		for _, v := range []int16{lo, hi} {
			f.Add(uint16(i), v, encode(f, name, v, false))
			if b := encode(f, name, v, true); b != nil {
				f.Add(uint16(i), v, b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, i uint16, version int16, in []byte) {
		name := all[int(i)%len(all)]
		m := New(name)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := m.Decode(in, version)
		runtime.ReadMemStats(&after)
		// The largest struct for its bytes takes 40 for each; arrays in arrays are counted once for each level.
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(200*len(in)+64<<10) {
			t.Fatalf("%s v%d: %d bytes were allocated for %d", name, version, took, len(in))
		}
		if err != nil {
			return
		}
		size, err := m.Size(version)
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.AppendTo(nil, version)
		if err != nil || len(out) != size {
			t.Fatalf("%s v%d: %d bytes of %d, %v", name, version, len(out), size, err)
		}
		again := New(name)
		if err := again.Decode(out, version); err != nil {
			t.Fatalf("%s v%d: what was written can't be read: %v", name, version, err)
		}
		if second, err := again.AppendTo(nil, version); err != nil || !bytes.Equal(second, out) {
			t.Fatalf("%s v%d: %x is written as %x, %v", name, version, out, second, err)
		}
	})
}
