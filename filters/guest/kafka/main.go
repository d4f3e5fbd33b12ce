// Command kafka is the Proxy-Wasm module that carries all filters of Kafka, so that a chain of them parses each frame once. Which
// of them run, and with what, its configuration says:
//
//	{"filters": [{"name": "pii", "config": {"keys": "detect"}}], "max_frame_bytes": 104857600}
//
// Without a configuration it masks personal data and secrets (filter pii).
//
// Build it with go run ./internal/buildguest.
package main

import (
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/kafka/kafkaguest"
	"github.com/libnasp/libnasp/filters/proxywasm"
)

func main() {}

func init() { proxywasm.Register(newRoot) }

func newRoot() proxywasm.Root {
	r := &root{}
	r.Root = kafkaguest.New(r.newFilters)
	return r
}

// root is the filter in one VM.
type root struct {
	*kafkaguest.Root
	metrics metrics
}

func (r *root) OnVMStart([]byte) error { return r.metrics.define() }

func (r *root) newFilters(configuration []byte) (kafka.Config, error) {
	c, err := parseConfig(configuration)
	if err != nil {
		return kafka.Config{}, err
	}
	return c.filters(&r.metrics)
}
