package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/libnasp/libnasp/internal/kithost"
	"github.com/libnasp/libnasp/wasmhost/wasmhosttest"
)

// TestStreams runs the guest of each SDK by the conformance kit, in both classes of trust.
func TestStreams(t *testing.T) {
	rust, err := os.ReadFile(filepath.Join("testdata", "rust.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	for sdk, module := range map[string][]byte{"go": buildGuest(t, "./goguest"), "rust": rust} {
		t.Run(sdk, func(t *testing.T) { wasmhosttest.RunSDK(t, host(t), module) })
		t.Run(sdk+" trusted", func(t *testing.T) {
			h := host(t)
			h.Trusted = true
			wasmhosttest.RunSDK(t, h, module)
		})
	}
}

// host is ours, with a folder for compiled guests: that takes seconds, with -race many.
func host(t *testing.T) kithost.Host {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "nasp-test")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return kithost.Host{CacheDir: dir}
}

// buildGuest builds a guest of this module with standard Go.
func buildGuest(t *testing.T, pkg string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWASM=")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("building %s: %w\n%s", pkg, err, b))
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}
