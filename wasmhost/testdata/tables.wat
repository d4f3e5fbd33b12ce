;; Grows its tables as far as it can, and pauses if that was too far.
(module
  (memory (export "memory") 1)
  (table $a 1 funcref)
  (table $b 2 4000000000 externref)
  (table $c 3 5 funcref)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (loop $l (br_if $l (i32.ne (table.grow $a (ref.null func) (i32.const 65536)) (i32.const -1))))
    (loop $l (br_if $l (i32.ne (table.grow $b (ref.null extern) (i32.const 65536)) (i32.const -1))))
    (loop $l (br_if $l (i32.ne (table.grow $c (ref.null func) (i32.const 1)) (i32.const -1))))
    (i32.or (i32.gt_u (table.size $a) (i32.const 1000000))
      (i32.or (i32.gt_u (table.size $b) (i32.const 1000000)) (i32.ne (table.size $c) (i32.const 5))))))
