package wasmhost

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// TestOutputAtTheEnd: what is left of a line comes out with the end of the VM.
func TestOutputAtTheEnd(t *testing.T) {
	var rec logRecorder
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{Logger: rec.logger(slog.LevelInfo)}, never(PluginConfig{}))
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		g.Put(argA, "\x00\x20\x00\x00\x03\x00\x00\x00") // three bytes at argB
		g.Put(argB, "end")
		g.want(errnoSuccess, "wasi_unstable.fd_write", 1, argA, 1, outAddr)
		if strings.Contains(rec.String(), "msg=end") {
			t.Error("a line was logged before its end")
		}
		g.Misbehave(puppet.Trap)
		return 0
	})
	if _, err := newStream(t, p, StreamConfig{}).OnDownstreamData(t.Context(), buffer(""), false); err == nil {
		t.Error("no trap")
	}
	if !strings.Contains(rec.String(), "level=INFO msg=end") {
		t.Errorf("log: %s", rec.String())
	}
}

// TestGoGuest runs a module of the Go toolchain.
func TestGoGuest(t *testing.T) {
	wasm := buildGoGuest(t)
	var rec logRecorder
	r := newTestRuntime(t, Config{Logger: rec.logger(slog.LevelInfo)})
	p, err := r.Load(t.Context(), wasm, never(PluginConfig{VMs: 1, Environment: map[string]string{"B": "two words", "A": ""}}))
	if err != nil {
		t.Fatal(detail(err))
	}
	s := newStream(t, p, StreamConfig{})
	for n := range 200 {
		text := strings.Repeat("text ", n)
		b := buffer(text)
		if _, err := s.OnDownstreamData(t.Context(), b, false); err != nil {
			t.Fatal(detail(err))
		}
		if string(b.b) != strings.ToUpper(text) {
			t.Fatalf("%q became %q", text, b.b)
		}
	}
	if _, err := s.OnDownstreamData(t.Context(), buffer("panic"), false); err == nil {
		t.Error("a panic passed")
	}
	log := rec.String()
	for _, want := range []string{
		"args 0 environment [A= B=two words]", "to standard error", "a line in pieces", "and one that never ends", "random differs true",
		"open true", "stat true", "stdin true", "panic: as asked",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
}

// TestEnvironmentOutOfRange: where the guest wants it there is no memory.
func TestEnvironmentOutOfRange(t *testing.T) {
	run(t, Config{}, PluginConfig{Environment: map[string]string{"NAME": "value"}}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		for _, module := range []string{"wasi_unstable", "wasi_snapshot_preview1"} {
			g.want(errnoSuccess, module+".environ_sizes_get", outAddr, outSize)
			if n, size := g.Uint32(outAddr), g.Uint32(outSize); n != 1 || size != 11 {
				t.Errorf("%d variables of %d bytes", n, size)
			}
			g.want(errnoSuccess, module+".environ_get", outAddr, argA)
			if at := g.Uint32(outAddr); at != argA {
				t.Errorf("the variable is at %d", at)
			}
			g.want(errnoFault, module+".environ_get", outAddr, 0xfffffff0)
			g.want(errnoFault, module+".environ_get", 0xfffffff0, argA)
			g.want(errnoFault, module+".environ_sizes_get", outAddr, 0xfffffff0)
		}
	})
}

func buildGoGuest(t *testing.T) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/goguest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWASM=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}
