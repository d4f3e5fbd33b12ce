//go:build wasip1

package timer

//go:wasmexport proxy_on_tick
func proxyOnTick(id uint32) { onTick(id) }
