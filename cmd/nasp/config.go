package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspconfig"
)

var configCommand = command{
	name: "config", args: " check [flags] FILE | schema",
	summary: "checks a configuration file, or prints the JSON schema of such files",
	help: `
check reads a YAML file as package naspconfig does, and then loads its modules and has them check their own configuration. It prints
nothing but what is wrong. docs/configuration.md lists the keys.
`,
	run: runConfig,
}

func runConfig(ctx context.Context, e *env, flags *flag.FlagSet, args []string) error {
	offline := flags.Bool("no-modules", false, "check: don't load the modules")
	action := ""
	if len(args) > 0 && len(args[0]) > 0 && args[0][0] != '-' {
		action, args = args[0], args[1:]
	}
	if err := parse(flags, args); err != nil {
		return err
	}
	switch {
	case action == "schema" && flags.NArg() == 0:
		_, err := e.out.Write(naspconfig.Schema())
		return err
	case action == "check" && flags.NArg() == 1:
		return checkConfig(ctx, e, flags.Arg(0), *offline)
	case action == "check":
		return usagef("check needs one FILE")
	}
	return usagef("say check FILE, or schema")
}

func checkConfig(ctx context.Context, e *env, path string, offline bool) error {
	c, err := naspconfig.Load(path)
	if err != nil || offline {
		return err
	}
	c.Logger = slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelError}))
	c.VMs = 1
	n, err := nasp.New(ctx, c)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return n.Close(ctx)
}
