;; 64 MiB from the start.
(module (memory (export "memory") 1024) (func (export "proxy_abi_version_0_2_1")))
