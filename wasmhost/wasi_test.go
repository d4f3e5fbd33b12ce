package wasmhost

import (
	"encoding/binary"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var wasiModules = []string{"wasi_snapshot_preview1", "wasi_unstable"}

func TestWASI(t *testing.T) {
	for _, module := range wasiModules {
		run(t, Config{}, PluginConfig{}, StreamConfig{}, buffer(""), func(g *puppetCall) {
			want := func(errno Status, name string, args ...uint64) {
				t.Helper()
				g.want(errno, module+"."+name, args...)
			}
			const bad = all
			now := time.Now()
			want(0, "clock_time_get", 0, 1, outAddr)
			if got := time.Unix(0, int64(g.u64(outAddr))); got.Before(now) || got.After(time.Now()) {
				t.Errorf("the time is %v, not %v", got, now)
			}
			want(0, "clock_time_get", 1, 1, outAddr)
			first := g.u64(outAddr)
			time.Sleep(time.Millisecond)
			want(0, "clock_time_get", 1, 1, outAddr)
			if d := time.Duration(g.u64(outAddr) - first); d < time.Millisecond || d > time.Minute {
				t.Errorf("the monotonic clock went on by %v in a millisecond", d)
			}
			want(58, "clock_time_get", 2, 1, outAddr)
			want(21, "clock_time_get", 0, 1, bad)
			want(0, "clock_res_get", 0, outAddr)
			want(58, "clock_res_get", 9, outAddr)

			want(0, "random_get", argA, 32)
			a, _ := g.v.mem.Read(argA, 32)
			before := string(a)
			want(0, "random_get", argA, 32)
			if before == string(a) || before == strings.Repeat("\x00", 32) {
				t.Error("random numbers repeat")
			}
			want(21, "random_get", bad, 32)

			for _, name := range []string{"environ", "args"} {
				g.put(outAddr, "\xff\xff\xff\xff\xff\xff\xff\xff")
				want(0, name+"_sizes_get", outAddr, outSize)
				if g.u32(outAddr) != 0 || g.u32(outSize) != 0 {
					t.Errorf("there are %d %s", g.u32(outAddr), name)
				}
				want(0, name+"_get", outAddr, outSize)
				want(21, name+"_sizes_get", bad, outSize)
			}
			want(0, "fd_fdstat_get", 1, argA)
			want(8, "fd_fdstat_get", 3, argA)
			want(21, "fd_fdstat_get", 1, bad)
			want(52, "fd_fdstat_set_flags", 1, 0)
			want(8, "fd_prestat_get", 3, outAddr)
			want(52, "fd_prestat_dir_name", 3, argA, 8)
			want(70, "fd_seek", 1, 0, 0, outAddr)
			want(8, "fd_seek", 3, 0, 0, outAddr)
			want(0, "fd_close", 1)
			want(8, "fd_close", 3)
			want(52, "fd_read", 0, argA, 1, outAddr)
			want(44, "path_open", 3, 0, argA, 1, 0, 0, 0, 0, outAddr)
			want(58, "path_filestat_get", 3, 0, argA, 1, outAddr)
			g.put(outAddr, "\xff\xff\xff\xff")
			want(0, "poll_oneoff", argA, argB, 1, outAddr)
			if g.u32(outAddr) != 0 {
				t.Errorf("%d events", g.u32(outAddr))
			}
			want(0, "sched_yield")
		})
	}
}

func TestFdWrite(t *testing.T) {
	var rec logRecorder
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{Logger: rec.logger(slog.LevelInfo)}, never(PluginConfig{}))
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		write := func(errno Status, module string, fd uint64, texts ...string) {
			t.Helper()
			at, iovs := uint32(argB), ""
			for _, text := range texts {
				g.put(at, text)
				iovs += string(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, at), uint32(len(text))))
				at += uint32(len(text))
			}
			g.put(argA, iovs)
			g.put(outAddr, "\x00\x00\x00\x00")
			g.want(errno, module+".fd_write", fd, argA, uint64(len(texts)), outAddr)
			if got, want := g.u32(outAddr), len(strings.Join(texts, "")); errno == 0 && int(got) != want {
				t.Errorf("%d bytes written, want %d", got, want)
			}
		}
		write(0, "wasi_snapshot_preview1", 1, "one", " line\ntwo\n\n", "", "par")
		write(0, "wasi_unstable", 2, "to stderr\n")
		write(0, "wasi_unstable", 1, "tial\n")
		write(0, "wasi_unstable", 1, strings.Repeat("y", maxLineBytes*2+5))
		write(0, "wasi_unstable", 1, "end")
		write(8, "wasi_unstable", 0, "x\n")
		write(8, "wasi_unstable", 3, "x\n")
		g.want(21, "wasi_unstable.fd_write", 1, argA, 0, all)
		g.want(21, "wasi_unstable.fd_write", 1, all, 1, outAddr)
		g.want(21, "wasi_unstable.fd_write", 1, all-8, all, outAddr)
		g.put(argA, "\xff\xff\xff\xff\x01\x00\x00\x00")
		g.want(21, "wasi_unstable.fd_write", 1, argA, 1, outAddr)
		if strings.Contains(rec.String(), "yyyend") {
			t.Error("a line was logged before its end")
		}
		g.trap() // what is left of a line comes out with the end of the VM
		return 0
	})
	if _, err := newStream(t, p, StreamConfig{}).OnDownstreamData(t.Context(), buffer(""), false); err == nil {
		t.Error("no trap")
	}
	log := rec.String()
	for _, want := range []string{
		"level=INFO msg=\"one line\"", "level=INFO msg=two", "level=ERROR msg=\"to stderr\"", "level=INFO msg=partial", "msg=yyyyyend",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in the log", want)
		}
	}
	if n := strings.Count(log, "y"); n < maxLineBytes*2+5 {
		t.Errorf("%d bytes of the long line", n)
	}
}

// TestGoGuest runs a module of the Go toolchain.
func TestGoGuest(t *testing.T) {
	wasm := buildGoGuest(t)
	var rec logRecorder
	r := newTestRuntime(t, Config{Logger: rec.logger(slog.LevelInfo)})
	p, err := r.Load(t.Context(), wasm, never(PluginConfig{VMs: 1}))
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
		"args 0 environment 0", "to standard error", "a line in pieces", "and one that never ends", "random differs true",
		"open true", "stat true", "stdin true", "panic: as asked",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
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
