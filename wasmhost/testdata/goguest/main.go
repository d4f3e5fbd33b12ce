// The guest that the host's tests build with the Go toolchain: it uses what standard Go needs of WASI.
package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unsafe"
)

//go:wasmexport proxy_abi_version_0_2_1
func abi() {}

var arena [1 << 16]byte

//go:wasmexport proxy_on_memory_allocate
func allocate(size uint32) *byte { return &arena[0] }

//go:wasmimport env proxy_get_buffer_bytes
//go:noescape
func getBuffer(typ, start, size uint32, ptr *uint32, length *uint32) uint32

//go:wasmimport env proxy_set_buffer_bytes
//go:noescape
func setBuffer(typ, start, size uint32, ptr unsafe.Pointer, length uint32) uint32

var ptr, length uint32 // not on the stack, which the allocator may move

//go:wasmexport proxy_on_vm_start
func vmStart(_, _ uint32) uint32 {
	fmt.Println("args", len(os.Args), "environment", os.Environ())
	fmt.Fprintln(os.Stderr, "to standard error")
	fmt.Print("a line ")
	fmt.Print("in pieces\nand one that never ends")
	var a, b [16]byte
	rand.Read(a[:])
	rand.Read(b[:])
	fmt.Fprintln(os.Stderr, "random differs", a != b && a != [16]byte{})
	before := time.Now()
	for range 1000 {
		runtime.Gosched()
	}
	fmt.Fprintln(os.Stderr, "now", before.Unix())
	_, err := os.Open("/etc/passwd")
	fmt.Fprintln(os.Stderr, "open", err != nil)
	_, err = os.Stat("/etc/passwd")
	fmt.Fprintln(os.Stderr, "stat", err != nil)
	_, err = io.ReadAll(os.Stdin)
	fmt.Fprintln(os.Stderr, "stdin", err != nil)
	runtime.GC()
	return 1
}

//go:wasmexport proxy_on_downstream_data
func downstream(_, size, _ uint32) uint32 {
	if getBuffer(2, 0, size, &ptr, &length) != 0 || length != size {
		panic("no data")
	}
	text := strings.ToUpper(string(arena[:length]))
	garbage := make([][]byte, 100)
	for i := range garbage {
		garbage[i] = make([]byte, 10_000)
	}
	done := make(chan string)
	go func() { done <- text }() // goroutines run within a callback
	time.Sleep(time.Microsecond)
	text = <-done
	if size%10 == 0 {
		debug.FreeOSMemory()
	}
	if text == "PANIC" {
		panic("as asked")
	}
	if setBuffer(2, 0, size, unsafe.Pointer(unsafe.StringData(text)), uint32(len(text))) != 0 {
		panic("not set")
	}
	return 0
}

func main() {}
