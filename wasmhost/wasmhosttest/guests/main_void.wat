;; A reactor whose main function takes no arguments.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "initialize")
  (data (i32.const 32) "main_void")
  (func (export "proxy_abi_version_0_1_0"))
  (func (export "_initialize") (drop (call $log (i32.const 2) (i32.const 0) (i32.const 10))))
  (func (export "__main_void") (result i32) (drop (call $log (i32.const 2) (i32.const 32) (i32.const 9))) (i32.const 0)))
