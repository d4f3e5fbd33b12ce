//go:build !wasip1

package upstream

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
)

func init() {
	native.UpstreamData = func(id, size uint32, end bool) uint32 { return uint32(onData(id, size, end)) }
	native.UpstreamClose = func(id, peer uint32) { onClose(id, proxywasm.Peer(peer)) }
}
