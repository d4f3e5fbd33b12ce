package naspconfig_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspconfig"
)

// TestModuleFromFile runs a module as a file names it, follows a change, and keeps to it when the module refuses the next.
func TestModuleFromFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	module := testguest.Module(t)
	write("guest.wasm", string(module))
	digest := fmt.Sprintf("%x", sha256.Sum256(module))
	file := func(more string) string {
		return fmt.Sprintf("filters:\n- file: guest.wasm\n  sha256: %s\n  time_limit: 1m\n  %s\nlimits: {vms: 1}\n", digest, more)
	}
	write("nasp.yaml", file("directions: downstream"))
	s := &naspconfig.Source{
		Path: filepath.Join(dir, "nasp.yaml"), Logger: slog.New(slog.DiscardHandler), Interval: time.Millisecond,
		Prepare: func(c *nasp.Config) { c.CacheDir = testguest.CacheDir(t) },
	}
	config, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	n, err := nasp.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(context.Background())
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan error)
	go func() { watched <- s.Watch(ctx, n) }()

	expect := func(want string) {
		t.Helper()
		if got := echo(t, n); got != want {
			t.Errorf("%q comes back, want %q", got, want)
		}
	}
	expect("xp") // the guest changes what comes from the server, which it isn't shown
	write("nasp.yaml", file("directions: upstream"))
	await(t, "the change is seen", func() bool { return n.Metrics().Configuration == 2 })
	if info := n.Metrics(); info.Filters[0].Name != "guest" {
		t.Errorf("the filter is called %q", info.Filters[0].Name)
	}
	expect("XP")
	for refused, content := range []string{file("config: refuse"), strings.Replace(file("config: x"), digest, strings.Repeat("0", 64), 1), "filters: ["} {
		write("nasp.yaml", content)
		await(t, "the mistake is seen", func() bool { return n.Metrics().RefusedReloads == uint64(refused+1) })
		expect("XP")
	}
	if m := n.Metrics(); m.Configuration != 2 {
		t.Errorf("configuration %d is in use", m.Configuration)
	}
	cancel()
	if err := <-watched; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in vain: ", what)
		}
	}
}

// echo sends "xp" to a server that sends back what it gets.
func echo(t *testing.T, n *nasp.Interceptor) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			defer c.Close()
			_, _ = io.Copy(c, c)
		}
	}()
	c, err := (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("xp")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2)
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}
