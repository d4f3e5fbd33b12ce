//go:build wasip1

package proxywasm

import (
	"unsafe"

	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
)

// The exports that every Proxy-Wasm module has. Those of streams are in the packages of their handlers.

//go:wasmexport proxy_abi_version_0_2_1
func proxyABIVersion021() {}

//go:wasmexport proxy_on_memory_allocate
func proxyOnMemoryAllocate(n uint32) unsafe.Pointer { return unsafe.Pointer(abi.Allocate(n)) }

//go:wasmexport proxy_on_context_create
func proxyOnContextCreate(id, parent uint32) { onContextCreate(id, parent) }

//go:wasmexport proxy_on_vm_start
func proxyOnVMStart(id, size uint32) bool { return onVMStart(id, size) }

//go:wasmexport proxy_on_configure
func proxyOnConfigure(id, size uint32) bool { return onConfigure(id, size) }

//go:wasmexport proxy_on_done
func proxyOnDone(id uint32) bool { return onDone(id) }

//go:wasmexport proxy_on_delete
func proxyOnDelete(id uint32) { onDelete(id) }
