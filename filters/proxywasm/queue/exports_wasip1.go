//go:build wasip1

package queue

import "github.com/libnasp/libnasp/filters/proxywasm"

//go:wasmexport proxy_on_queue_ready
func proxyOnQueueReady(id, q uint32) { onQueueReady(id, proxywasm.QueueID(q)) }
