;; Defines a million gauges, whose names are four bytes. Continues if some were refused by InternalFailure, and pauses if none was.
(module
  (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (local $n i32) (local $status i32) (local $none i32)
    (local.set $none (i32.const 1))
    (loop $next
      (i32.store (i32.const 0) (local.get $n))
      (local.set $status (call $define (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 8)))
      (if (i32.eq (local.get $status) (i32.const 10)) (then (local.set $none (i32.const 0)) (local.set $status (i32.const 0))))
      (if (local.get $status) (then unreachable))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $n) (i32.const 1000000))))
    (local.get $none)))
