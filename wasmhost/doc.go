// Package wasmhost runs Proxy-Wasm plugins on TCP streams, inside the process, by wazero.
//
// It implements the host side of the Proxy-Wasm ABI 0.1.0, 0.2.0 and 0.2.1 (https://github.com/proxy-wasm/spec) and
// behaves as Envoy does where the specification leaves room, so that one .wasm file runs in both. It knows nothing of
// sockets nor of what the bytes mean: whoever embeds it passes the buffers of a connection to a Stream and does what
// the returned Action says.
//
// A Runtime holds what all plugins share: compiled code, shared data, queues. A Plugin is one module with one
// configuration, and has a pool of virtual machines (VMs) that are instances of the module. A Stream belongs to one VM
// for its whole life; calls into a VM are serialised, and waiting for a VM honours the caller's context.
//
// A guest that traps loses its VM: the streams of that VM fail, a new VM is started, and new streams follow the
// plugin's FailurePolicy meanwhile.
//
// Guests are trusted to return: a guest that loops for ever can't be stopped, and holds up the garbage collector of
// the whole process.
package wasmhost

//go:generate ./testdata/build.sh
