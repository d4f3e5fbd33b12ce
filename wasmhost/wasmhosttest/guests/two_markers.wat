;; The first marker counts, whatever it is.
(module
  (memory (export "memory") 1)
  (func (export "proxy_on_delete") (param i32))
  (func (export "proxy_abi_version_0_2_0"))
  (func (export "proxy_abi_version_0_1_0"))
  (func (export "proxy_abi_version_0_2_1")))
