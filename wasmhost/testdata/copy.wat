;; Takes all bytes and writes the same ones back: for benchmarks of the two calls.
(module
  (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 17)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 65536))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (if (call $get (i32.const 2) (i32.const 0) (local.get 1) (i32.const 8) (i32.const 12)) (then unreachable))
    (if (call $set (i32.const 2) (i32.const 0) (local.get 1) (i32.load (i32.const 8)) (i32.load (i32.const 12))) (then unreachable))
    (i32.const 0)))
