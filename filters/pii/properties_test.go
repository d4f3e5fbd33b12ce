package pii

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// parts are what texts of random ones are put together from: pieces of what detectors look for, and of what confuses them.
var parts = []string{
	"password", "pass", "pwd", "token", "secret", "api", "key", "_", "-", ".", " ", "auth", "Authorization", "Bearer ", "cred", "ssn", "social security", "count", "s", "name",
	"=", ":", "=>", ":=", ">", "<", "\"", "'", "`", "\\", "\\\"", "{", "}", "[", "]", "(", ")", ",", ";", "&", "|", "/", "://", "?", "#", "$", "${", "{{", "%s", "%40", "%20", `\u0040`, `\n`, `\u003c`, `\u00e9`,
	"@", "a", "b", "user", "example", ".com", "com", "org", "co.uk", "xn--", "é", "ü", "日本", "。", "4111", "1111", "4111111111111111", "378282246310005", "12", "7", "0", "219", "09", "1234", "219-09-1234",
	"DE89", "3704", "0044", "0532", "0130", "00", "DE89370400440532013000", "GB82WEST12345698765432", "10.20.30.40", "255", "/24", "version", "true", "null", "x", "*", "**", "\n", "\t", "\x00", "\xff", "\xc3", "\xa9", "value", "\"value\":\"", "-----BEGIN",
}

func randomText(r *rand.Rand) []byte {
	var b []byte
	for range 1 + r.IntN(12) {
		b = append(b, parts[r.IntN(len(parts))]...)
	}
	return b
}

// randomGlue is bytes that may stand beside a text in a run: lengths, keys, other texts.
func randomGlue(r *rand.Rand) []byte {
	sets := []string{"0123456789", "aAzZ", "abc09_-.", " \t\r\n", "\x00\x01\x02\x80\xff", "\"'\\`", "@:/=.-", ""}
	set := sets[r.IntN(len(sets))]
	var b []byte
	for n := r.IntN(90); n > 0 && set != ""; n-- {
		b = append(b, set[r.IntN(len(set))])
	}
	if r.IntN(3) == 0 {
		b = append(randomText(r), b...)
	}
	if r.IntN(3) == 0 {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

// checkFindings fails unless findings are in order, in the text, and of whole code points.
func checkFindings(t *testing.T, text []byte, findings []Finding) {
	t.Helper()
	last := 0
	for _, f := range findings {
		if f.Start < last || f.End <= f.Start || f.End > len(text) {
			t.Fatalf("%v in %q", findings, text)
		}
		last = f.End
	}
	stored := bytes.Clone(text)
	Mask(stored, findings)
	if utf8.Valid(text) && !utf8.Valid(stored) {
		t.Fatalf("a code point of %q is cut by %v", text, findings)
	}
}

// masksMore tells whether masking once more changes something.
func masksMore(e *Engine, text []byte) bool {
	once := bytes.Clone(text)
	Mask(once, e.Find(nil, once))
	again := e.Find(nil, once)
	twice := bytes.Clone(once)
	Mask(twice, again)
	return !bytes.Equal(once, twice)
}

// TestRandomTexts checks what holds for all texts on ones that are full of what detectors look for.
func TestRandomTexts(t *testing.T) {
	e := newEngine(t)
	r := rand.New(rand.NewPCG(3, 4))
	found, more := 0, 0
	for range 100_000 {
		text := randomText(r)
		findings := e.Find(nil, text)
		checkFindings(t, text, findings)
		if len(findings) == 0 {
			continue
		}
		found++
		if masksMore(e, text) {
			more++
			t.Logf("masked twice is more than once: %q", text)
		}
		for range 4 {
			before, after := randomGlue(r), randomGlue(r)
			run := bytes.Join([][]byte{before, text, after}, []byte("7"))
			field := Field{len(before) + 1, len(before) + 1 + len(text)}
			inRun := e.FindFields(nil, run, []Field{field})
			for i := range inRun {
				inRun[i].Start -= field.Start
				inRun[i].End -= field.Start
			}
			if !slices.Equal(inRun, findings) {
				t.Fatalf("%v in %q, but %v in a field of %q", findings, text, inRun, run)
			}
		}
	}
	// What is masked may have been the reason to leave what follows it, in texts that nobody writes.
	if more > 1 {
		t.Errorf("%d of %d masked texts hold more", more, found)
	}
	if found < 10_000 {
		t.Errorf("only %d texts have findings", found)
	}
}

// TestChunks moves texts over the limits of blocks and chunks.
func TestChunks(t *testing.T) {
	e := newEngine(t)
	for _, text := range corpus {
		want := masked(e, text)
		for n := range 2*blockSize + 3 {
			for _, n := range []int{n, n + (chunk-1)*blockSize} {
				pad := strings.Repeat(" ", n)
				for _, behind := range []string{"", pad} {
					if got := masked(e, pad+text+behind); got != pad+want+behind {
						t.Fatalf("%q behind %d bytes: %q", text, n, strings.TrimSpace(got))
					}
				}
			}
		}
	}
}

// TestKindsAlone: an engine for one kind finds no other.
func TestKindsAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for k := range Kind(NumKinds) {
		e := newEngine(t, k)
		for range 5000 {
			text := randomText(r)
			findings := e.Find(nil, text)
			for _, f := range append(findings, e.FindNamed(nil, text, text)...) {
				if f.Kind != k {
					t.Fatalf("%v of %q is no %s", f, text, k)
				}
			}
		}
	}
}
