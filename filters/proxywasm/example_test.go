package proxywasm_test

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
)

// counterRoot is what the streams of one VM share.
type counterRoot struct {
	proxywasm.DefaultRoot
	bytes proxywasm.Counter
}

func (r *counterRoot) OnVMStart([]byte) (err error) {
	r.bytes, err = proxywasm.DefineCounter("example.bytes")
	return err
}

func (r *counterRoot) NewStream() any { return &counterStream{root: r} }

// counterStream counts the bytes of one connection.
type counterStream struct{ root *counterRoot }

var _ downstream.Handler = (*counterStream)(nil)

func (s *counterStream) OnDownstreamData(_ proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
	return proxywasm.Continue, s.root.bytes.Add(uint64(size))
}

// A filter that counts the bytes that clients send. In a filter of your own this is in init of package main, and main is empty.
func Example() {
	proxywasm.Register(func() proxywasm.Root { return &counterRoot{} })
}
