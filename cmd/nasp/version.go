package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
)

var versionCommand = command{
	name: "version", summary: "prints the version, and the digest of the built-in module",
	run: func(_ context.Context, e *env, flags *flag.FlagSet, args []string) error {
		if err := parse(flags, args); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "nasp %s %s/%s %s\nkafka.wasm sha256:%x\n", version(), runtime.GOOS, runtime.GOARCH, runtime.Version(), sha256.Sum256(kafkawasm.Module))
		return nil
	},
}

// version is that of the module, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			return v + " " + s.Value
		}
	}
	return v
}
