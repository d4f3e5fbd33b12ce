;; A command: _start without _initialize; main alone is not called. It ends by exit(0), which is fine there.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "main")
  (data (i32.const 48) "start")
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "main") (param i32 i32) (result i32) (drop (call $log (i32.const 2) (i32.const 16) (i32.const 4))) (i32.const 0))
  (func (export "_start") (drop (call $log (i32.const 2) (i32.const 48) (i32.const 5))) (call $exit (i32.const 0)) unreachable))
