// Package streamlog tells streams when to write a line about themselves, as access logs have it. Importing it exports the callback.
package streamlog

import "github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"

// Handler is implemented by streams and roots that write a line when they end.
type Handler interface {
	// OnLog is called once, when all that the stream does is done, before its OnEnd.
	OnLog()
}

func onLog(id uint32) {
	dispatch.Notify(id, struct{}{}, func(h Handler, _ struct{}) { h.OnLog() })
}
