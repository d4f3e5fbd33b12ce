package wasmhost

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/sys"
)

// Error numbers of WASI preview 1.
const (
	errnoSuccess = 0
	errnoBadf    = 8
	errnoFault   = 21
	errnoNoent   = 44
	errnoNosys   = 52
	errnoNotsup  = 58
	errnoSpipe   = 70
)

// started is where the monotonic clock of guests begins.
var started = time.Now()

// wasiCalls are the functions of WASI that Proxy-Wasm hosts offer, with the answers that Envoy gives: clocks, random
// numbers, output to the log, the environment that is configured, and otherwise an empty world without arguments or files.
func wasiCalls() map[string]hostCall {
	answer := func(errno uint32) hostFunc { return func(*vm, []uint64) uint32 { return errno } }
	calls := map[string]hostCall{}
	add := func(name, signature string, fn hostFunc) {
		calls[name] = hostCall{fn: fn, signature: signature, during: phaseStart | phaseRun}
	}
	add("fd_write", "iiii:i", wasiFdWrite)
	add("clock_time_get", "iIi:i", wasiClockTimeGet)
	add("poll_oneoff", "iiii:i", wasiPollOneoff)
	for name, c := range calls { // these may be called by the allocator too
		c.during = phaseAny
		calls[name] = c
	}
	add("clock_res_get", "ii:i", wasiClockResGet)
	add("random_get", "ii:i", wasiRandomGet)
	add("args_sizes_get", "ii:i", wasiNoStrings)
	add("args_get", "ii:i", answer(errnoSuccess))
	add("environ_sizes_get", "ii:i", wasiEnvironSizesGet)
	add("environ_get", "ii:i", wasiEnvironGet)
	add("fd_fdstat_get", "ii:i", wasiFdstatGet)
	add("fd_fdstat_set_flags", "ii:i", answer(errnoNosys))
	add("fd_prestat_get", "ii:i", answer(errnoBadf))
	add("fd_prestat_dir_name", "iii:i", answer(errnoNosys))
	add("fd_seek", "iIii:i", wasiFdSeek)
	add("fd_close", "i:i", wasiFdClose)
	add("fd_read", "iiii:i", answer(errnoNosys))
	add("path_open", "iiiiiIIii:i", answer(errnoNoent))
	add("path_filestat_get", "iiiii:i", answer(errnoNotsup))
	add("sched_yield", ":i", answer(errnoSuccess))
	add("proc_exit", "i:", wasiProcExit)
	for line := range strings.Lines(strings.TrimSpace(wasiMissing)) {
		name, signature, _ := strings.Cut(strings.TrimSpace(line), " ")
		add(name, signature, answer(errnoNosys))
	}
	return calls
}

// wasiMissing are functions that Envoy doesn't have. Guests of standard Go import them as soon as they use packages os or net, whatever
// for, and so couldn't be loaded.
const wasiMissing = `
fd_advise iIIi:i
fd_allocate iII:i
fd_datasync i:i
fd_fdstat_set_rights iII:i
fd_filestat_get ii:i
fd_filestat_set_size iI:i
fd_filestat_set_times iIIi:i
fd_pread iiiIi:i
fd_pwrite iiiIi:i
fd_readdir iiiIi:i
fd_renumber ii:i
fd_sync i:i
fd_tell ii:i
path_create_directory iii:i
path_filestat_set_times iiiiIIi:i
path_link iiiiiii:i
path_readlink iiiiii:i
path_remove_directory iii:i
path_rename iiiiii:i
path_symlink iiiii:i
path_unlink_file iii:i
proc_raise i:i
sock_accept iii:i
sock_recv iiiiii:i
sock_send iiiii:i
sock_shutdown ii:i
`

func errnoOf(written bool) uint32 {
	if !written {
		return errnoFault
	}
	return errnoSuccess
}

// maxWritePieces and maxWriteBytes bound one fd_write, which may write less than it is given: pieces that overlap could
// otherwise keep the host busy for days.
const (
	maxWritePieces = 1024
	maxWriteBytes  = 1 << 20
)

// wasiFdWrite logs what a guest writes: standard output as info, standard error as error.
func wasiFdWrite(v *vm, s []uint64) uint32 {
	fd, iovs, count, writtenPtr := u32(s, 0), u32(s, 1), u32(s, 2), u32(s, 3)
	if fd != 1 && fd != 2 {
		return errnoBadf
	}
	total := uint32(0)
	for i := range uint64(min(count, maxWritePieces)) {
		at := uint64(iovs) + 8*i
		if at > 1<<32-8 {
			return errnoFault
		}
		iov, ok := v.read(uint32(at), 8)
		if !ok {
			return errnoFault
		}
		p, ok := v.read(binary.LittleEndian.Uint32(iov), binary.LittleEndian.Uint32(iov[4:]))
		if !ok {
			return errnoFault
		}
		p = p[:min(len(p), maxWriteBytes-int(total))]
		v.output[fd-1].write(p)
		if total += uint32(len(p)); total == maxWriteBytes {
			break
		}
	}
	return errnoOf(v.write32(writtenPtr, total))
}

const (
	clockRealtime  = 0
	clockMonotonic = 1
)

func wasiClockTimeGet(v *vm, s []uint64) uint32 {
	var now uint64
	switch u32(s, 0) {
	case clockRealtime:
		now = uint64(time.Now().UnixNano())
	case clockMonotonic:
		now = uint64(time.Since(started)) + 1 // Go's runtime takes 0 for "no clock"
	default:
		return errnoNotsup
	}
	return errnoOf(v.write64(u32(s, 2), now))
}

func wasiClockResGet(v *vm, s []uint64) uint32 {
	if u32(s, 0) > clockMonotonic {
		return errnoNotsup
	}
	return errnoOf(v.write64(u32(s, 1), 1))
}

func wasiRandomGet(v *vm, s []uint64) uint32 {
	p, ok := v.read(u32(s, 0), u32(s, 1))
	if ok {
		rand.Read(p) // never fails
	}
	return errnoOf(ok)
}

// environ puts environment variables into the form of WASI, sorted by name.
func environ(vars map[string]string) (all [][]byte) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		all = append(all, []byte(name+"="+vars[name]+"\x00"))
	}
	return all
}

func wasiEnvironSizesGet(v *vm, s []uint64) uint32 {
	size := 0
	for _, e := range v.plugin.environ {
		size += len(e)
	}
	return errnoOf(v.write32(u32(s, 0), uint32(len(v.plugin.environ))) && v.write32(u32(s, 1), uint32(size)))
}

// wasiEnvironGet writes the variables one after the other, and where each begins.
func wasiEnvironGet(v *vm, s []uint64) uint32 {
	list, text := u32(s, 0), u32(s, 1)
	for _, e := range v.plugin.environ {
		if !v.write32(list, text) || !v.mem.Write(text, e) {
			return errnoFault
		}
		list, text = list+4, text+uint32(len(e))
	}
	return errnoSuccess
}

// wasiNoStrings tells that there are no arguments: none, of no size.
func wasiNoStrings(v *vm, s []uint64) uint32 {
	return errnoOf(v.write32(u32(s, 0), 0) && v.write32(u32(s, 1), 0))
}

// wasiFdstatGet describes standard input, output and error as terminals are: character devices.
func wasiFdstatGet(v *vm, s []uint64) uint32 {
	const characterDevice, rightWrite = 2, 1 << 6
	if u32(s, 0) > 2 {
		return errnoBadf
	}
	p, ok := v.read(u32(s, 1), 24)
	if !ok {
		return errnoFault
	}
	clear(p)
	p[0] = characterDevice
	if u32(s, 0) > 0 {
		binary.LittleEndian.PutUint64(p[8:], rightWrite)
	}
	return errnoSuccess
}

func wasiFdSeek(_ *vm, s []uint64) uint32 {
	if u32(s, 0) > 2 {
		return errnoBadf
	}
	return errnoSpipe
}

func wasiFdClose(_ *vm, s []uint64) uint32 {
	if u32(s, 0) > 2 {
		return errnoBadf
	}
	return errnoSuccess
}

// wasiPollOneoff returns at once with no event, for a guest must not sleep. Success, because with an error Go's garbage
// collector crashes.
func wasiPollOneoff(v *vm, s []uint64) uint32 {
	return errnoOf(v.write32(u32(s, 3), 0))
}

// wasiProcExit ends the guest. Envoy logs and returns, into code that a compiler has marked as unreachable; unwinding
// here gives the same end without running it. From main, code 0 is a normal end.
func wasiProcExit(v *vm, s []uint64) uint32 {
	code := u32(s, 0)
	if v.phase != phaseStart || code != 0 {
		v.log(slog.LevelError, []byte("the guest called proc_exit"), "exit")
	}
	panic(sys.NewExitError(code))
}
