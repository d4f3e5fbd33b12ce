package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"

	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/wasmhost"
)

var inspectCommand = command{
	name: "inspect", args: " [flags] FILE.wasm",
	summary: "shows what a Proxy-Wasm module is, and whether nasp can run it",
	help: `
It prints the module's version of the ABI, its size and SHA-256, what it imports and exports, and starts it once, as a connection would: without
trust unless it is the built-in module, and with the configuration of -config. A module that nasp can't run is named with the reason, and the exit code is 1.
Imports that nasp doesn't offer, and exports that it doesn't call, have a minus sign.
`,
	run: runInspect,
}

// inspection is what -format json writes.
type inspection struct {
	File    string   `json:"file"`
	Size    int      `json:"size"`
	SHA256  string   `json:"sha256"`
	ABI     string   `json:"abi,omitempty"`
	Imports []extern `json:"imports"`
	Exports []extern `json:"exports"`
	Runs    bool     `json:"runs"`
	Reason  string   `json:"reason,omitempty"` // why it doesn't
}

type extern struct {
	Module string `json:"module,omitempty"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Type   string `json:"type,omitempty"`
	Known  bool   `json:"known"`
}

func runInspect(ctx context.Context, e *env, flags *flag.FlagSet, args []string) error {
	format := flags.String("format", "text", "`text` or json")
	config := flags.String("config", "", "a `file` with the configuration that the module is started with")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *format != "text" && *format != "json" {
		return usagef("-format is %q, it must be text or json", *format)
	}
	if flags.NArg() != 1 {
		return usagef("name one file")
	}
	wasm, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	var configuration []byte
	if *config != "" {
		if configuration, err = os.ReadFile(*config); err != nil {
			return err
		}
	}
	info, err := wasmhost.Inspect(wasm)
	if err != nil {
		return err
	}
	report := newInspection(flags.Arg(0), info)
	if err := try(ctx, wasm, configuration, e.cacheDir); err != nil {
		report.Runs, report.Reason = false, err.Error()
	}
	if err := report.write(e, *format); err != nil {
		return err
	}
	if !report.Runs {
		return errors.New("nasp can't run it")
	}
	return nil
}

func newInspection(file string, info wasmhost.Info) inspection {
	externs := func(list []wasmhost.Extern) []extern {
		out := make([]extern, len(list))
		for i, x := range list {
			out[i] = extern(x)
		}
		return out
	}
	return inspection{
		File: file, Size: info.Size, SHA256: info.SHA256, ABI: info.ABI,
		Imports: externs(info.Imports), Exports: externs(info.Exports), Runs: true,
	}
}

// try starts the module once.
func try(ctx context.Context, wasm, configuration []byte, cacheDir string) error {
	r, err := wasmhost.NewRuntime(ctx, wasmhost.Config{
		Logger: slog.New(slog.DiscardHandler), CacheDir: cacheDir, TrustedSHA256: []string{fmt.Sprintf("%x", sha256.Sum256(kafkawasm.Module))},
	})
	if err != nil {
		return err
	}
	_, err = r.Load(ctx, wasm, wasmhost.PluginConfig{Name: "inspected", VMs: 1, Configuration: configuration})
	return errors.Join(err, r.Close(context.WithoutCancel(ctx)))
}

func (i *inspection) write(e *env, format string) error {
	if format == "json" {
		out := json.NewEncoder(e.out)
		out.SetIndent("", "  ")
		return out.Encode(i)
	}
	w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	abi := i.ABI
	if abi == "" {
		abi = "none: not a Proxy-Wasm module"
	}
	runs := "yes"
	if !i.Runs {
		runs = "no: " + i.Reason
	}
	fmt.Fprintf(w, "file\t%s\nsize\t%d bytes\nsha256\t%s\nABI\t%s\nruns\t%s\n", i.File, i.Size, i.SHA256, abi, runs)
	writeExterns(w, "imports", i.Imports)
	writeExterns(w, "exports", i.Exports)
	return w.Flush()
}

func writeExterns(w *tabwriter.Writer, title string, list []extern) {
	fmt.Fprintf(w, "\n%s\t%d\n", title, len(list))
	for _, x := range list {
		mark, name := "-", x.Name
		if x.Known || x.Kind != "function" {
			mark = " "
		}
		if x.Module != "" {
			name = x.Module + "." + name
		}
		fmt.Fprintf(w, "%s %s\t%s %s\n", mark, name, x.Kind, x.Type)
	}
}
