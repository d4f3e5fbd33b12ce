package wasmhosttest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// Report tells which lines of the ABI were covered by checks that passed, and by which of them. Its methods may be called from any
// goroutine.
type Report struct {
	mu      sync.Mutex
	ran     int
	covered map[string]map[string]bool // lines, checks
}

func newReport() *Report { return &Report{covered: map[string]map[string]bool{}} }

func (r *Report) started() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ran++
}

// Complete tells whether all checks ran, and none was left out by go test -run or -skip.
func (r *Report) Complete() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ran == len(checks())
}

func (r *Report) add(line, check string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.covered[line] == nil {
		r.covered[line] = map[string]bool{}
	}
	r.covered[line][check] = true
}

// callLine is the line of a host call that answers a status.
func callLine(call string, s Status) string {
	return strings.TrimPrefix(call, "env.") + " " + strconv.Itoa(int(s))
}

// line is something that checks have to cover.
type line struct {
	key  string
	text string // for people
	// excuse tells why no check covers it.
	excuse string
}

// section is a part of the report.
type section struct {
	title, column string
	lines         []line
}

func sections() []section {
	return []section{
		{"Host calls", "host call and status", callLines()},
		{"Callbacks", "export of the guest", callbackLines()},
		{"Semantics", "what the host does", semantics},
	}
}

func callLines() (lines []line) {
	for text := range strings.Lines(strings.TrimSpace(statuses)) {
		words := strings.Fields(text)
		for _, number := range words[1:] {
			n, err := strconv.Atoi(number)
			if err != nil {
				panic(err)
			}
			name := statusNames[Status(n)]
			if strings.HasPrefix(words[0], "wasi") {
				name = errnoNames[n]
			}
			l := line{key: callLine(words[0], Status(n)), text: fmt.Sprintf("`%s` → %d %s", words[0], n, name)}
			l.excuse = excuses[l.key]
			lines = append(lines, l)
		}
	}
	return lines
}

func callbackLines() (lines []line) {
	for _, f := range puppet.Callbacks() {
		lines = append(lines, line{key: f.Name, text: "`" + f.Name + "`"})
	}
	for _, name := range strings.Fields(grpcCallbacks) {
		lines = append(lines, line{key: name, text: "`" + name + "`", excuse: noGRPC})
	}
	return lines
}

// Missing lists the lines that no check has covered, apart from those for which the kit says why there is none.
func (r *Report) Missing() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range sections() {
		for _, l := range s.lines {
			if l.excuse == "" && len(r.covered[l.key]) == 0 {
				lines = append(lines, l.key)
			}
		}
	}
	return lines
}

// String returns the report as a document in Markdown.
func (r *Report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n## %s\n\n| %s | checks |\n|---|---|\n", s.title, s.column)
		for _, l := range s.lines {
			checks := strings.Join(slices.Sorted(maps.Keys(r.covered[l.key])), ", ")
			if l.excuse != "" {
				checks = "none: " + l.excuse
			}
			fmt.Fprintf(&b, "| %s | %s |\n", l.text, checks)
		}
	}
	return b.String()
}

var statusNames = map[Status]string{
	puppet.OK: "OK", puppet.NotFound: "NotFound", puppet.BadArgument: "BadArgument", puppet.SerializationFailure: "SerializationFailure",
	puppet.ParseFailure: "ParseFailure", puppet.InvalidMemoryAccess: "InvalidMemoryAccess", puppet.Empty: "Empty",
	puppet.CasMismatch: "CasMismatch", puppet.InternalFailure: "InternalFailure", puppet.Unimplemented: "Unimplemented", 42: "of the function itself",
}

var errnoNames = map[int]string{
	success: "success", badf: "badf", fault: "fault", noent: "noent", nosys: "nosys", notsup: "notsup", spipe: "spipe",
}

// statuses lists each host call with the statuses that it may answer. InternalFailure is for what goes beyond a bound of the host.
const statuses = `
proxy_log 0 2 6
proxy_get_log_level 0 6
proxy_get_current_time_nanoseconds 0 6
proxy_set_tick_period_milliseconds 0
proxy_done 0 1
proxy_set_effective_context 0 2
proxy_get_configuration 0 6
proxy_get_buffer_bytes 0 1 2 6
proxy_set_buffer_bytes 0 1 2 6 10
proxy_get_buffer_status 0 1 2 6
proxy_get_header_map_size 0 2 6
proxy_get_header_map_pairs 0 2 6
proxy_set_header_map_pairs 0 2 6
proxy_get_header_map_value 0 1 2 6
proxy_add_header_map_value 0 2 6 10
proxy_replace_header_map_value 0 2 6 10
proxy_remove_header_map_value 0 2 6
proxy_continue_stream 0 2 12
proxy_close_stream 0 2
proxy_continue_request 0
proxy_continue_response 0
proxy_clear_route_cache 0
proxy_send_local_response 0 2 6 10
proxy_http_call 0 2 6 10
proxy_grpc_call 0 4 6 10
proxy_grpc_stream 0 4 6 10
proxy_grpc_send 0 1 2 6
proxy_grpc_cancel 0 1 2
proxy_grpc_close 0 1 2
proxy_get_status 0 6
proxy_set_shared_data 0 6 8 10
proxy_get_shared_data 0 1 6
proxy_register_shared_queue 0 6 10
proxy_resolve_shared_queue 0 1 6
proxy_enqueue_shared_queue 0 1 6 10
proxy_dequeue_shared_queue 0 1 6 7
proxy_define_metric 0 2 6 10
proxy_record_metric 0 1
proxy_increment_metric 0 1 2
proxy_get_metric 0 1 2 6
proxy_get_property 0 1 3 6
proxy_set_property 0 1 6 10
proxy_call_foreign_function 0 1 6 42
emscripten_notify_memory_growth 0
pthread_equal 0
wasi_snapshot_preview1.fd_write 0 8 21
wasi_snapshot_preview1.clock_time_get 0 21 58
wasi_snapshot_preview1.clock_res_get 0 21 58
wasi_snapshot_preview1.random_get 0 21
wasi_snapshot_preview1.environ_sizes_get 0 21
wasi_snapshot_preview1.environ_get 0
wasi_snapshot_preview1.args_sizes_get 0 21
wasi_snapshot_preview1.args_get 0
wasi_snapshot_preview1.fd_fdstat_get 0 8 21
wasi_snapshot_preview1.fd_fdstat_set_flags 52
wasi_snapshot_preview1.fd_prestat_get 8
wasi_snapshot_preview1.fd_prestat_dir_name 52
wasi_snapshot_preview1.fd_seek 8 70
wasi_snapshot_preview1.fd_close 0 8
wasi_snapshot_preview1.fd_read 52
wasi_snapshot_preview1.path_open 44
wasi_snapshot_preview1.path_filestat_get 58
wasi_snapshot_preview1.poll_oneoff 0 21
wasi_snapshot_preview1.sched_yield 0
wasi_unstable.fd_write 0 8 21
wasi_unstable.clock_time_get 0 21 58
wasi_unstable.clock_res_get 0 21 58
wasi_unstable.random_get 0 21
wasi_unstable.environ_sizes_get 0 21
wasi_unstable.environ_get 0
wasi_unstable.args_sizes_get 0 21
wasi_unstable.args_get 0
wasi_unstable.fd_fdstat_get 0 8 21
wasi_unstable.fd_fdstat_set_flags 52
wasi_unstable.fd_prestat_get 8
wasi_unstable.fd_prestat_dir_name 52
wasi_unstable.fd_seek 8 70
wasi_unstable.fd_close 0 8
wasi_unstable.fd_read 52
wasi_unstable.path_open 44
wasi_unstable.path_filestat_get 58
wasi_unstable.poll_oneoff 0 21
wasi_unstable.sched_yield 0
`

const noGRPC = "no gRPC calls are made, each is answered by InternalFailure"

var excuses = map[string]string{
	"proxy_continue_stream 12": "for hosts that can't resume upstream data at once, as Envoy; answered OK",
	"proxy_grpc_call 0":        noGRPC,
	"proxy_grpc_call 4":        noGRPC,
	"proxy_grpc_stream 0":      noGRPC,
	"proxy_grpc_stream 4":      noGRPC,
	"proxy_grpc_send 0":        noGRPC,
	"proxy_grpc_send 2":        noGRPC,
	"proxy_grpc_cancel 0":      noGRPC,
	"proxy_grpc_cancel 2":      noGRPC,
	"proxy_grpc_close 0":       noGRPC,
	"proxy_grpc_close 2":       noGRPC,
}

const grpcCallbacks = `
proxy_on_grpc_receive_initial_metadata
proxy_on_grpc_receive
proxy_on_grpc_receive_trailing_metadata
proxy_on_grpc_close
`

// semantics are the lines of the specification, of Envoy's behaviour, and of what other hosts got wrong, that aren't in the types of the
// ABI.
var semantics = []line{
	{key: "get-past-end", text: "get_buffer_bytes from the end on, or of 0 bytes: OK, address 0, size 0, and the allocator isn't called"},
	{key: "get-all", text: "get_buffer_bytes of 0xFFFFFFFF bytes from anywhere: all that there are; sums don't overflow 32 bits"},
	{key: "garbage", text: "of an i32 parameter the upper half of its slot doesn't count"},
	{key: "overflow", text: "a range that wraps around the end of memory is outside of it"},
	{key: "set-start", text: "set_buffer_bytes at 0 replaces as many bytes as it says, at most all; 0 bytes: it prepends"},
	{key: "set-end", text: "set_buffer_bytes at the end or past it appends"},
	{key: "set-middle", text: "set_buffer_bytes in the middle splices"},
	{key: "set-replaces-range", text: "set_buffer_bytes at 0 doesn't replace everything whatever its length, and a start past the end gives no negative length"},
	{key: "effective-own-buffer", text: "a buffer is there in the callback that it was passed to, and in its context alone"},
	{key: "effective-leak", text: "the effective context is set back when a callback returns; 0 sets it back before"},
	{key: "malloc-first", text: "the allocator is malloc, or else proxy_on_memory_allocate"},
	{key: "allocator-not-empty", text: "the allocator is never asked for 0 bytes"},
	{key: "allocator-missing", text: "a guest without an allocator: InvalidMemoryAccess"},
	{key: "allocator-null", text: "an allocator that returns 0: InvalidMemoryAccess"},
	{key: "allocator-beyond", text: "an allocator that returns a range outside of memory: InvalidMemoryAccess"},
	{key: "allocator-overlap", text: "an allocator that hands out memory in use harms its guest alone"},
	{key: "allocator-trap", text: "an allocator that traps is a trap of the callback"},
	{key: "allocator-calls", text: "the allocator may call log, fd_write, clock_time_get and poll_oneoff; other calls trap"},
	{key: "memory-moves", text: "memory may move while the allocator runs"},
	{key: "start-once", text: "_initialize and then main or __main_void, or else _start: each once"},
	{key: "start-calls", text: "while a module starts it may call log, fd_write, args, environ, clocks and random; other calls trap"},
	{key: "vm-configuration", text: "VM and plugin configuration are delivered, with their sizes"},
	{key: "missing-exports", text: "every callback is optional; one that isn't there continues"},
	{key: "abi-marker", text: "the first marker in the order of exports tells the version of the ABI"},
	{key: "abi-0.1.0-void", text: "0.1.0: continue_request, continue_response and clear_route_cache are linked without a result too"},
	{key: "abi-0.1.0-headers", text: "0.1.0: on_request_headers and on_response_headers without the end of stream"},
	{key: "abi-0.1.0-missing-header", text: "0.1.0: a header that is missing is OK and empty"},
	{key: "abi-0.1.0-get_configuration", text: "0.1.0: get_configuration gives what the callback is about"},
	{key: "any-action-pauses", text: "an action other than 0 is a pause"},
	{key: "after-the-call", text: "continue_stream and close_stream take effect after the guest's call has returned"},
	{key: "stream-end", text: "the end of a stream is on_done, on_log, on_delete in a row"},
	{key: "stream-done-ignored", text: "what on_done of a stream returns doesn't matter"},
	{key: "done-deferred", text: "a root context whose on_done returns false ends when the guest calls done"},
	{key: "close-callbacks", text: "the close callbacks of downstream and upstream aren't swapped, and get the peer"},
	{key: "tick-root", text: "ticks are of the root context, whoever sets the period"},
	{key: "tick-one", text: "a new period replaces the old timer: there is one, however often it is set"},
	{key: "tick-off", text: "period 0 stops ticks, and is no error"},
	{key: "tick-and-done", text: "a timer and a deferred end don't block each other"},
	{key: "shared-by-vm-id", text: "shared data belongs to a VM id"},
	{key: "cas-counter", text: "the CAS comes from one counter, and is never 0"},
	{key: "cas-force", text: "CAS 0 writes whatever is there; an outdated one is a mismatch"},
	{key: "cas-missing", text: "a key that is missing takes any CAS"},
	{key: "shared-bounded", text: "shared data is bounded, keys included"},
	{key: "queue-names", text: "a queue is found by VM id and name; an empty VM id is the own one"},
	{key: "queue-last", text: "the last that registered a queue is notified; when it goes, the one before"},
	{key: "queue-async", text: "notification comes after the call, one for each message, which may have been taken by then"},
	{key: "queue-bounded", text: "queues are bounded, names included"},
	{key: "metric-ids", text: "a metric's id is a number times four plus the type"},
	{key: "metric-again", text: "defining a metric again gives another id for the same value"},
	{key: "counter-grows", text: "incrementing a counter by 0 or less: BadArgument"},
	{key: "counter-record", text: "record on a counter adds"},
	{key: "gauge-record", text: "record on a gauge sets"},
	{key: "property-path", text: "parts of a path are separated by NUL, one at the end doesn't count; an empty path: SerializationFailure"},
	{key: "property-values", text: "numbers are 8 bytes little-endian, a bool one byte, maps are pairs"},
	{key: "pairs", text: "pairs: the number, the lengths of each, then names and values with a NUL behind each"},
	{key: "pairs-malformed", text: "pairs that aren't well-formed: BadArgument, and nothing changes"},
	{key: "pairs-bounded", text: "at most 1024 pairs and 1 MiB"},
	{key: "repeated-keys", text: "repeated keys of a header map stay"},
	{key: "compress", text: "foreign functions compress and uncompress are zlib without a length in front"},
	{key: "real-clock", text: "clocks are real, in 64 bits, and the monotonic one goes on"},
	{key: "time-64-bits", text: "get_current_time_nanoseconds is the time since 1970 in 64 bits"},
	{key: "real-random", text: "random numbers are random"},
	{key: "no-environment", text: "no environment, arguments or files of the process"},
	{key: "exit", text: "a guest that calls proc_exit has failed; from its start function with code 0 it has ended well"},
	{key: "wasi-files", text: "functions of files and sockets, which standard Go imports and Envoy lacks: nosys"},
	{key: "imports-answer", text: "every import answers, whatever it is passed"},
	{key: "bad-modules", text: "a module that can't run is refused, and others run"},
	{key: "export-types", text: "a callback of another type is refused when the module is loaded"},
	{key: "import-types", text: "an import of another type is refused when the module is loaded"},
	{key: "bad-start", text: "a guest that fails while it starts is refused, with the function's name"},
	{key: "huge-arguments", text: "arguments as large as memory cost the host neither much memory nor much time"},
	{key: "million-metrics", text: "a million metrics: some are refused"},
	{key: "log-bounded", text: "what a guest logs is bounded"},
	{key: "memory-bounded", text: "a guest's memory is bounded"},
	{key: "stack-bounded", text: "endless recursion is a trap"},
	{key: "time-limit", text: "a guest that loops is ended, in each callback"},
	{key: "time-limit-calls", text: "a guest that loops over host calls is ended, in each callback"},
	{key: "trap-cause", text: "a trap is an error that names the callback, in each callback, and has no bytes of the stream"},
	{key: "trap-silence", text: "after a trap no callback follows, and all streams of the VM fail"},
	{key: "trapped-not-reused", text: "a VM that trapped takes no stream"},
	{key: "failure-stays-local", text: "a failure, also in creating a context, doesn't touch other plugins of the runtime"},
	{key: "vms-apart", text: "streams on other VMs go on while one traps or hangs"},
	{key: "vm-replaced", text: "a VM that failed is replaced"},
	{key: "nothing-left", text: "guests that failed, also while they start and while a context is made, leave neither goroutines nor memory behind"},
}
