//go:build wasip1

package downstream

import "github.com/libnasp/libnasp/filters/proxywasm"

//go:wasmexport proxy_on_downstream_data
func proxyOnDownstreamData(id, size uint32, end bool) uint32 { return uint32(onData(id, size, end)) }

//go:wasmexport proxy_on_downstream_connection_close
func proxyOnDownstreamConnectionClose(id, peer uint32) { onClose(id, proxywasm.Peer(peer)) }
