//go:build wasip1

package upstream

import "github.com/libnasp/libnasp/filters/proxywasm"

//go:wasmexport proxy_on_upstream_data
func proxyOnUpstreamData(id, size uint32, end bool) uint32 { return uint32(onData(id, size, end)) }

//go:wasmexport proxy_on_upstream_connection_close
func proxyOnUpstreamConnectionClose(id, peer uint32) { onClose(id, proxywasm.Peer(peer)) }
