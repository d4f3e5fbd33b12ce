// Package proxywasm is the guest side of Proxy-Wasm for standard Go: with it a filter is written that runs inside a client's
// process (package nasp) and, as the same file, in Envoy and other Proxy-Wasm hosts.
//
// A filter is a main package without work in main, built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o filter.wasm .
//
// Its init function registers a Root, whose NewStream makes one object for each connection. What that object can do is
// decided by the interfaces that it implements, each in a package of its own: downstream.Handler (bytes from the client),
// upstream.Handler (bytes from the server), connection.Handler (a new connection). A host calls only what a module exports,
// and a module exports only what it imports: so a filter that doesn't import package upstream costs nothing in that direction. The other
// packages of callbacks are timer, queue, httpcall, foreign and streamlog; httprequest and httpresponse make filters of HTTP.
//
//	package main
//
//	import (
//		"github.com/libnasp/libnasp/filters/proxywasm"
//		"github.com/libnasp/libnasp/filters/proxywasm/downstream"
//	)
//
//	func main() {}
//
//	func init() { proxywasm.Register(func() proxywasm.Root { return root{} }) }
//
//	type root struct{ proxywasm.DefaultRoot }
//
//	func (root) NewStream() any { return &counter{} }
//
//	type counter struct{ bytes int }
//
//	func (c *counter) OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
//		c.bytes += size
//		return proxywasm.Continue, nil
//	}
//
//	var _ downstream.Handler = (*counter)(nil)
//
// # Rules of the guest
//
// All callbacks of a VM run on one thread, one at a time. Bytes that a host call returns are valid until the callback
// returns: copy what must live longer. A panic or an error from a callback ends the stream that it was called for, never
// the VM, whose other streams belong to other connections. During init and main hosts allow only logging and clocks:
// define metrics in OnVMStart. What a Counter adds up during a callback costs one host call at its end.
//
// A host can stop a trusted filter, and its process collect garbage, only while the filter calls the host: a loop over many bytes tells package
// yield of them.
//
// Built for anything but wasip1 the host calls go to a host made of Go: see package proxywasmtest.
package proxywasm
