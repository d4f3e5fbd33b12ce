package wasmhosttest

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var wasiChecks = []check{
	{"wasi/clocks", []string{"real-clock"}, wasiClocks},
	{"wasi/random", []string{"real-random"}, wasiRandom},
	{"wasi/nothing of the process", []string{"no-environment"}, wasiNothing},
	{"wasi/functions of files and sockets", []string{"wasi-files"}, wasiFiles},
	{"wasi/output", nil, wasiOutput},
	{"wasi/exit", []string{"exit"}, wasiExit},
}

var wasiModules = []string{"wasi_snapshot_preview1", "wasi_unstable"}

// The errors of WASI that hosts answer.
const (
	success = 0
	badf    = 8
	fault   = 21
	noent   = 44
	nosys   = 52
	notsup  = 58
	spipe   = 70
)

// runWASI runs fn for each of the modules.
func (t *T) runWASI(fn func(g *puppet.Call, want func(errno Status, name string, args ...uint64))) {
	t.Helper()
	for _, module := range wasiModules {
		t.run(setup{}, data(""), func(g *puppet.Call) {
			fn(g, func(errno Status, name string, args ...uint64) {
				t.Helper()
				g.Want(errno, module+"."+name, args...)
			})
		})
	}
}

func wasiClocks(t *T) {
	t.runWASI(func(g *puppet.Call, want func(Status, string, ...uint64)) {
		now := time.Now()
		want(success, "clock_time_get", 0, 1, puppet.OutA)
		if got := time.Unix(0, int64(g.Uint64(puppet.OutA))); got.Before(now) || got.After(time.Now()) {
			t.Errorf("the time is %v, not %v", got, now)
		}
		want(success, "clock_time_get", 1, 1, puppet.OutA)
		first := g.Uint64(puppet.OutA)
		time.Sleep(time.Millisecond)
		want(success, "clock_time_get", 1, 1, puppet.OutA)
		if d := time.Duration(g.Uint64(puppet.OutA) - first); d < time.Millisecond || d > time.Minute {
			t.Errorf("the monotonic clock went on by %v in a millisecond", d)
		}
		want(notsup, "clock_time_get", 2, 1, puppet.OutA)
		want(fault, "clock_time_get", 0, 1, all)
		want(success, "clock_res_get", 0, puppet.OutA)
		want(notsup, "clock_res_get", 9, puppet.OutA)
		want(fault, "clock_res_get", 0, all)
	})
}

func wasiRandom(t *T) {
	seen := map[string]bool{"": true, strings.Repeat("\x00", 32): true}
	t.runWASI(func(g *puppet.Call, want func(Status, string, ...uint64)) {
		for range 2 {
			want(success, "random_get", puppet.ArgA, 32)
			if got := g.Read(puppet.ArgA, 32); seen[got] {
				t.Error("random numbers repeat")
			} else {
				seen[got] = true
			}
		}
		want(fault, "random_get", all, 32)
	})
}

func wasiNothing(t *T) {
	t.Setenv("WASMHOSTTEST_SECRET", "of the process")
	t.runWASI(func(g *puppet.Call, want func(Status, string, ...uint64)) {
		for _, name := range []string{"environ", "args"} {
			g.Put(puppet.OutA, "\xff\xff\xff\xff\xff\xff\xff\xff")
			want(success, name+"_sizes_get", puppet.OutA, puppet.OutB)
			if n, size := g.Uint32(puppet.OutA), g.Uint32(puppet.OutB); n != 0 || size != 0 {
				t.Errorf("there are %d %s of %d bytes", n, name, size)
			}
			want(success, name+"_get", puppet.OutA, puppet.OutB)
			want(fault, name+"_sizes_get", all, puppet.OutB)
		}
		want(success, "fd_fdstat_get", 1, puppet.ArgA)
		want(badf, "fd_fdstat_get", 3, puppet.ArgA)
		want(fault, "fd_fdstat_get", 1, all)
		want(nosys, "fd_fdstat_set_flags", 1, 0)
		want(badf, "fd_prestat_get", 3, puppet.OutA)
		want(nosys, "fd_prestat_dir_name", 3, puppet.ArgA, 8)
		want(spipe, "fd_seek", 1, 0, 0, puppet.OutA)
		want(badf, "fd_seek", 3, 0, 0, puppet.OutA)
		want(success, "fd_close", 1)
		want(badf, "fd_close", 3)
		want(nosys, "fd_read", 0, puppet.ArgA, 1, puppet.OutA)
		want(noent, "path_open", 3, 0, puppet.ArgA, 1, 0, 0, 0, 0, puppet.OutA)
		want(notsup, "path_filestat_get", 3, 0, puppet.ArgA, 1, puppet.OutA)
		g.Put(puppet.OutA, "\xff\xff\xff\xff")
		want(success, "poll_oneoff", puppet.ArgA, puppet.ArgB, 1, puppet.OutA)
		if n := g.Uint32(puppet.OutA); n != 0 {
			t.Errorf("%d events", n)
		}
		want(fault, "poll_oneoff", puppet.ArgA, puppet.ArgB, 1, all)
		want(success, "sched_yield")
	})
}

// wasiFiles: the guest traps when one of them doesn't answer nosys.
func wasiFiles(t *T) { t.load(nil, setup{module: Guest("more_wasi")}) }

func wasiOutput(t *T) {
	var log messageLog
	long := strings.Repeat("y", 20_000)
	t.run(setup{runtime: RuntimeConfig{Log: log.add}}, data(""), func(g *puppet.Call) {
		write := func(errno Status, module string, fd uint64, texts ...string) {
			t.Helper()
			at, iovs, total := uint32(puppet.ArgB), "", 0
			for _, text := range texts {
				g.Put(at, text)
				iovs += string(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, at), uint32(len(text))))
				at += uint32(len(text))
				total += len(text)
			}
			g.Put(puppet.ArgA, iovs)
			g.Put(puppet.OutA, "\x00\x00\x00\x00")
			g.Want(errno, module+".fd_write", fd, puppet.ArgA, uint64(len(texts)), puppet.OutA)
			if got := g.Uint32(puppet.OutA); errno == success && int(got) != total {
				t.Errorf("%d bytes written, want %d", got, total)
			}
		}
		for _, module := range wasiModules {
			write(success, module, 1, "one", " line\ntwo\n\n", "", "par")
			write(success, module, 2, "to standard error\n")
			write(success, module, 1, "tial\n")
			write(success, module, 1, long, "\n")
			write(badf, module, 0, "x\n")
			write(badf, module, 3, "x\n")
			g.Want(fault, module+".fd_write", 1, puppet.ArgA, 0, all)
			g.Want(fault, module+".fd_write", 1, all, 1, puppet.OutA)
			g.Want(fault, module+".fd_write", 1, all-8, all, puppet.OutA)
			g.Put(puppet.ArgA, "\xff\xff\xff\xff\x01\x00\x00\x00")
			g.Want(fault, module+".fd_write", 1, puppet.ArgA, 1, puppet.OutA)
		}
	})
	got := strings.Join(log.messages(), "\n")
	for _, want := range []string{"2:one line", "2:two", "4:to standard error", "2:partial"} {
		if n := strings.Count(got+"\n", want+"\n"); n != 2 {
			t.Errorf("%q was logged %d times", want, n)
		}
	}
	if n := strings.Count(got, "y"); n != 2*len(long) {
		t.Errorf("%d bytes of two long lines", n)
	}
}

// wasiExit: a guest that exits is gone. (Envoy logs and returns, into code that compilers mark as unreachable.)
func wasiExit(t *T) {
	for _, module := range wasiModules {
		for _, code := range []uint64{0, 3} {
			p := t.puppet()
			s := t.stream(t.load(p, setup{}), StreamConfig{})
			p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 {
				g.Call(module+".proc_exit", code)
				return 0
			})
			_, err := s.OnDownstreamData(t.Context(), data("x"), false)
			t.failed(err, "proxy_on_downstream_data")
			if _, err := s.OnDownstreamData(t.Context(), data("x"), false); err == nil {
				t.Error("the stream goes on")
			}
		}
	}
}
