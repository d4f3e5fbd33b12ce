package corpus

import (
	"reflect"
	"strings"
	"testing"
)

func TestGenerate(t *testing.T) {
	texts := Generate(1, 5000)
	if !reflect.DeepEqual(texts, Generate(1, 5000)) {
		t.Fatal("one seed makes two corpora")
	}
	if reflect.DeepEqual(texts, Generate(2, 5000)) {
		t.Fatal("two seeds make one corpus")
	}
	kinds, formats := map[Kind]int{}, map[string]int{}
	for _, text := range texts {
		formats[text.Format]++
		end := 0
		for _, s := range text.Spans {
			if s.Start < end || s.End <= s.Start || s.End > len(text.Text) {
				t.Fatalf("labels %v of %q", text.Spans, text.Text)
			}
			end = s.End
			kinds[s.Kind]++
		}
		if strings.Contains(text.Text, "[[-") || strings.Contains(text.Text, "%!(") {
			t.Errorf("a template is left in %q", text.Text)
		}
	}
	for _, k := range []Kind{Card, IBAN, SSN, Email, IP, Phone, Secret} {
		if kinds[k] < 100 {
			t.Errorf("%d of kind %s", kinds[k], k)
		}
	}
	t.Log(kinds, formats)
}

func TestCasesAreParsed(t *testing.T) {
	got := parseCase("IPs: ~ip«10.0.0.7», ~mac«aa»")
	want := Text{Source: "presidio", Format: "case", Text: "IPs: 10.0.0.7, aa", Spans: []Span{{5, 13, IP}, {15, 17, MAC}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for _, text := range Cases() {
		if strings.ContainsAny(text.Text, "«»~") {
			t.Errorf("%q isn't parsed", text.Text)
		}
	}
}
