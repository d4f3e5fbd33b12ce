// Package wasmhost runs Proxy-Wasm plugins on TCP streams and HTTP requests, inside the process, by wazero.
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
// Package wasmhosttest is a conformance kit for hosts, which this one passes; docs/conformance.md says what it covers.
//
// A guest that traps loses its VM: the streams of that VM fail, a new VM is started, and new streams follow the
// plugin's FailurePolicy meanwhile.
//
// # Two classes of trust
//
// Compiled guests run without a point where Go's scheduler could stop them: one that doesn't return holds up the garbage
// collector, and with it the whole process. So there are two classes, see PluginConfig.Trusted:
//
//   - Untrusted guests, the default, are compiled with checks in each loop. A call that takes longer than
//     PluginConfig.TimeLimit is ended and costs the guest its VM; the garbage collector never waits for them for long.
//   - Trusted guests have no such checks. A call that takes too long is ended at its next host call only. They must make
//     one at least every millisecond, as package filters/yield does; what they do longer is a pause of the whole process.
//
// The price, measured on a shared machine with two cores: an empty data callback takes 60 to 120 ns and no allocation in a
// trusted guest, 0.7 to 2.5 µs and 3 allocations in an untrusted one. A loop that works on one byte at a time does 540 to 790 MB/s in
// a trusted guest and 22 MB/s in an untrusted one, which is the worst case: the check is made once in each turn of a loop. The median pause that garbage collection causes while a
// guest is in such a loop, without one 24 µs: 250, 440 and 1290 µs where a trusted guest works on 64 KiB, 256 KiB and 1 MiB without a host call, 150 to 200
// µs with an untrusted one, whatever it does.
package wasmhost

//go:generate ./testdata/build.sh
