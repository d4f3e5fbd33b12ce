package streamlog

//go:wasmexport proxy_on_log
func proxyOnLog(id uint32) { onLog(id) }
