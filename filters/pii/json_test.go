package pii

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomJSON is a value that parts were put into, as an encoder writes it: with escapes, numbers, and JSON in strings.
func randomJSON(r *rand.Rand, depth int) any {
	switch n := r.IntN(10); {
	case n < 2 && depth > 0:
		m := map[string]any{}
		for range r.IntN(4) {
			m[strings.ToValidUTF8(string(randomText(r)), "")] = randomJSON(r, depth-1)
		}
		return m
	case n < 3 && depth > 0:
		var list []any
		for range r.IntN(4) {
			list = append(list, randomJSON(r, depth-1))
		}
		return list
	case n < 4 && depth > 0:
		b, _ := json.Marshal(randomJSON(r, depth-1))
		return string(b)
	case n < 6:
		return []any{4111111111111111, 219091234, 12345, -1.5e9, 1, true, nil, 5500000000000004}[r.IntN(8)]
	}
	return strings.ToValidUTF8(string(randomText(r)), "")
}

// TestJSONStaysValid masks random documents, which must be JSON afterwards, and a number where one was.
func TestJSONStaysValid(t *testing.T) {
	e := newEngine(t)
	r := rand.New(rand.NewPCG(13, 14))
	changed := 0
	for range 30_000 {
		doc := map[string]any{"x": randomJSON(r, 3), []string{"password", "card", "ssn", "tokens", "a"}[r.IntN(5)]: randomJSON(r, 3)}
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := masked(e, string(b)); !json.Valid([]byte(got)) {
			t.Fatalf("%s\nis stored as\n%s", b, got)
		} else if got != string(b) {
			changed++
		}
	}
	if changed < 5000 {
		t.Errorf("only %d documents were masked", changed)
	}
}

func TestJSONNumbers(t *testing.T) {
	e := newEngine(t)
	for in, want := range map[string]string{
		`{"card":4111111111111111}`:                        `{"card":1111111111111111}`,
		`{"a":[4111111111111111, 5500000000000004 ]}`:      `{"a":[1111111111111111, 1111111111111111 ]}`,
		`[1,2.5,-3e1,4111111111111111]`:                    `[1,2.5,-3e1,1111111111111111]`,
		`["a",4111111111111111]`:                           `["a",1111111111111111]`,
		`{"password":-12.5e3,"n":1}`:                       `{"password":-11.1e1,"n":1}`,
		"{\n  \"token\" : 12345\n}":                        "{\n  \"token\" : 11111\n}",
		`{"ssn":219091234}`:                                `{"ssn":111111111}`,
		`payload={"card":4111111111111111} sent`:           `payload={"card":1111111111111111} sent`,
		`{"s":"{\"card\":4111111111111111}"}`:              `{"s":"{\"card\":1111111111111111}"}`,
		`4111111111111111`:                                 `****************`,
		`card: 4111111111111111`:                           `card: ****************`,
		`id,4111111111111111,2026`:                         `id,****************,2026`,
		`{"card":"4111111111111111"}`:                      `{"card":"****************"}`,
		`{"card":4111111111111111`:                         `{"card":1111111111111111`,
		`password=12345`:                                   `password=*****`,
		`{"password":11111}`:                               `{"password":11111}`,
		`{"msg":"card 4111111111111111, ok"}`:              `{"msg":"card ****************, ok"}`,
		"1,2,3,4111111111111111,5\n[7,4111111111111111]\n": "1,2,3,****************,5\n[7,1111111111111111]\n",
	} {
		got := masked(e, in)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		if again := masked(e, got); again != got {
			t.Errorf("%s is stored as %s, then as %s", in, got, again)
		}
	}
}
