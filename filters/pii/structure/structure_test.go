package structure_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/libnasp/libnasp/filters/pii/structure"
)

// fields walks over JSON and returns name=content of each field, with a '!' for each path that matches.
func fields(t *testing.T, doc string, paths ...string) (out []string, ok bool) {
	t.Helper()
	p, err := structure.ParsePaths(paths)
	if err != nil {
		t.Fatal(err)
	}
	var j structure.JSON
	ok = j.Walk([]byte(doc), p, func(f *structure.Field) bool {
		s := string(f.Name) + "=" + doc[f.Start:f.End]
		for i := range paths {
			if f.Paths>>i&1 != 0 {
				s += "!"
			}
		}
		out = append(out, s)
		return true
	})
	return out, ok
}

func TestJSONFields(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a":"b","c":[1,-2.5e3,{"d":null}],"e":{}}`: "a=b =1 =-2.5e3 d=null e-none",
		`[]`: "", `"x"`: "=x", ` {"a" : "b\"c" , "d": true } `: `a=b\"c d=true`,
		"{\"a\":1}\n{\"a\":2}": "a=1 a=2",
	} {
		got, ok := fields(t, doc)
		want := strings.TrimSuffix(want, " e-none")
		if s := strings.Join(got, " "); !ok || s != want {
			t.Errorf("%s: %q, %v, want %q", doc, s, ok, want)
		}
	}
	for _, doc := range []string{`{`, `{"a"}`, `{"a":}`, `[1,]`, `[1 2]`, `{"a":1]`, `nul`, `{"a":"b`, `]`, strings.Repeat("[", 100), `{a:1}`, `[,1]`} {
		if got, ok := fields(t, doc); ok {
			t.Errorf("%s counts as JSON: %q", doc, got)
		}
	}
}

func TestPaths(t *testing.T) {
	const doc = `{"a":{"b":"1","c":[{"b":"2"},{"b":"3"}]},"b":"4","x.y":{"b":"5"}}`
	for path, want := range map[string]string{
		"b": "4", "a.b": "1", "*.b": "1 5", "**.b": "1 2 3 4 5", "a.c[*].b": "2 3", "a.c[1].b": "3", "a.**": "1 2 3", "**": "1 2 3 4 5", `"x.y".b`: "5", "a.c": "2 3", "a.*[*]": "2 3", "c": "",
		"**.c.**.b": "2 3",
	} {
		got, _ := fields(t, doc, path)
		var matched []string
		for _, f := range got {
			if s, ok := strings.CutSuffix(f, "!"); ok {
				matched = append(matched, s[len(s)-1:])
			}
		}
		if s := strings.Join(matched, " "); s != want {
			t.Errorf("%s matches %q, want %q", path, s, want)
		}
	}
	for _, bad := range []string{"", ".a", "a.", "a..b", "a[", "a[x]", "a]b.", `"a`, "a[1]b", strings.Repeat("a.", 40) + "a"} {
		if _, err := structure.ParsePaths([]string{bad}); err == nil && bad != "a]b." {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// TestJSONAgreesWithTheStandardLibrary: what is JSON to it is walked, and the other way round but for what is looser here.
func TestJSONAgreesWithTheStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"{", "}", "[", "]", ",", ":", `"a"`, `"b\"c"`, "1", "-2.5", "true", "null", " ", "\n", `"`, `\`}
	valid := 0
	for range 300_000 {
		var b []byte
		for range 1 + r.IntN(9) {
			b = append(b, parts[r.IntN(len(parts))]...)
		}
		if !json.Valid(b) {
			continue
		}
		valid++
		var j structure.JSON
		if !j.Walk(b, nil, func(*structure.Field) bool { return true }) {
			t.Fatalf("%q isn't walked", b)
		}
	}
	if valid < 1000 {
		t.Errorf("only %d documents", valid)
	}
}

func TestBase64(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		for n := 12; n < 60; n++ {
			text := []byte(strings.Repeat("some text?~ to encode ", 4)[:n])
			value := []byte("x: " + enc.EncodeToString(text) + " y")
			run, ok := structure.FindBase64(value, 0)
			if !ok || !bytes.Equal(run.Decode(nil, value), text) {
				t.Fatalf("%q: %v %q", value, ok, run.Decode(nil, value))
			}
			start := r.IntN(n)
			end := start + 1 + r.IntN(n-start)
			for i := start; i < end; i++ {
				text[i] = '*'
			}
			from, to := run.Range(start, end)
			got := append(append(bytes.Clone(value[:from]), run.AppendEncoded(nil, text, start, end)...), value[to:]...)
			if want := "x: " + enc.EncodeToString(text) + " y"; string(got) != want {
				t.Fatalf("%d-%d: %q, want %q", start, end, got, want)
			}
		}
	}
	for _, no := range []string{"", "short", "0123456789abcdef0123456789abcdef01234567", "com.example.package.ClassName", strings.Repeat("A", 100)} {
		if run, ok := structure.FindBase64([]byte(no), 0); ok {
			t.Errorf("%q reads as %q", no, run.Decode(nil, []byte(no)))
		}
	}
}

// TestFindBase64EverywhereItStands moves a run through other text, which has other runs, shorter and longer ones.
func TestFindBase64EverywhereItStands(t *testing.T) {
	run := base64.StdEncoding.EncodeToString([]byte("some text is here"))
	for n := range 70 {
		for _, before := range []string{strings.Repeat(".", n), strings.Repeat("word ", n/5) + strings.Repeat(" ", n%5), strings.Repeat("A", n) + ".", strings.Repeat("0123456789abcde,", n/16+1)} {
			value := []byte(before + run + ".")
			got, ok := structure.FindBase64(value, 0)
			if !ok || got.Start != len(before) || got.End != len(before)+len(strings.TrimRight(run, "=")) {
				t.Fatalf("%q: %+v %v", value, got, ok)
			}
		}
	}
}

func TestViews(t *testing.T) {
	var v structure.View
	for in, want := range map[string]string{
		"a%40b%2": "a@b%2", `\u0041\ud83d\ude00\n\/\x42`: "A\U0001f600 /B", "&lt;&#64;&#x40;&#xZ;&x;": "<@@&#xZ;&x;", `\u12`: `\u12`, `\`: `\`,
	} {
		v.Unescape([]byte(in), structure.PercentEscapes|structure.JSONEscapes|structure.XMLEscapes)
		if string(v.Text) != want {
			t.Errorf("%q reads %q, want %q", in, v.Text, want)
		}
	}
	v.Unescape([]byte("a%40b"), structure.PercentEscapes)
	if from, to := v.Range(1, 2); from != 1 || to != 4 {
		t.Errorf("@ is at %d-%d", from, to)
	}
}

func TestMessageIndexes(t *testing.T) {
	for in, want := range map[string]int{"\x00\x0a": 1, "\x02\x02\x0a": 2, "\x04\x02\x04\x0a": 3} {
		if got, ok := structure.MessageIndexes([]byte(in), 0); !ok || got != want {
			t.Errorf("%q: %d %v, want %d", in, got, ok, want)
		}
	}
	if _, ok := structure.MessageIndexes([]byte{0x80}, 0); ok {
		t.Error("half a number is accepted")
	}
}

func TestSchemaErrors(t *testing.T) {
	for _, bad := range []string{
		``, `{`, `1`, `"strin"`, `{"name":"x"}`, `{"type":"record","name":"x"}`, `{"type":"record","name":"x","fields":[{"name":"y"}]}`, `{"type":"fixed","name":"x"}`, `{"type":"array"}`,
		`["null","other"]`, strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		if _, err := structure.ParseAvro([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
	if _, err := structure.ParseProtobuf([]byte("\x0a"), "x"); err == nil {
		t.Error("a cut set of descriptors is accepted")
	}
}

// TestHostileAvro: an array that claims to have billions of elements of no bytes ends soon.
func TestHostileAvro(t *testing.T) {
	s, err := structure.ParseAvro([]byte(`{"type":"array","items":"null"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Walk([]byte("\xfe\xff\xff\xff\xff\xff\xff\x7f\x00"), 0, nil, func(*structure.Field) bool { return true }); err == nil {
		t.Error("it is accepted")
	}
}

func FuzzReaders(f *testing.F) {
	for _, s := range []string{`{"a":[1,"b",{"c":null}]}`, "\x00\x00\x00\x00\x01\x0aabcde", "\x0a\x05abcde\x12\x02\x08\x01", "a,b\n1,2\n", "\xff\xfea\x00b\x00c\x00", `a@%40&#64;`} {
		f.Add([]byte(s))
	}
	schema, err := structure.ParseAvro([]byte(`{"type":"record","name":"r","fields":[{"name":"s","type":"string"},{"name":"m","type":{"type":"map","values":["r","bytes","null"]}}]}`))
	if err != nil {
		f.Fatal(err)
	}
	paths, err := structure.ParsePaths([]string{"**.a", "a[*]", "m.*.s"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(fd *structure.Field) bool {
			if fd.Start < 0 || fd.End < fd.Start || fd.End > len(b) || fd.MemberEnd > len(b) || fd.MemberEnd < fd.MemberStart {
				t.Fatalf("%+v in %d bytes", fd, len(b))
			}
			return true
		}
		var j structure.JSON
		if ok := j.Walk(b, paths, check); json.Valid(b) && !ok && !bytes.Contains(b, []byte("[[[[[[[[")) && !bytes.Contains(b, []byte("{")) {
			t.Fatalf("%q is JSON", b)
		}
		var p structure.Protobuf
		p.Walk(nil, b, 0, paths, check)
		_ = schema.Walk(b, 0, paths, check)
		last := 0
		structure.Strings(b, 0, func(start, end int) bool {
			if start < last || end <= start || end > len(b) || !utf8.Valid(b[start:end]) {
				t.Fatalf("%d-%d after %d in %q", start, end, last, b)
			}
			last = end
			return true
		})
		var c structure.CSV
		if header, rows, ok := c.Table(b); ok {
			for i, n := rows, 0; i < len(b); n++ {
				next, _ := c.Row(header, b, i, check)
				if next <= i && next < len(b) {
					t.Fatalf("row %d ends at %d, where it begins", n, next)
				}
				i = max(next, i+1)
			}
		}
		var v structure.View
		v.Unescape(b, structure.FindEscapes(b))
		if u, ok := structure.DetectUTF16(b); ok {
			v.DecodeUTF16(b, u)
		}
		for i := range v.Text {
			if from, to := v.Range(i, i+1); from < 0 || to <= from || to > len(b) {
				t.Fatalf("byte %d of %q is at %d-%d of %q", i, v.Text, from, to, b)
			}
		}
		for i := 0; ; {
			run, ok := structure.FindBase64(b, i)
			if !ok {
				break
			}
			text := run.Decode(nil, b)
			if from, to := run.Range(0, len(text)); !bytes.Equal(run.AppendEncoded(nil, text, 0, len(text)), b[from:to]) && (run.End-run.Start)%4 == 0 {
				t.Fatalf("%q isn't %q", run.AppendEncoded(nil, text, 0, len(text)), b[from:to])
			}
			i = run.End
		}
		_, _ = structure.ParseAvro(b)
		_, _ = structure.ParseProtobuf(b, "x")
	})
}

// TestMayBeTable: what Table reads, MayBeTable lets through.
func TestMayBeTable(t *testing.T) {
	for text, want := range map[string]bool{
		"id,password\n1,x": true, "\"id\";\"pass word\"\r\n1;x": true, "id\tName (full)\n1\tx": true, "größe,farbe\n1,2": true,
		"": false, "id,password": false, "id,password\n": false, "one line\nanother": false, "{\"a\":1,\n\"b\":2}": false, "2024-01-02T03:04:05 a,b\nc": false,
	} {
		if got := structure.MayBeTable([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
		var csv structure.CSV
		if _, _, ok := csv.Table([]byte(text)); ok && !structure.MayBeTable([]byte(text)) {
			t.Errorf("%q is a table", text)
		}
	}
}
