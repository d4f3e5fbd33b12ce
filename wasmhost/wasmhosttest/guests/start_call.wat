;; Envoy allows this in proxy_on_vm_start, but not so early.
(module
  (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize") (drop (call $define (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))
