// Package timer calls a root at the interval that proxywasm.SetTickPeriod sets. Importing it exports the callback.
package timer

import "github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"

// Handler is implemented by roots that use the timer.
type Handler interface{ OnTick() }

func onTick(id uint32) {
	dispatch.Notify(id, struct{}{}, func(h Handler, _ struct{}) { h.OnTick() })
}
