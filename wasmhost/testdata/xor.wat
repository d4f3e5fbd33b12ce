;; Flips the fifth bit of every byte that passes, in both directions. Traps when it is entered while it is running,
;; and when the host gives it another number of bytes than it announced.
(module
  (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 17)
  (global $busy (mut i32) (i32.const 0))
  (func (export "proxy_abi_version_0_2_0"))
  ;; One buffer of a megabyte will do, for one call runs at a time.
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 65536))
  (func $flip (param $type i32) (param $size i32) (result i32)
    (local $at i32) (local $end i32)
    (if (global.get $busy) (then unreachable))
    (global.set $busy (i32.const 1))
    (if (call $get (local.get $type) (i32.const 0) (local.get $size) (i32.const 8) (i32.const 12)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 12)) (local.get $size)) (then unreachable))
    (local.set $at (i32.load (i32.const 8)))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (i32.store8 (local.get $at) (i32.xor (i32.load8_u (local.get $at)) (i32.const 32)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (if (call $set (local.get $type) (i32.const 0) (local.get $size) (i32.load (i32.const 8)) (local.get $size)) (then unreachable))
    (global.set $busy (i32.const 0))
    (i32.const 0))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (call $flip (i32.const 2) (local.get 1)))
  (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32) (call $flip (i32.const 3) (local.get 1))))
