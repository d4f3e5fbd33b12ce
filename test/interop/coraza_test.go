//go:build !race

package interop

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest"
)

const (
	corazaModule = "github.com/corazawaf/coraza-proxy-wasm@v0.0.0-20260824140537-b1770f5b0be3"
	oldSDK       = "github.com/tetratelabs/proxy-wasm-go-sdk"
	newSDK       = "github.com/proxy-wasm/proxy-wasm-go-sdk"
	sdkVersion   = "v0.0.0-20260105142703-44c7d5847745"
)

// TestCoraza runs a web application firewall. It isn't run with the race detector: compiling its 24 MB takes minutes then.
func TestCoraza(t *testing.T) {
	if os.Getenv("NASP_E2E") == "" {
		t.Skip("set NASP_E2E=1: builds coraza-proxy-wasm, which takes a minute")
	}
	wasmhosttest.RunCoraza(t, host(t), buildCoraza(t))
}

// buildCoraza builds the module from its source with standard Go. Its SDK is for TinyGo alone: the official one is its successor, with the
// same packages under another name.
func buildCoraza(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	var module struct{ Dir string }
	out := run(t, dir, "go", "mod", "download", "-json", corazaModule)
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(module.Dir)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			return replaceIn(name, oldSDK, newSDK)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// A reactor has no main function that runs.
	if err := replaceIn(filepath.Join(dir, "main.go"), "func main() {", "func main() {}\n\nfunc init() {"); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "edit", "-droprequire", oldSDK, "-require", newSDK+"@"+sdkVersion)
	run(t, dir, "go", "build", "-tags=no_fs_access", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", "coraza.wasm", ".")
	wasm, err := os.ReadFile(filepath.Join(dir, "coraza.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func replaceIn(name, old, to string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(strings.Replace(string(b), old, to, -1)), 0o600)
}

// run runs a command of Go for the guest, outside of the workspace.
func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=-mod=mod", "GOWORK=off", "GOWASM=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.String())
	}
	return out
}
