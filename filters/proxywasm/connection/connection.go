// Package connection tells streams of a new connection before any bytes. Importing it exports the callback.
package connection

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// Handler is implemented by streams that want to act before any bytes come.
type Handler interface {
	// OnNewConnection is called once. Pause holds the connection back until ContinueStream. An error ends it.
	OnNewConnection() (proxywasm.Action, error)
}

func onNewConnection(id uint32) proxywasm.Action {
	return dispatch.Data(id, proxywasm.Buffer(0), 0, false, func(h Handler, _ proxywasm.Buffer, _ int, _ bool) (proxywasm.Action, error) {
		return h.OnNewConnection()
	})
}
