;; ABI 0.1.0: continue_request has no result here, continue_response has one.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_request" (func $request))
  (import "env" "proxy_continue_response" (func $response (result i32)))
  (import "env" "proxy_clear_route_cache" (func $clear))
  (import "env" "proxy_get_header_map_value" (func $value (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "initialize")
  (data (i32.const 32) "main_void")
  (func (export "proxy_abi_version_0_1_0"))
  (func (export "_initialize") (drop (call $log (i32.const 2) (i32.const 0) (i32.const 10))))
  (func (export "__main_void") (result i32) (drop (call $log (i32.const 2) (i32.const 32) (i32.const 9))) (i32.const 0))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (call $request)
    (call $clear)
    (if (call $response) (then unreachable))
    (i32.const 1))
  ;; In 0.1.0 it isn't told the end of stream, and a header that is missing is empty. Continues if so.
  (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
    (i32.or
      (call $value (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 68))
      (i32.or (i32.load (i32.const 68)) (i32.ne (local.get 1) (i32.const 2))))))
