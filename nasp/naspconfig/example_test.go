package naspconfig_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspconfig"
)

// A program reads its configuration, and follows what becomes of the file.
func ExampleSource() {
	dir, err := os.MkdirTemp("", "naspconfig")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "nasp.yaml")
	if err := os.WriteFile(path, []byte("filters: []\nlimits: {buffered: 1MiB}\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	source := &naspconfig.Source{Path: path}
	config, err := source.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := nasp.New(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close(context.WithoutCancel(ctx))
	go func() { _ = source.Watch(ctx, n) }()

	fmt.Println(config.MaxBuffered, n.Metrics().Configuration)
	// Output: 1048576 1
}

func ExampleParse() {
	_, err := naspconfig.Parse([]byte("filters:\n- builtin: pii\n  confg: {}\n"), ".")
	fmt.Println(err)
	// Output: naspconfig: line 3: there is no key "confg" in a filter
}
