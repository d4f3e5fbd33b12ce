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
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
	"github.com/libnasp/libnasp/filters/proxywasm/upstream"
)

func main() {}

func init() {
	proxywasm.Register(func() proxywasm.Root { return &root{} })
}

// root is the filter in one VM.
type root struct {
	proxywasm.DefaultRoot
	metrics metrics
	chain   *kafka.Chain
}

func (r *root) OnVMStart([]byte) error { return r.metrics.define() }

func (r *root) OnConfigure(b []byte) error {
	c, err := parseConfig(b)
	if err != nil {
		return err
	}
	r.chain, err = c.chain(&r.metrics)
	return err
}

func (r *root) NewStream() any {
	return &stream{r.chain.NewStream()}
}

// stream is the filters on one connection.
type stream struct{ kafka *kafka.Stream }

var (
	_ downstream.Handler = (*stream)(nil)
	_ upstream.Handler   = (*stream)(nil)
	_ proxywasm.Ender    = (*stream)(nil)
)

func (s *stream) OnEnd() { s.kafka.Close() }

func (s *stream) OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return proxywasm.Continue, s.kafka.Downstream(buf, size, end)
}

func (s *stream) OnUpstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return proxywasm.Continue, s.kafka.Upstream(buf, size, end)
}
