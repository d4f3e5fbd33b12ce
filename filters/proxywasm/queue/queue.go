// Package queue tells roots that a shared queue which they registered has something in it. Importing it exports the callback.
package queue

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// Handler is implemented by roots that use shared queues.
type Handler interface {
	// OnQueueReady is called after something was put into the queue. Another VM may have taken it by then: expect
	// proxywasm.ErrEmpty.
	OnQueueReady(q proxywasm.QueueID)
}

func onQueueReady(id uint32, q proxywasm.QueueID) {
	dispatch.Notify(id, q, Handler.OnQueueReady)
}
