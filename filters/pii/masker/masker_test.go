package masker_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/masker"
)

func newMasker(t testing.TB, c masker.Config) *masker.Masker {
	t.Helper()
	e, err := pii.New(pii.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := masker.New(e, c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// apply returns a value as the Masker changes it, and fails unless the edits fit together.
func apply(t testing.TB, m *masker.Masker, topic string, place masker.Place, b []byte) []byte {
	t.Helper()
	was := bytes.Clone(b)
	m.Begin([]byte(topic))
	r := m.Inspect(place, nil, b)
	if !bytes.Equal(b, was) {
		t.Fatal("Inspect has changed the value")
	}
	end := 0
	for _, e := range r.Edits {
		if e.Start < end || e.End < e.Start || e.End > len(b) || r.SameLength && len(e.New) != e.End-e.Start {
			t.Fatalf("edit %d-%d by %d bytes after one that ends at %d, of %d bytes", e.Start, e.End, len(e.New), end, len(b))
		}
		end = e.End
	}
	return masker.Apply(nil, b, r.Edits)
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// framed is a value behind the header of a Confluent serializer.
func framed(id byte, s string) string { return "\x00\x00\x00\x00" + string(id) + s }

// avroString is a string of Avro.
func avroString(s string) string {
	n := len(s) * 2
	if n < 0x80 {
		return string([]byte{byte(n)}) + s
	}
	return string([]byte{byte(n) | 0x80, byte(n >> 7)}) + s
}

const (
	email = "jane.doe@example.com"
	stars = "********************"
)

func TestMasking(t *testing.T) {
	for name, c := range map[string]struct {
		config   masker.Config
		in, want string
	}{
		"text":               {in: "to " + email + ".", want: "to " + stars + "."},
		"nothing":            {in: "nothing to see", want: "nothing to see"},
		"JSON":               {in: `{"to":"` + email + `","n":1}`, want: `{"to":"` + stars + `","n":1}`},
		"JSON number":        {in: `{"card":4111111111111111}`, want: `{"card":1111111111111111}`},
		"JSON escapes":       {in: `{"to":"jane.d\u006fe@example.com"}`, want: `{"to":"` + strings.Repeat("*", len(email)+5) + `"}`},
		"JSON escaped slash": {in: `{"u":"postgres:\/\/me:hunter2@db.example.com\/x"}`, want: `{"u":"postgres:\/\/me:**********************\/x"}`},
		"percent":            {in: `q=jane.doe%40example%2Ecom&x=1`, want: `q=************************&x=1`},
		"XML entity":         {in: `<to>jane.doe&#64;example.com</to>`, want: `<to>************************</to>`},
		"Base64":             {in: `data:` + b64("write to "+email+" soon"), want: `data:` + b64("write to "+stars+" soon")},
		"Base64 in JSON":     {in: `{"d":"` + b64(`{"to":"`+email+`"}`) + `"}`, want: `{"d":"` + b64(`{"to":"`+stars+`"}`) + `"}`},
		"two in Base64": {
			in:   b64("from " + email + "," + email + ";"),
			want: b64("from " + stars + "," + stars + ";"),
		},
		"UTF-16":        {in: wide("to " + email + "!"), want: wide("to " + stars + "!")},
		"UTF-16 BOM":    {in: "\xff\xfe" + wide("to "+email+"!"), want: "\xff\xfe" + wide("to "+stars+"!")},
		"framed JSON":   {in: framed(7, `{"to":"`+email+`"}`), want: framed(7, `{"to":"`+stars+`"}`)},
		"unknown Avro":  {in: framed(7, "\x02"+avroString(email)+"\x06"), want: framed(7, "\x02"+avroString(stars)+"\x06")},
		"Avro borders":  {in: framed(7, avroString(email)+avroString("0123456789abcdefghijklmn")), want: framed(7, avroString(stars)+avroString("0123456789abcdefghijklmn"))},
		"unknown proto": {in: framed(7, "\x00\x0a\x14"+email+"\x10\x05"), want: framed(7, "\x00\x0a\x14"+stars+"\x10\x05")},
		"nested proto":  {in: framed(7, "\x00\x12\x16\x0a\x14"+email+"\x10\x05"), want: framed(7, "\x00\x12\x16\x0a\x14"+stars+"\x10\x05")},
		"framed text":   {in: framed(7, "to "+email), want: framed(7, "to "+stars)},
		"NUL before":    {in: "\x00" + email + "\x00", want: "\x00" + stars + "\x00"},
		"CSV":           {in: "id,password,x\n1,hunter2,a\n2,\"se\"\"cret\",b\n", want: "id,password,x\n1,*******,a\n2,\"********\",b\n"},
		"keep_last": {
			masker.Config{Rules: []masker.Rule{{Operator: "keep_last", N: 4}}}, "card 4111 1111 1111 1111", "card ***************1111",
		},
		"keep_first":     {masker.Config{Rules: []masker.Rule{{Operator: "keep_first", N: 3}}}, email, "jan" + stars[3:]},
		"keep_domain":    {masker.Config{Rules: []masker.Rule{{Kinds: []string{"email"}, Operator: "keep_domain"}}}, email, "********@example.com"},
		"keep_shape":     {masker.Config{Operator: "keep_shape"}, "card 4111-1111-1111-1111", "card ****-****-****-****"},
		"detect":         {masker.Config{Operator: "detect"}, email, email},
		"other topic":    {masker.Config{Rules: []masker.Rule{{Topics: []string{"other*"}, Operator: "detect"}}}, email, stars},
		"this topic":     {masker.Config{Rules: []masker.Rule{{Topics: []string{"or*rs"}, Operator: "detect"}}}, email, email},
		"drop text":      {masker.Config{Operator: "drop"}, "to " + email + ".", "to ."},
		"drop first":     {masker.Config{Operator: "drop"}, `{"to":"` + email + `","n":1}`, `{"n":1}`},
		"drop last":      {masker.Config{Operator: "drop"}, `{"n":1, "to":"` + email + `"}`, `{"n":1}`},
		"drop all":       {masker.Config{Operator: "drop"}, `{"a":"` + email + `","b":"` + email + `"}`, `{}`},
		"drop two":       {masker.Config{Operator: "drop"}, `{"a":"` + email + `","b":"` + email + `","c":3}`, `{"c":3}`},
		"drop around":    {masker.Config{Operator: "drop"}, `{"a":"` + email + `","b":2,"c":"` + email + `"}`, `{"b":2}`},
		"drop element":   {masker.Config{Operator: "drop"}, `[1,"` + email + `",3]`, `[1,null,3]`},
		"drop from Avro": {masker.Config{Operator: "drop"}, framed(7, "\x02"+avroString(email)), framed(7, "\x02"+avroString(stars))},
		"field": {
			masker.Config{Fields: []masker.Field{{Path: "user.name"}, {Path: "**.zip"}}},
			`{"user":{"name":"Jane","zip":12345},"name":"x"}`, `{"user":{"name":"****","zip":11111},"name":"x"}`,
		},
		"element": {
			masker.Config{Fields: []masker.Field{{Path: "a[*].x"}, {Path: "b[1]"}}},
			`{"a":[{"x":"one","y":"two"},{"x":"three"}],"b":["p","q"]}`, `{"a":[{"x":"***","y":"two"},{"x":"*****"}],"b":["p","*"]}`,
		},
		"object": {masker.Config{Fields: []masker.Field{{Path: "user"}}}, `{"user":{"a":"b","c":["d",{"e":"f"}]},"g":"h"}`, `{"user":{"a":"*","c":["*",{"e":"*"}]},"g":"h"}`},
		"field operator": {
			masker.Config{Fields: []masker.Field{{Path: "user.name", Operator: "drop"}}}, `{"user":{"name":"Jane","zip":1}}`, `{"user":{"zip":1}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMasker(t, c.config)
			got := apply(t, m, "orders", masker.Value, []byte(c.in))
			if string(got) != c.want {
				t.Fatalf("%q\n got %q\nwant %q", c.in, got, c.want)
			}
			if again := apply(t, m, "orders", masker.Value, got); !bytes.Equal(again, got) {
				t.Errorf("%q becomes %q the second time", got, again)
			}
		})
	}
}

const avroSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[
 {"name":"id","type":"long"},{"name":"password","type":["null","string"]},
 {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"note","type":"string"},{"name":"kind","type":{"type":"enum","name":"K","symbols":["A","B"]}}]}}},
 {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
 {"name":"extra","type":{"type":"map","values":["string","shop.Line"]}},{"name":"tag","type":"string"}]}`

func TestAvroSchema(t *testing.T) {
	value := func(password, note, extra, tag string) string {
		return framed(9, "\x54"+"\x02"+avroString(password)+
			"\x04"+avroString("x")+"\x00"+avroString(note)+"\x02"+"\x00"+
			"\x041234567890"[:1]+"12"+
			"\x02"+avroString("k")+"\x00"+avroString(extra)+"\x00"+avroString(tag))
	}
	c := masker.Config{
		Formats: []masker.Format{{Format: "avro", Schemas: map[string]masker.Schema{"9": {Avro: masker.RawJSON(avroSchema)}}}},
		Fields:  []masker.Field{{Path: "tag"}, {Path: "lines[0].note"}},
	}
	m := newMasker(t, c)
	got := apply(t, m, "t", masker.Value, []byte(value("hunter2", "to "+email, email, "red")))
	want := value("*******", "to "+stars, stars, "***")
	want = strings.Replace(want, "\x02x\x00", "\x02*\x00", 1)
	if string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	c.Operator = "drop"
	got = apply(t, newMasker(t, c), "t", masker.Value, []byte(value("hunter2", email, email, "red")))
	if want := value("", "", "", ""); string(got) != strings.Replace(want, "\x02x\x00", "\x00\x00", 1) {
		t.Errorf("dropped: %q\nwant %q", got, want)
	}
}

func TestHash(t *testing.T) {
	c := masker.Config{Operator: "hash", Keys: "hash", HashKey: "0123456789abcdef"}
	m := newMasker(t, c)
	one := apply(t, m, "t", masker.Key, []byte(email))
	if len(one) != len(email) || one[0] != '*' || bytes.Contains(one, []byte("jane")) {
		t.Fatalf("%q", one)
	}
	if two := apply(t, m, "t", masker.Value, []byte("a "+email)); string(two) != "a "+string(one) {
		t.Errorf("%q isn't hashed as %q", two, one)
	}
	if other := apply(t, m, "t", masker.Key, []byte("j"+email[1:len(email)-3]+"org")); bytes.Equal(other, one) {
		t.Error("two addresses have one hash")
	}
	if again := apply(t, m, "t", masker.Key, one); !bytes.Equal(again, one) {
		t.Errorf("%q becomes %q", one, again)
	}
	number := apply(t, m, "t", masker.Value, []byte(`{"ssn":219091234}`))
	if !json.Valid(number) || bytes.Contains(number, []byte("219091234")) {
		t.Errorf("%s", number)
	}
	c.HashKey = "fedcba9876543210"
	if other := apply(t, newMasker(t, c), "t", masker.Key, []byte(email)); bytes.Equal(other, one) {
		t.Error("the key makes no difference")
	}
	secret := "password=" + strings.Repeat("x!", 200)
	if long := apply(t, newMasker(t, c), "t", masker.Value, []byte(secret)); len(long) != len(secret) || string(long) == secret {
		t.Errorf("%d bytes, want %d", len(long), len(secret))
	}
}

func TestReject(t *testing.T) {
	m := newMasker(t, masker.Config{Rules: []masker.Rule{{Kinds: []string{"payment_card"}, Operator: "reject"}}})
	for in, want := range map[string]bool{email: false, "4111 1111 1111 1111": true, email + " 4111111111111111": true, `["` + b64("my card 4111111111111111") + `"]`: true} {
		if r := m.Inspect(masker.Value, nil, []byte(in)); r.Rejected != want || r.Rejected && r.Reject != pii.PaymentCard {
			t.Errorf("%q: rejected %v because of %v", in, r.Rejected, r.Reject)
		}
	}
}

func TestKeysAndHeaders(t *testing.T) {
	m := newMasker(t, masker.Config{})
	r := m.Inspect(masker.Key, nil, []byte(email))
	if len(r.Found) != 1 || len(r.Edits) != 0 || r.Found[0].Operator != masker.Detect {
		t.Errorf("a key: %+v", r)
	}
	r = m.Inspect(masker.Header, []byte("password"), []byte("hunter2"))
	if len(r.Edits) != 1 || string(r.Edits[0].New) != "*******" {
		t.Errorf("a header: %+v", r)
	}
}

func TestConfigErrors(t *testing.T) {
	e, err := pii.New(pii.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []masker.Config{
		{Operator: "masc"}, {Encodings: "some"}, {Operator: "keep_first"}, {Operator: "hash"}, {Operator: "hash", HashKey: "short"}, {Keys: "drop"},
		{Rules: []masker.Rule{{Operator: "mask", Kinds: []string{"none"}}}}, {Rules: []masker.Rule{{Operator: "mask", Places: []string{"key"}}}},
		{Rules: []masker.Rule{{Operator: "mask", N: 3}}}, {Rules: []masker.Rule{{Operator: "mask", Places: []string{"body"}}}},
		{Fields: []masker.Field{{Path: "a..b"}}}, {Fields: []masker.Field{{Path: "a", Kind: "none"}}}, {Formats: []masker.Format{{Format: "yaml"}}},
		{Formats: []masker.Format{{Format: "avro", Schema: &masker.Schema{Avro: masker.RawJSON(`{"type":"recrd"}`)}}}},
		{Formats: []masker.Format{{Format: "json", Schema: &masker.Schema{Avro: masker.RawJSON(`"string"`)}}}},
		{Formats: []masker.Format{{Format: "protobuf", Schema: &masker.Schema{Descriptors: "!", Message: "x"}}}},
	} {
		if _, err := masker.New(e, c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	m := newMasker(t, masker.Config{Fields: []masker.Field{{Path: "a.b"}}})
	m.Begin([]byte("orders"))
	for _, in := range []string{"to " + email, `{"a":{"b":"c"},"to":"jane.d\u006fe@example.com"}`, b64("write to " + email + " soon"), framed(1, avroString(email))} {
		value := []byte(in)
		m.Inspect(masker.Value, nil, value)
		if n := testing.AllocsPerRun(100, func() { m.Inspect(masker.Value, nil, value) }); n > 0 {
			t.Errorf("%q: %v allocations", in, n)
		}
	}
}

// FuzzInspect: edits fit together, lengths stay, JSON stays JSON, and masking again what is masked changes nothing.
func FuzzInspect(f *testing.F) {
	for _, s := range []string{
		`{"to":"jane@example.com","a":[1,4111111111111111,{"password":"x\"y"}]}`, `{"t\u006f":"jane\u0040example.com","n":null}`, b64("write to " + email), wide("to " + email),
		framed(1, avroString(email)), framed(1, "\x00\x0a\x14"+email), "id,password\n1,hunter2\n", "a%40b.com&c=%3Cx%3E",
	} {
		f.Add([]byte(s), byte(0))
		f.Add([]byte(s), byte(1))
	}
	configs := []masker.Config{
		{},
		{Operator: "drop"},
		{Rules: []masker.Rule{{Operator: "keep_last", N: 2}}},
		{Operator: "hash", HashKey: "0123456789abcdef"},
		{Formats: []masker.Format{{Format: "avro", Schema: &masker.Schema{Avro: masker.RawJSON(avroSchema)}}}, Fields: []masker.Field{{Path: "**.note"}}},
	}
	var ms []*masker.Masker
	for _, c := range configs {
		ms = append(ms, newMasker(f, c))
	}
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		m := ms[int(which)%len(ms)]
		got := apply(t, m, "t", masker.Value, b)
		// A number that is a whole value is text as likely as JSON, and masked as text.
		if container := bytes.TrimSpace(b); json.Valid(b) && (container[0] == '{' || container[0] == '[') && !json.Valid(got) {
			t.Fatalf("%q is no JSON any more: %q", b, got)
		}
		if int(which)%len(ms) != 1 && len(got) != len(b) {
			t.Fatalf("%d bytes become %d", len(b), len(got))
		}
	})
}
