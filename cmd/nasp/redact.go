package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/libnasp/libnasp/internal/redact"
)

var redactCommand = command{
	name: "redact", args: " [flags] [FILE…]",
	summary: "masks lines of standard input or of files, and writes them to standard output",
	help: `
Each line is looked at as the value of a record would be, and what is found in it is masked by '*', byte for byte. A private key in PEM
is masked over its lines, and with -whole each input is looked at as one record. Lines may have any length and any bytes, also NULs; a last line without an end stays without one. Lines are written as soon
as they are complete, so it can stand in a pipe:

    tail -f app.log | nasp redact | …

With -format json it writes, in place of the lines, a line of JSON for each finding, which never holds the text: its kind, the number of its line, where it starts
and ends in that line and its offset in the input, in bytes, how sure it is (0 to 100), why, and what is done about it. For a key in PEM the line is its first one, and counts as one line to its end.
`,
	run: runRedact,
}

type redactFlags struct {
	format       string
	native, wasm bool
	whole        bool
	config       string
}

func runRedact(ctx context.Context, e *env, flags *flag.FlagSet, args []string) error {
	var f redactFlags
	flags.StringVar(&f.format, "format", "text", "what to write: `text`, the masked lines, or json, the findings")
	flags.BoolVar(&f.native, "native", false, "use the filter's code in this program (the default)")
	flags.BoolVar(&f.wasm, "wasm", false, "use the built-in Wasm module, as connections do: its text is the same, which this lets you see")
	flags.BoolVar(&f.whole, "whole", false, "look at each input as one record: for tables with a header, and documents over many lines, of 64 MiB at most")
	flags.StringVar(&f.config, "config", "", "a `file` with the configuration of the module, in JSON, as nasp.PII takes it")
	if err := parse(flags, args); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	configuration, err := f.configuration()
	if err != nil {
		return err
	}
	if f.format == "json" {
		return f.findings(e, configuration, flags.Args())
	}
	engine, err := f.engine(ctx, configuration, e)
	if err != nil {
		return err
	}
	err = eachFile(e, flags.Args(), func(in io.Reader, _ string) error { return redact.Copy(ctx, e.out, f.reader(in), engine) })
	return errors.Join(err, engine.Close(context.WithoutCancel(ctx)))
}

func (f *redactFlags) check() error {
	switch {
	case f.format != "text" && f.format != "json":
		return usagef("-format is %q, it must be text or json", f.format)
	case f.native && f.wasm:
		return usagef("set one of -native and -wasm")
	case f.wasm && f.format == "json":
		return usagef("-format json needs -native: the module tells nobody where it found something")
	}
	return nil
}

func (f *redactFlags) configuration() ([]byte, error) {
	if f.config == "" {
		return nil, nil
	}
	return os.ReadFile(f.config)
}

func (f *redactFlags) engine(ctx context.Context, configuration []byte, e *env) (redact.Engine, error) {
	if !f.wasm {
		return redact.NewNative(configuration)
	}
	return redact.NewWasm(ctx, redact.WasmConfig{
		Configuration: configuration, CacheDir: e.cacheDir, Logger: slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// cacheDir is where compiled modules are kept, if there is such a place.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "nasp", "wazero")
}

func (f *redactFlags) reader(in io.Reader) *redact.Reader {
	return &redact.Reader{Source: in, Whole: f.whole}
}

// findings writes a line for each finding.
func (f *redactFlags) findings(e *env, configuration []byte, files []string) error {
	engine, err := redact.NewNative(configuration)
	if err != nil {
		return err
	}
	out := json.NewEncoder(e.out)
	return eachFile(e, files, func(in io.Reader, name string) error {
		return redact.Find(f.reader(in), engine, func(found redact.Finding) error {
			return out.Encode(struct {
				File string `json:"file,omitempty"`
				redact.Finding
			}{name, found})
		})
	})
}

// eachFile calls fn with each file, or with standard input if there is none; "-" is standard input too.
func eachFile(e *env, files []string, fn func(in io.Reader, name string) error) error {
	if len(files) == 0 {
		return fn(e.in, "")
	}
	for _, name := range files {
		if err := oneFile(e, name, fn); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func oneFile(e *env, name string, fn func(in io.Reader, name string) error) error {
	if name == "-" {
		return fn(e.in, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return fn(f, name)
}
