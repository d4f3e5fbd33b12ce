// Package size tests how much a guest grows by using kafkaproto.
package size

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// limit is what decoding and encoding Produce may add to a guest, in bytes.
const limit = 300_000

func TestGuestSize(t *testing.T) {
	empty, produce := build(t, "./empty"), build(t, "./produce")
	t.Logf("empty %d bytes, with Produce %d more", empty, produce-empty)
	if produce-empty > limit {
		t.Errorf("Produce adds %d bytes to a guest, more than %d", produce-empty, limit)
	}
}

// build returns the size of a guest, built as the repository builds its own.
func build(t *testing.T, folder string) int64 {
	t.Helper()
	out := filepath.Join(t.TempDir(), "guest.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-o", out, folder)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWASM=")
	if report, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", folder, err, report)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
