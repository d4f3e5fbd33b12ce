(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) (func (export "proxy_abi_version_0_2_1")))
