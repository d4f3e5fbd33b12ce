package redact

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/libnasp/libnasp/internal/testguest"
)

const key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEowIBAAKCAQEA\r\n  wJalrXUtnFEMI=\n-----END RSA PRIVATE KEY-----\n"

// same is an engine that masks nothing.
type same struct{}

func (same) Mask(_ context.Context, texts [][]byte) ([][]byte, error) { return texts, nil }
func (same) Close(context.Context) error                              { return nil }

func native(t testing.TB, configuration string) *Native {
	t.Helper()
	n, err := NewNative([]byte(configuration))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wasm(t testing.TB, configuration string) *Wasm {
	t.Helper()
	w, err := NewWasm(t.Context(), WasmConfig{Configuration: []byte(configuration), CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func mask(t testing.TB, e Engine, in io.Reader) string {
	t.Helper()
	var out bytes.Buffer
	if err := Copy(t.Context(), &out, &Reader{Source: in}, e); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// engines are the two ways to run the same code.
func engines(t testing.TB, configuration string) map[string]Engine {
	return map[string]Engine{"native": native(t, configuration), "wasm": wasm(t, configuration)}
}

func TestCopy(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"empty":            {"", ""},
		"one end":          {"\n", "\n"},
		"lines":            {"My email is example@email.com\nnothing\n", "My email is *****************\nnothing\n"},
		"no last end":      {"a\nexample@email.com", "a\n*****************"},
		"NULs":             {"\x00example@email.com\x00\n\x00\x00", "\x00*****************\x00\n\x00\x00"},
		"CR LF":            {"password=hunter2\r\n\r\nx\r", "password=*******\r\n\r\nx\r"},
		"not UTF-8":        {"\xff\xfe example@email.com \x80\n", "\xff\xfe ***************** \x80\n"},
		"one line's alone": {"password=\nhunter2hunter2\n", "password=\nhunter2hunter2\n"},
	}
	for name, e := range engines(t, "") {
		for test, tt := range tests {
			if got := mask(t, e, strings.NewReader(tt.in)); got != tt.want {
				t.Errorf("%s, %s: got %q, want %q", name, test, got, tt.want)
			}
			if got := mask(t, e, iotest.OneByteReader(strings.NewReader(tt.in))); got != tt.want {
				t.Errorf("%s, %s, byte by byte: got %q, want %q", name, test, got, tt.want)
			}
		}
	}
}

// TestEnginesAgree masks the sources of this repository, which have examples of everything.
func TestEnginesAgree(t *testing.T) {
	all := engines(t, "")
	for _, name := range []string{"../../filters/pii/detectors_test.go", "../../filters/pii/testdata/near-misses.txt", "../../README.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want := mask(t, all["native"], bytes.NewReader(text))
		if got := mask(t, all["wasm"], bytes.NewReader(text)); got != want {
			t.Errorf("%s: the module's text is another one", name)
		}
	}
}

func TestConfiguration(t *testing.T) {
	for name, e := range engines(t, `{"filters":[{"name":"pii","config":{"kinds":["email"]}}]}`) {
		if got := mask(t, e, strings.NewReader("example@email.com 4111111111111111")); got != "***************** 4111111111111111" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	for _, c := range []string{"{", "[]", `{"filter":[]}`, `{"filters":[{"name":"other"}]}`, `{} {}`, `{"filters":[{"name":"pii","config":{"mistyped":1}}]}`,
		`{"filters":[{"name":"pii","config":{"kinds":["emial"]}}]}`} {
		if _, err := NewNative([]byte(c)); err == nil {
			t.Errorf("the native engine accepts %s", c)
		}
	}
	for _, c := range []string{"{", `{"filters":[{"name":"pii","config":{"mistyped":1}}]}`} { // starting the module takes seconds with the race detector
		if w, err := NewWasm(t.Context(), WasmConfig{Configuration: []byte(c), CacheDir: testguest.CacheDir(t), Logger: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("the module accepts %s", c)
			w.Close(context.Background())
		}
	}
}

// records returns the texts that a reader gives.
func records(t *testing.T, in io.Reader) (texts []string, lines []int64) {
	t.Helper()
	r := Reader{Source: in}
	for {
		recs, err := r.Next()
		if err == io.EOF {
			return texts, lines
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range recs {
			texts, lines = append(texts, string(rec.Text)), append(lines, rec.Line)
		}
	}
}

func TestKeysAreOneRecord(t *testing.T) {
	whole := strings.TrimSuffix(key, "\n")
	tests := map[string]struct {
		in    string
		want  []string
		lines []int64
	}{
		"alone":      {key, []string{whole}, []int64{1}},
		"between":    {"a\nkey: " + key + "b\n", []string{"a", "key: " + whole, "b"}, []int64{1, 2, 8}},
		"two":        {key + key, []string{whole, whole}, []int64{1, 7}},
		"one line":   {"{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----\"}\nb\n", []string{"{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----\"}", "b"}, []int64{1, 2}},
		"no end":     {"-----BEGIN PRIVATE KEY-----\nMII\nnext line\nb", []string{"-----BEGIN PRIVATE KEY-----\nMII", "next line", "b"}, []int64{1, 3, 4}},
		"at the end": {"-----BEGIN PRIVATE KEY-----\nMII", []string{"-----BEGIN PRIVATE KEY-----\nMII"}, []int64{1}},
		"in source":  {"k := \"-----BEGIN EC PRIVATE KEY-----\\n\" +\n\t\"MII/+=\\n\" +\n\t\"-----END EC PRIVATE KEY-----\"\nb", []string{"k := \"-----BEGIN EC PRIVATE KEY-----\\n\" +\n\t\"MII/+=\\n\" +\n\t\"-----END EC PRIVATE KEY-----\"", "b"}, []int64{1, 4}},
		"public":     {"-----BEGIN PUBLIC KEY-----\nMII\n", []string{"-----BEGIN PUBLIC KEY-----", "MII"}, []int64{1, 2}},
	}
	for name, tt := range tests {
		for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
			got, lines := records(t, in)
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
			for i := range lines {
				if i < len(tt.lines) && lines[i] != tt.lines[i] {
					t.Errorf("%s: lines %v, want %v", name, lines, tt.lines)
				}
			}
		}
	}
}

// TestLongLine masks a line of several windows, with an address across every border that there may be.
func TestLongLine(t *testing.T) {
	var in, want strings.Builder
	for in.Len() < 5<<19 {
		in.WriteString(`{"to":"example@email.com","n":1},`)
		want.WriteString(`{"to":"*****************","n":1},`)
	}
	for name, end := range map[string]string{"no end": "", "LF": "\n", "CR LF": "\r\nexample@email.com"} {
		got := mask(t, native(t, ""), strings.NewReader(in.String()+end))
		if want := want.String() + strings.ReplaceAll(end, "example@email.com", strings.Repeat("*", 17)); got != want {
			t.Errorf("%s: %d bytes, want %d, and other ones", name, len(got), len(want))
		}
	}
}

// TestBoundedMemory reads much more than may be held.
func TestBoundedMemory(t *testing.T) {
	r := Reader{Source: io.LimitReader(endless{}, 64<<20), Window: 64 << 10}
	n := 0
	for {
		recs, err := r.Next()
		if err != nil {
			break
		}
		for _, rec := range recs {
			n += rec.To - rec.From + len(rec.EOL)
		}
		if cap(r.buf) > 1<<20 {
			t.Fatalf("%d bytes are held", cap(r.buf))
		}
	}
	if n != 64<<20 {
		t.Errorf("%d bytes came out, want %d", n, 64<<20)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestNothingWaits: a line comes out before the next one is there.
func TestNothingWaits(t *testing.T) {
	in, feed := io.Pipe()
	read, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- Copy(t.Context(), out, &Reader{Source: in}, native(t, ""))
		out.Close()
	}()
	line := make([]byte, 18)
	for range 3 {
		if _, err := io.WriteString(feed, "example@email.com\nand the beginning of "); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(read, line); err != nil {
			t.Fatal(err)
		}
		if string(line) != strings.Repeat("*", 17)+"\n" {
			t.Fatalf("got %q", line)
		}
		go io.WriteString(feed, "it\n")
		if _, err := io.ReadFull(read, make([]byte, len("and the beginning of it\n"))); err != nil {
			t.Fatal(err)
		}
	}
	feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	in := "nothing\nto example@email.com\n" + key + "a@example.com"
	var got []Finding
	if err := Find(&Reader{Source: strings.NewReader(in)}, native(t, ""), func(f Finding) error { got = append(got, f); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, f := range got {
		if f.Kind == "email" && !strings.Contains(in[f.Offset:f.Offset+int64(f.End-f.Start)], "@") {
			t.Errorf("%+v isn't where it says", f)
		}
	}
	last := got[len(got)-1]
	if want := (Finding{Kind: "email", Line: 9, Start: 0, End: 13, Offset: int64(len(in) - 13), Confidence: last.Confidence, Reason: "e-mail address", Operator: "mask"}); last != want || last.Confidence < 50 {
		t.Errorf("got %+v, want %+v", last, want)
	}
}

// TestReadError: what came before an error is masked, and the error isn't lost.
func TestReadError(t *testing.T) {
	var out bytes.Buffer
	in := io.MultiReader(strings.NewReader("example@email.com\nexample@"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := Copy(t.Context(), &out, &Reader{Source: in}, native(t, "")); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
	if want := strings.Repeat("*", 17) + "\nexample@"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// FuzzReader: all bytes come out, in order, wherever reads end and however short the window is.
func FuzzReader(f *testing.F) {
	f.Add([]byte("a\r\nb\n"+key+"c"), uint64(1), uint16(64))
	f.Add([]byte(strings.Repeat("word ", 100)+"\r\n"), uint64(2), uint16(40))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64, window uint16) {
		r := Reader{Source: &pieces{in, rand.New(rand.NewPCG(seed, 0))}, Window: 32 + int(window)}
		var got []byte
		for {
			recs, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range recs {
				if rec.Line != int64(bytes.Count(in[:rec.Begin], []byte("\n")))+1 {
					t.Fatalf("record at %d says line %d", rec.Begin, rec.Line)
				}
				if !bytes.Equal(rec.Text, in[rec.Offset:][:len(rec.Text)]) {
					t.Fatal("a record isn't where it says")
				}
				got = append(append(got, rec.Text[rec.From:rec.To]...), rec.EOL...)
			}
		}
		if !bytes.Equal(got, in) {
			t.Fatalf("got %q, want %q", got, in)
		}
	})
}

// pieces reads in pieces of random sizes.
type pieces struct {
	b   []byte
	rnd *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.b[:min(len(p.b), 1+p.rnd.IntN(50))])
	p.b = p.b[n:]
	return n, nil
}

// TestSameBytes: nothing is lost of what isn't text.
func TestSameBytes(t *testing.T) {
	in := make([]byte, 3<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range in {
		in[i] = byte(rnd.Uint32())
	}
	if got := mask(t, same{}, bytes.NewReader(in)); got != string(in) {
		t.Error("other bytes came out")
	}
}

// TestWhole: a table's header counts for all of its rows.
func TestWhole(t *testing.T) {
	const in = "id,password\r\n1,hunter2\r\n2,letmein"
	for name, e := range engines(t, "") {
		for _, source := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in))} {
			var out bytes.Buffer
			if err := Copy(t.Context(), &out, &Reader{Source: source, Whole: true}, e); err != nil {
				t.Fatal(err)
			}
			if want := "id,password\r\n1,*******\r\n2,*******"; out.String() != want {
				t.Errorf("%s: got %q", name, out.String())
			}
		}
	}
	r := Reader{Source: strings.NewReader(in), Whole: true, Window: 10}
	if _, err := r.Next(); err != ErrTooLong {
		t.Errorf("got %v", err)
	}
	r = Reader{Source: strings.NewReader(""), Whole: true}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("nothing: got %v", err)
	}
}
