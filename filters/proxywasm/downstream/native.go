//go:build !wasip1

package downstream

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
)

func init() {
	native.DownstreamData = func(id, size uint32, end bool) uint32 { return uint32(onData(id, size, end)) }
	native.DownstreamClose = func(id, peer uint32) { onClose(id, proxywasm.Peer(peer)) }
}
