(module
  (memory (export "memory") 1)
  (func $start unreachable)
  (start $start)
  (func (export "proxy_abi_version_0_2_1")))
