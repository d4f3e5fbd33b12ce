package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/bench/detect/corpus"
	"github.com/libnasp/libnasp/internal/redact"
	"github.com/libnasp/libnasp/internal/testguest"
)

// floors are what the engine has reached on this seed, less a little: a change that falls below has lost something. Recall, then precision.
var floors = map[corpus.Kind][2]float64{
	corpus.Email:      {0.99, 0.99},
	corpus.Card:       {0.98, 0.95},
	corpus.IBAN:       {0.98, 0.99},
	corpus.SSN:        {0.97, 0.98},
	corpus.IP:         {0.98, 0.99},
	corpus.Phone:      {0.97, 0.98},
	corpus.MAC:        {0.97, 0.99},
	corpus.Crypto:     {0.98, 0.99},
	corpus.Secret:     {0.96, 0.99},
	corpus.Bank:       {0.95, 0.98},
	corpus.Birth:      {0.75, 0.98},
	corpus.NationalID: {0.94, 0.98},
	corpus.Medical:    {0.95, 0.95},
	corpus.Device:     {0.95, 0.95},
}

const (
	leastInside = 0.99 // of the masked bytes are in a label
	// Of the forms of detect-secrets' tests these shares are touched.
	leastPositive, mostNegative = 0.88, 0.05
)

func TestFloors(t *testing.T) {
	s := &set{texts: corpus.Generate(7, 4000)}
	found, err := ours(s.texts)
	if err != nil {
		t.Fatal(err)
	}
	s.add(oursName, s.texts, found)
	sc := s.Scores[oursName]
	for kind, floor := range floors {
		tally := sc.kind(kind)
		if tally.recall() < floor[0] || tally.precision() < floor[1] {
			t.Errorf("%s: recall %.3f, precision %.3f, they were at least %.3f and %.3f; go run ./bench/detect -ours -misses FILE shows what is missed", kind, tally.recall(), tally.precision(), floor[0], floor[1])
		}
	}
	if sc.inside() < leastInside {
		t.Errorf("%.4f of the masked bytes are in a label, it was at least %.3f", sc.inside(), leastInside)
	}
}

func TestForms(t *testing.T) {
	l := newCaseList(shapeCases())
	found, err := ours(l.texts())
	if err != nil {
		t.Fatal(err)
	}
	l.add(oursName, found)
	tool := l.Tools[oursName]
	if p, n := share(tool.Touched, l.Positive), share(tool.TouchedWrongly, l.Negative); p < leastPositive || n > mostNegative {
		t.Errorf("%.3f of the secrets are touched, and %.3f of what is none; they were at least %.2f and at most %.2f", p, n, leastPositive, mostNegative)
	}
}

func TestSameInWasm(t *testing.T) {
	texts := corpus.Generate(8, 1000)
	same, err := sameInWasm(t.Context(), texts, testguest.CacheDir(t))
	if err != nil {
		t.Fatal(err)
	}
	if same != len(texts) {
		t.Errorf("in Wasm %d of %d texts are the same", same, len(texts))
	}
}

func TestScore(t *testing.T) {
	text := &corpus.Text{Text: "call 030-1234 or a@b.de now", Spans: []corpus.Span{{Start: 5, End: 13, Kind: corpus.Phone}, {Start: 17, End: 23, Kind: corpus.Email}}}
	tests := map[string]struct {
		found        []finding
		phone, email tally
		masked, over int
	}{
		"nothing":        {nil, tally{Labels: 1, Bytes: 8}, tally{Labels: 1, Bytes: 6}, 0, 0},
		"all":            {[]finding{{5, 13, corpus.Phone}, {17, 23, corpus.Email}}, tally{Labels: 1, Hidden: 1, Touched: 1, Bytes: 8, Covered: 8, Findings: 1, Right: 1}, tally{Labels: 1, Hidden: 1, Touched: 1, Bytes: 6, Covered: 6, Findings: 1, Right: 1}, 14, 0},
		"part":           {[]finding{{5, 8, corpus.Phone}}, tally{Labels: 1, Touched: 1, Bytes: 8, Covered: 3, Findings: 1, Right: 1}, tally{Labels: 1, Bytes: 6}, 3, 0},
		"without a dash": {[]finding{{5, 8, corpus.Phone}, {9, 13, corpus.Phone}}, tally{Labels: 1, Hidden: 1, Touched: 1, Bytes: 8, Covered: 7, Findings: 2, Right: 2}, tally{Labels: 1, Bytes: 6}, 7, 0},
		"too much":       {[]finding{{0, 13, corpus.Phone}}, tally{Labels: 1, Hidden: 1, Touched: 1, Bytes: 8, Covered: 8, Findings: 1, Right: 1, Over: 5}, tally{Labels: 1, Bytes: 6}, 13, 5},
		"elsewhere":      {[]finding{{24, 27, corpus.Email}}, tally{Labels: 1, Bytes: 8}, tally{Labels: 1, Bytes: 6, Findings: 1, Over: 3}, 3, 3},
		"another kind":   {[]finding{{5, 13, corpus.Email}}, tally{Labels: 1, Hidden: 1, Touched: 1, Bytes: 8, Covered: 8}, tally{Labels: 1, Bytes: 6, Findings: 1, Right: 1}, 8, 0},
	}
	for name, tt := range tests {
		s := newScore()
		s.add(text, tt.found)
		if *s.kind(corpus.Phone) != tt.phone || *s.kind(corpus.Email) != tt.email || s.Masked != tt.masked || s.Over != tt.over {
			t.Errorf("%s: phone %+v, email %+v, masked %d, over %d", name, *s.kind(corpus.Phone), *s.kind(corpus.Email), s.Masked, s.Over)
		}
	}
}

func TestCases(t *testing.T) {
	l := newCaseList([]peerCase{{"a", "x", true}, {"b", "y", true}, {"c", "z", false}})
	l.add("tool", [][]finding{{{0, 1, corpus.Secret}}, nil, {{0, 1, corpus.Secret}}})
	got := l.Tools["tool"]
	if l.Positive != 2 || l.Negative != 1 || got.Touched != 1 || got.TouchedWrongly != 1 || !slices.Equal(got.missed, l.cases[1:2]) || !slices.Equal(got.wrong, l.cases[2:]) {
		t.Errorf("got %+v %+v", l, got)
	}
}

func TestReadme(t *testing.T) {
	r := &results{Sets: []*set{{texts: corpus.Generate(9, 300)}}, Cases: map[string]*caseList{"some": newCaseList([]peerCase{{"a", "x", true}})}}
	for _, tool := range toolNames {
		found := make([][]finding, len(r.Sets[0].texts))
		if tool == oursName {
			var err error
			if found, err = ours(r.Sets[0].texts); err != nil {
				t.Fatal(err)
			}
		}
		r.Sets[0].add(tool, r.Sets[0].texts, found)
		r.Cases["some"].add(tool, make([][]finding, 1))
	}
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("before\n"+tableBegin+"old\n"+tableEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.writeReadme(file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n<!--", "-->\nafter", "| secret | ", "300 generated texts", "some' own examples"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q isn't in\n%s", want, b)
		}
	}
	if strings.Contains(string(b), "old") {
		t.Error("the old table is left")
	}
	if err := os.WriteFile(file, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.writeReadme(file); err == nil {
		t.Error("no error for a file without marks")
	}
}

// TestMaskedTwice: masking again what is masked changes nothing, and keeps lengths and what is JSON.
func TestMaskedTwice(t *testing.T) {
	engine, err := redact.NewNative(nil)
	if err != nil {
		t.Fatal(err)
	}
	mask := func(s string) string {
		masked, err := engine.Mask(t.Context(), [][]byte{[]byte(s)})
		if err != nil {
			t.Fatal(err)
		}
		return string(masked[0])
	}
	for _, text := range corpus.Generate(10, 10000) {
		once := mask(text.Text)
		if twice := mask(once); twice != once {
			t.Errorf("%q becomes\n%q and then\n%q", text.Text, once, twice)
		}
		if len(once) != len(text.Text) || json.Valid([]byte(text.Text)) != json.Valid([]byte(once)) {
			t.Errorf("%q becomes %q", text.Text, once)
		}
	}
}
