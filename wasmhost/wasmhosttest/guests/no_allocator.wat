;; Has no allocator: the host can give it nothing, but for what is empty.
(module
  (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (if (i32.ne (call $get (i32.const 2) (i32.const 0) (i32.const 5) (i32.const 8) (i32.const 12)) (i32.const 6)) (then unreachable))
    (if (call $get (i32.const 2) (i32.const 5) (i32.const 5) (i32.const 8) (i32.const 12)) (then unreachable))
    (i32.const 0)))
