package pii

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func newEngine(t testing.TB, kinds ...Kind) *Engine {
	t.Helper()
	e, err := New(Config{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// masked returns text as it is stored.
func masked(e *Engine, text string) string {
	b := []byte(text)
	Mask(b, e.Find(nil, b))
	return string(b)
}

// example is a text, and what must be hidden of it between ⟦ and ⟧.
type example string

func (x example) text() string {
	return strings.NewReplacer("⟦", "", "⟧", "").Replace(string(x))
}

// stored replaces each byte between the marks by '*', or '1' in a JSON number.
func (x example) stored() string {
	var out strings.Builder
	for i, part := range strings.Split(string(x), "⟦") {
		if i == 0 {
			out.WriteString(part)
			continue
		}
		hidden, rest, _ := strings.Cut(part, "⟧")
		with := "*"
		if strings.HasPrefix(string(x), "{") && !strings.HasPrefix(rest, `"`) && strings.Trim(hidden, "0123456789") == "" {
			with = "1"
		}
		out.WriteString(strings.Repeat(with, len(hidden)) + rest)
	}
	return out.String()
}

func checkAll(t *testing.T, e *Engine, examples []example) {
	t.Helper()
	for _, x := range examples {
		text := x.text()
		if got := masked(e, text); got != x.stored() {
			t.Errorf("%s\n got %s\nwant %s", text, got, x.stored())
		}
	}
}

func TestMainExamples(t *testing.T) {
	e := newEngine(t)
	for in, want := range map[string]string{
		"AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue": "AWS_SECRET_ACCESS_KEY=*******************",
		"My email is example@email.com":             "My email is *****************",
	} {
		if got := masked(e, in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestKinds(t *testing.T) {
	if k, ok := ParseKind("us_ssn"); !ok || k != USSSN {
		t.Error("us_ssn isn't found")
	}
	if _, ok := ParseKind("ssn"); ok {
		t.Error("ssn is no kind")
	}
	text := "password=hunter2 a@example.com 4111111111111111 219-09-1234 DE89370400440532013000 10.20.30.40"
	kinds := []Kind{Secret, Email, PaymentCard, USSSN, IBAN, IPv4}
	for _, k := range kinds {
		f := newEngine(t, k).Find(nil, []byte(text))
		if len(f) != 1 || f[0].Kind != k {
			t.Errorf("%s alone finds %v", k, f)
		}
	}
	if f := newEngine(t).Find(nil, []byte(text)); len(f) != len(kinds) {
		t.Errorf("all find %v", f)
	}
}

func TestJSONStaysJSON(t *testing.T) {
	checkAll(t, newEngine(t), []example{
		`{"card":⟦4111111111111111⟧}`,
		`{"cards":[⟦4111111111111111⟧, ⟦5500000000000004⟧],"n":1}`,
		`{"pin_token":⟦12345678⟧,"card":"⟦4111111111111111⟧"}`,
		`{"a": ⟦4111111111111111⟧ }`,
	})
	if got := masked(newEngine(t), "4111111111111111"); got != strings.Repeat("*", 16) {
		t.Errorf("a text that is a number: %s", got)
	}
}

func TestOverlaps(t *testing.T) {
	checkAll(t, newEngine(t), []example{
		"⟦4111111111111111@example.com⟧",
		"password=⟦a@example.com⟧",
		"mailto:⟦a@example.com⟧,⟦b@example.com⟧",
		"⟦a@example.com⟧/⟦4111 1111 1111 1111⟧",
		"token=⟦abc⟧&email=⟦a@example.com⟧",
	})
}

func TestFindReusesMemory(t *testing.T) {
	e := newEngine(t)
	text := []byte(strings.Repeat("My email is example@email.com, password=hunter2 and 4111111111111111. ", 20))
	dst := make([]Finding, 0, 100)
	if n := testing.AllocsPerRun(10, func() { dst = e.Find(dst[:0], text) }); n != 0 || len(dst) != 60 {
		t.Errorf("%v allocations, %d findings", n, len(dst))
	}
}

func TestFindNamed(t *testing.T) {
	e := newEngine(t)
	tests := []struct{ name, value, want string }{
		{"password", "my pass phrase", "**************"},
		{"X-Api-Key", "abc", "***"},
		{"Authorization", "Bearer abc.def", "Bearer *******"},
		{"AWS_SECRET_ACCESS_KEY", "{a", "**"},
		{"password", "${PASSWORD}", "${PASSWORD}"},
		{"password", "", ""},
		{"token_count", "12", "12"},
		{"author", "me", "me"},
		{"id", "password=x", "password=x"}, // the value isn't looked into
	}
	for _, test := range tests {
		b := []byte(test.value)
		Mask(b, e.FindNamed(nil, []byte(test.name), b))
		if string(b) != test.want {
			t.Errorf("%s: %s: got %s", test.name, test.value, b)
		}
	}
	if f := newEngine(t, Email).FindNamed(nil, []byte("password"), []byte("x")); len(f) != 0 {
		t.Error("a secret is found though only addresses are asked for")
	}
}

// corpus is text of every detector, for properties that hold for all of it.
var corpus = []string{
	"AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue", "My email is example@email.com", `{"token":"abc","n":1}`, "4111 1111 1111 1111",
	"219-09-1234", "ssn 219091234", "DE89 3704 0044 0532 0130 00", "gb82west12345698765432", "10.20.30.40/24", "user%40example.com",
	"postgres://user:p@ss@host/db", "<password>x</password>", "Authorization: Basic dTpw", `{\"password\":\"x\"}`, "auth: x", "db_pass=x",
	"maestro card 501800000009", "josé@example.com", `a\u0040example.com`, "db_pass: 1", "378282246310005",
}

func TestHostileTextEnds(t *testing.T) {
	e := newEngine(t)
	for _, unit := range []string{
		"@", "a@", "a@a.", "a=", "a=a=", "1-", "1 ", "1.", "::", ":", ">", "<a>", "password=\"", "password=\\\"", "password=", "://", "a://b:c@", "%40", `\u0040`, "DE89", "DE89 ", "4111 ",
		"password=${", "password=${}", "password={{", "password=\"{{", "token=$A", "token,", "'", "é@", "\\", "pass:{", "x=1,", "auth=a,", "1234567890",
	} {
		text := []byte(strings.Repeat(unit, 1<<18/len(unit)))
		for _, f := range e.Find(nil, text) {
			if f.Start < 0 || f.End > len(text) {
				t.Fatalf("%q: finding %v", unit, f)
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text), []byte("x"), []byte("9"))
	}
	e := newEngine(f)
	f.Fuzz(func(t *testing.T, text, before, after []byte) {
		findings := e.Find(nil, text)
		last := 0
		for _, x := range findings {
			if x.Start < last || x.End <= x.Start || x.End > len(text) {
				t.Fatalf("%v in a text of %d bytes", findings, len(text))
			}
			last = x.End
		}
		run := bytes.Join([][]byte{before, text, after, text}, []byte("0"))
		start := len(before) + 1
		fields := []Field{{start, start + len(text)}, {len(run) - len(text), len(run)}}
		inRun := e.FindFields(nil, run, fields)
		for i, x := range inRun {
			base := fields[i*2/max(1, len(inRun))].Start
			if len(inRun) != 2*len(findings) || x.Start-base != findings[i%len(findings)].Start || x.End-base != findings[i%len(findings)].End {
				t.Fatalf("%v, but %v in fields of a run", findings, inRun)
			}
		}
		if len(inRun) != 2*len(findings) {
			t.Fatalf("%v, but %v in fields of a run", findings, inRun)
		}
		stored := bytes.Clone(text)
		Mask(stored, findings)
		if utf8.Valid(text) && !utf8.Valid(stored) {
			t.Fatal("a code point was cut")
		}
	})
}

// TestMaskedAgain: masked text holds nothing that isn't masked.
func TestMaskedAgain(t *testing.T) {
	e := newEngine(t)
	for _, text := range corpus {
		stored := []byte(masked(e, text))
		for _, x := range e.Find(nil, stored) {
			if strings.Trim(string(stored[x.Start:x.End]), "*") != "" {
				t.Errorf("%s: %v found again", stored, x)
			}
		}
	}
}
