//go:build wasip1

package connection

//go:wasmexport proxy_on_new_connection
func proxyOnNewConnection(id uint32) uint32 { return uint32(onNewConnection(id)) }
