package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/testguest"
)

const module = "../../filters/guest/kafkawasm/kafka.wasm"

// start runs nasp and returns what it wrote.
func start(t *testing.T, in string, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), &env{strings.NewReader(in), &o, &e, testguest.CacheDir(t)}, args)
	return code, o.String(), e.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCommands(t *testing.T) {
	config := write(t, "config.json", `{"filters":[{"name":"pii","config":{"kinds":["email"]}}]}`)
	mistyped := write(t, "mistyped.json", `{"filter":[]}`)
	text := write(t, "text", "a@example.com\n")
	tests := map[string]struct {
		args     []string
		in       string
		code     int
		out, err string // substrings
	}{
		"nothing":         {code: exitUsage, err: "usage: nasp COMMAND"},
		"help":            {args: []string{"help"}, out: "redact "},
		"-h":              {args: []string{"-h"}, out: "redact "},
		"help redact":     {args: []string{"help", "redact"}, out: "-format"},
		"redact -h":       {args: []string{"redact", "-h"}, out: "usage: nasp redact [flags] [FILE…]"},
		"unknown":         {args: []string{"redcat"}, code: exitUsage, err: `no command "redcat"`},
		"unknown help":    {args: []string{"help", "redcat"}, code: exitUsage, err: `no command "redcat"`},
		"unknown flag":    {args: []string{"redact", "-formta=json"}, code: exitUsage, err: "formta"},
		"unknown format":  {args: []string{"redact", "-format=xml"}, code: exitUsage, err: `"xml"`},
		"both engines":    {args: []string{"redact", "-native", "-wasm"}, code: exitUsage, err: "one of"},
		"json of wasm":    {args: []string{"redact", "-wasm", "-format=json"}, code: exitUsage, err: "-native"},
		"version":         {args: []string{"version"}, out: "kafka.wasm sha256:"},
		"--version":       {args: []string{"--version"}, out: "nasp "},
		"redact":          {args: []string{"redact"}, in: "to a@example.com", out: "to *************"},
		"redact wasm":     {args: []string{"redact", "-wasm"}, in: "to a@example.com", out: "to *************"},
		"redact files":    {args: []string{"redact", text, "-", text}, in: "b@example.com\n", out: "*************\n*************\n*************\n"},
		"redact whole":    {args: []string{"redact", "-whole"}, in: "id,password\n1,hunter2\n", out: "id,password\n1,*******\n"},
		"no such file":    {args: []string{"redact", text + "2"}, code: exitFailed, err: "text2"},
		"configuration":   {args: []string{"redact", "-config", config}, in: "4111111111111111 a@b.com", out: "4111111111111111 *******"},
		"mistyped":        {args: []string{"redact", "-config", mistyped}, code: exitFailed, err: "filter"},
		"inspect nothing": {args: []string{"inspect"}, code: exitUsage, err: "name one file"},
		"inspect text":    {args: []string{"inspect", text}, code: exitFailed, err: "not a WebAssembly module"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, out, errs := start(t, tt.in, tt.args...)
			if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.err) {
				t.Errorf("exit code %d, want %d; out:\n%s\nerr:\n%s", code, tt.code, out, errs)
			}
			if (code == exitOK) != (errs == "") {
				t.Errorf("exit code %d with this on standard error: %q", code, errs)
			}
		})
	}
}

func TestFindingsAreJSON(t *testing.T) {
	const in = "nothing\nto a@example.com, card 4111111111111111\n"
	code, out, _ := start(t, in, "redact", "-format", "json")
	if code != exitOK {
		t.Fatal(code)
	}
	var kinds []string
	for line := range strings.Lines(out) {
		var f struct {
			Kind       string
			Line       int
			Start, End int
			Offset     int
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, f.Kind)
		if text := in[f.Offset : f.Offset+f.End-f.Start]; f.Line != 2 || f.Offset != f.Start+len("nothing\n") || text != "a@example.com" && text != "4111111111111111" {
			t.Errorf("%s is %q", line, text)
		}
	}
	if strings.Join(kinds, " ") != "email payment_card" {
		t.Errorf("found %q", kinds)
	}
	if strings.Contains(out, "example.com") || strings.Contains(out, "4111") {
		t.Error("a finding holds the text")
	}
}

func TestInspect(t *testing.T) {
	code, out, _ := start(t, "", "inspect", "-format=json", module)
	var got inspection
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK {
		t.Fatal(code, err)
	}
	if sum, _ := os.ReadFile(module + ".sha256"); got.ABI != "0.2.1" || !got.Runs || !strings.HasPrefix(string(sum), got.SHA256) || len(got.Imports) == 0 || len(got.Exports) == 0 {
		t.Errorf("got %+v", got)
	}
	for _, x := range append(got.Imports, got.Exports...) {
		if x.Kind == "function" && !x.Known {
			t.Errorf("our host doesn't know %+v", x)
		}
	}
	// A module with nothing in it is one, and no Proxy-Wasm module.
	code, out, _ = start(t, "", "inspect", write(t, "empty.wasm", "\x00asm\x01\x00\x00\x00"))
	if code != exitFailed || !strings.Contains(out, "none: not a Proxy-Wasm module") || !strings.Contains(out, "runs    no: ") {
		t.Errorf("exit code %d, %s", code, out)
	}
}
