;; Logs which of its start functions run; logging is allowed there, and in the start section.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "initialize")
  (data (i32.const 16) "main")
  (data (i32.const 32) "main_void")
  (data (i32.const 48) "start")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "_initialize") (drop (call $log (i32.const 2) (i32.const 0) (i32.const 10))))
  (func (export "main") (param i32 i32) (result i32)
    (if (i32.or (local.get 0) (local.get 1)) (then unreachable))
    (drop (call $log (i32.const 2) (i32.const 16) (i32.const 4)))
    (i32.const 7)) ;; what main returns doesn't matter
  (func (export "__main_void") (result i32) (drop (call $log (i32.const 2) (i32.const 32) (i32.const 9))) (i32.const 0))
  (func (export "_start") (drop (call $log (i32.const 2) (i32.const 48) (i32.const 5)))))
