package wasmhost

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzExportedFunctions: an error is fine, a panic is not; what wazero accepts is listed alike.
func FuzzExportedFunctions(f *testing.F) {
	var files []string
	for _, folder := range []string{"testdata", "wasmhosttest/guests", "wasmhosttest/puppet"} {
		found, err := filepath.Glob(folder + "/*.wasm")
		if err != nil || len(found) == 0 {
			f.Fatalf("no guests, run build.sh in %s", folder)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	r, err := NewRuntime(f.Context(), Config{}) // not the shared cache, which would fill up
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { r.Close(context.Background()) })
	f.Fuzz(func(t *testing.T, wasm []byte) {
		names, err := exportedFunctions(wasm)
		if checkMagic(wasm) != nil || checkSections(wasm) != nil {
			return
		}
		compiled, compileErr := r.compile(t.Context(), wasm, true)
		if compileErr != nil {
			return
		}
		defer compiled.Close(t.Context())
		bounded, err2 := r.compile(t.Context(), boundTables(wasm), true)
		if err2 != nil {
			t.Fatalf("bounding its tables broke it: %v", err2)
		}
		defer bounded.Close(t.Context())
		want := compiled.ExportedFunctions()
		if err != nil || len(names) != len(want) {
			t.Fatalf("%q, %v; wazero sees %d functions", names, err, len(want))
		}
		for _, name := range names {
			if want[name] == nil {
				t.Errorf("%q is no export", name)
			}
		}
	})
}

func FuzzSplitPath(f *testing.F) {
	for _, s := range []string{"", "a", "a\x00b", "a\x00b\x00", "\x00", "\x00\x00", "\xff\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := splitPath(raw)
		if len(raw) == 0 {
			if path != nil {
				t.Errorf("an empty path became %q", path)
			}
			return
		}
		if got := strings.Join(path, "\x00"); got != string(raw) && got+"\x00" != string(raw) {
			t.Errorf("%q became %q", raw, path)
		}
		if slices.ContainsFunc(path, func(p string) bool { return strings.Contains(p, "\x00") }) {
			t.Errorf("a NUL in %q", path)
		}
	})
}

// FuzzClip compares the range of proxy_get_buffer_bytes and proxy_set_buffer_bytes with sums in 64 bits.
func FuzzClip(f *testing.F) {
	f.Add(5, uint32(0), uint32(all))
	f.Add(5, uint32(all), uint32(all))
	f.Add(0, uint32(0), uint32(1))
	f.Fuzz(func(t *testing.T, length int, start, size uint32) {
		length &= 0xffff
		from, to := clip(length, start, size)
		if from < 0 || from > to || to > length {
			t.Fatalf("[%d:%d] of %d", from, to, length)
		}
		n := int64(0)
		if int64(start) < int64(length) {
			n = min(int64(length)-int64(start), int64(size))
		}
		if int64(to-from) != n {
			t.Errorf("%d bytes, want %d", to-from, n)
		}
	})
}

// FuzzOutput: whatever is written, in whatever pieces, is logged.
func FuzzOutput(f *testing.F) {
	f.Add("one\ntwo", 3)
	f.Add(strings.Repeat("x", 3*maxLineBytes), 5000)
	f.Fuzz(func(t *testing.T, text string, piece int) {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\x00") {
			return
		}
		w, got := newLineWriterForTest()
		for rest := text; rest != ""; {
			n := min(max(piece, 1), len(rest))
			w.write([]byte(rest[:n]))
			if len(w.line) >= maxLineBytes {
				t.Fatalf("%d bytes are kept", len(w.line))
			}
			rest = rest[n:]
		}
		w.emit()
		if want := strings.ReplaceAll(text, "\n", ""); got() != want {
			t.Errorf("%q was logged as %q", want, got())
		}
	})
}

// messages is a handler that joins what is logged.
type messages struct {
	slog.Handler
	text *strings.Builder
}

func (m messages) Enabled(context.Context, slog.Level) bool { return true }
func (m messages) Handle(_ context.Context, r slog.Record) error {
	m.text.WriteString(r.Message)
	return nil
}

func newLineWriterForTest() (w *lineWriter, logged func() string) {
	m := messages{text: new(strings.Builder)}
	v := &vm{plugin: &Plugin{runtime: &Runtime{cfg: Config{Logger: slog.New(m)}}}}
	v.initOutput()
	return &v.output[0], m.text.String
}
