// Package downstream gives streams the bytes that come from the client. Importing it exports the callbacks.
package downstream

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// Handler is implemented by streams that want the bytes from the client.
type Handler interface {
	// OnDownstreamData is called when bytes have arrived. buf holds size bytes: all those that have not been handed on.
	// end is true when no more will come. An error ends the connection, and nothing of the buffer passes.
	OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error)
}

// CloseHandler is implemented by streams that want to know when the client's connection closes.
type CloseHandler interface {
	// OnDownstreamClose is called once. peer tells which end closed.
	OnDownstreamClose(peer proxywasm.Peer)
}

func onData(id, size uint32, end bool) proxywasm.Action {
	return dispatch.Data(id, proxywasm.BufferDownstreamData, size, end, Handler.OnDownstreamData)
}

func onClose(id uint32, peer proxywasm.Peer) {
	dispatch.Notify(id, peer, CloseHandler.OnDownstreamClose)
}
