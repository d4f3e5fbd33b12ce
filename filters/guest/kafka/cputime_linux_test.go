package main

import (
	"syscall"
	"time"
	"unsafe"
)

// cpuTime is the processor time of this thread, in which the load of the machine doesn't count. That of getrusage is in ticks.
func cpuTime() time.Duration {
	const threadCPU = 3 // CLOCK_THREAD_CPUTIME_ID
	var t syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadCPU, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		panic(errno)
	}
	return time.Duration(t.Nano())
}
