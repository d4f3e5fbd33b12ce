;; Misbehaves where the bytes of its data segment say, which the kit patches: "hostile:", then 0 for _initialize or 1 for main, then
;; what it does: l loops, h loops over a host call, u traps, r recurses without end, m takes all memory and then reads beyond it.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hostile:\ff\00")
  (func (export "proxy_abi_version_0_2_1"))
  (func $recurse (param i32) (result i32) (i32.add (i32.const 1) (call $recurse (i32.add (local.get 0) (i32.const 1)))))
  (func $act (param $n i32)
    (local $mode i32)
    (if (i32.ne (local.get $n) (i32.load8_u (i32.const 8))) (then return))
    (local.set $mode (i32.load8_u (i32.const 9)))
    (if (i32.eq (local.get $mode) (i32.const 0x6c)) (then (loop $l (br $l))))
    (if (i32.eq (local.get $mode) (i32.const 0x68)) (then
      (loop $l (drop (call $time (i32.const 0) (i64.const 0) (i32.const 16))) (br $l))))
    (if (i32.eq (local.get $mode) (i32.const 0x75)) (then unreachable))
    (if (i32.eq (local.get $mode) (i32.const 0x72)) (then (drop (call $recurse (i32.const 0)))))
    (if (i32.eq (local.get $mode) (i32.const 0x6d)) (then
      (loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
      (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (drop (i32.load (i32.const -4))))))
  (func (export "_initialize") (call $act (i32.const 0)))
  (func (export "main") (param i32 i32) (result i32) (call $act (i32.const 1)) (i32.const 0)))
