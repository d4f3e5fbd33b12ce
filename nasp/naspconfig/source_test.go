package naspconfig

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/nasp"
)

// watched is a Source that is being watched. In the bubble of synctest time passes by itself.
type watched struct {
	t    *testing.T
	path string
	n    *nasp.Interceptor
	log  bytes.Buffer
}

// onWatch runs a test with a file that has content. Filters are replaced by one in Go, so that there are no modules to load.
func onWatch(t *testing.T, content string, test func(w *watched)) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t, path: filepath.Join(t.TempDir(), "nasp.yaml")}
		w.write(content)
		s := &Source{Path: w.path, Logger: slog.New(slog.NewTextHandler(&w.log, nil)), Prepare: func(c *nasp.Config) {
			c.Filters = []nasp.Filter{{Name: "own", New: func() (conn.Filter, error) { return nil, errors.New("not in this test") }}}
		}}
		config, err := s.Load()
		if err != nil {
			t.Fatal(err)
		}
		if w.n, err = nasp.New(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Watch(ctx, w.n) }()
		test(w)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch returned %v", err)
		}
		if err := w.n.Close(context.Background()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

func (w *watched) write(content string) {
	w.t.Helper()
	if err := os.WriteFile(w.path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// expect waits for a few looks and compares what the interceptor did.
func (w *watched) expect(what string, configuration, refused uint64) {
	w.t.Helper()
	time.Sleep(5 * DefaultInterval)
	synctest.Wait()
	if m := w.n.Metrics(); m.Configuration != configuration || m.RefusedReloads != refused {
		w.t.Errorf("%s: configuration %d, %d refused, want %d and %d", what, m.Configuration, m.RefusedReloads, configuration, refused)
	}
}

func TestWatch(t *testing.T) {
	onWatch(t, "rules: [{name: a}]", func(w *watched) {
		w.expect("nothing has changed", 1, 0)
		w.write("rules: [{name: b}]")
		w.expect("the file was written", 2, 0)
		w.write("rules: [{name: b}]")
		w.expect("the same was written", 2, 0)
		w.write("rulez: []")
		w.expect("a mistake", 2, 1)
		if log := w.log.String(); !strings.Contains(log, "nasp.yaml: line 1: there is no key") || strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("the log is %q", log)
		}
		w.write("rules: [{name: b}]")
		w.expect("the mistake is undone", 3, 1)
	})
}

// TestWatchAtomicRename replaces the file as configuration tools and many editors do.
func TestWatchAtomicRename(t *testing.T) {
	onWatch(t, "rules: [{name: a}]", func(w *watched) {
		next := w.path + ".new"
		if err := os.WriteFile(next, []byte("rules: [{name: c}]"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, w.path); err != nil {
			t.Fatal(err)
		}
		w.expect("renamed", 2, 0)
	})
}

// TestWatchSymlink replaces a folder behind a symbolic link, as Kubernetes does with what it mounts.
func TestWatchSymlink(t *testing.T) {
	onWatch(t, "", func(w *watched) {
		dir := filepath.Dir(w.path)
		for _, name := range []string{"one", "two"} {
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name, "f"), []byte("rules: [{name: "+name+"}]"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		link := func(target string) {
			if err := os.Symlink(target, w.path+".tmp"); err != nil {
				t.Skip(err)
			}
			if err := os.Rename(w.path+".tmp", w.path); err != nil {
				t.Fatal(err)
			}
		}
		link(filepath.Join(dir, "one", "f"))
		w.expect("a link", 2, 0)
		link(filepath.Join(dir, "two", "f"))
		w.expect("another target", 3, 0)
	})
}

// TestWatchMissing: some editors remove the file before they write it.
func TestWatchMissing(t *testing.T) {
	onWatch(t, "rules: [{name: a}]", func(w *watched) {
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		w.expect("removed", 1, 0)
		w.expect("still missing", 1, 0)
		if n := strings.Count(w.log.String(), "can't be read"); n != 1 {
			t.Errorf("that is logged %d times", n)
		}
		w.write("rules: [{name: d}]")
		w.expect("written again", 2, 0)
		w.write("")
		w.expect("emptied, which would mean the defaults", 2, 0)
	})
}

// TestWatchDebounces: a file that changes with each look is read when it has settled.
func TestWatchDebounces(t *testing.T) {
	onWatch(t, "", func(w *watched) {
		time.Sleep(DefaultInterval / 2)
		for _, part := range []string{"rules:", "rules: [{name:", "rules: [{name: e"} {
			w.write(part)
			time.Sleep(DefaultInterval)
		}
		w.write("rules: [{name: e}]")
		w.expect("settled", 2, 0)
	})
}

// TestWatchModules: a module that is replaced without its name or the configuration changing counts, too.
func TestWatchModules(t *testing.T) {
	onWatch(t, "filters: [{file: module.wasm}]", func(w *watched) {
		module := filepath.Join(filepath.Dir(w.path), "module.wasm")
		if err := os.WriteFile(module, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.expect("it is there now", 2, 0)
		if err := os.WriteFile(module, []byte("xy"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.expect("it was replaced", 3, 0)
	})
}

func TestLoadErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nasp.yaml")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("\nx: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), "naspconfig: "+path+": line 2: ") {
		t.Errorf("got %v", err)
	}
}

// TestWatchEnds with the Interceptor.
func TestWatchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "nasp.yaml")
		s := &Source{Path: path}
		n, err := nasp.New(t.Context(), nasp.Config{Filters: []nasp.Filter{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m := n.Metrics(); m.Draining != 0 {
			t.Errorf("%d configurations are in use", m.Draining)
		}
		if err := os.WriteFile(path, []byte("filters: []"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Watch(t.Context(), n); !errors.Is(err, nasp.ErrShutdown) {
			t.Errorf("Watch returned %v", err)
		}
	})
}
