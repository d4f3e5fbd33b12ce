package yield

// done is the work since the last host call. A guest is one thread.
var done int

// After tells that work was done: on n bytes at about a nanosecond each, as of a scan. What takes longer counts for more bytes.
func After(n int) {
	if done += n; done >= Every {
		call()
	}
}

//go:noinline
func call() {
	done = 0
	schedYield()
}

//go:wasmimport wasi_snapshot_preview1 sched_yield
func schedYield() uint32
