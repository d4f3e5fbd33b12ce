// Package testguest builds a Proxy-Wasm module for tests. It needs only Go.
package testguest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var build = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "testguest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, "github.com/libnasp/libnasp/internal/testguest/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
})

// Module returns the module of the folder guest. It must not be changed.
func Module(t testing.TB) []byte {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Fatal("building the guest:", err)
	}
	return b
}

// CacheDir returns a folder for compiled modules that all tests share: with the race detector on, compiling one takes many seconds.
func CacheDir(t testing.TB) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	dir := filepath.Join(base, "nasp-test", "wazero")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}
