//go:build !wasip1

package queue

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
)

func init() {
	native.QueueReady = func(id, q uint32) { onQueueReady(id, proxywasm.QueueID(q)) }
}
