//go:build !wasip1

// Package native is what takes the place of a module's exports outside of Wasm: package proxywasm and those of the callbacks put theirs
// in, so that a callback that a filter doesn't import is nil, as it is missing in a module.
package native

// The callbacks, by the names and with the parameters of the spec.
var (
	ContextCreate func(id, parent uint32)
	VMStart       func(id, size uint32) bool
	Configure     func(id, size uint32) bool
	Done          func(id uint32) bool
	Log           func(id uint32)
	Delete        func(id uint32)

	NewConnection func(id uint32) uint32

	DownstreamData  func(id, size uint32, end bool) uint32
	DownstreamClose func(id, peer uint32)
	UpstreamData    func(id, size uint32, end bool) uint32
	UpstreamClose   func(id, peer uint32)

	Tick       func(id uint32)
	QueueReady func(id, queue uint32)

	RequestHeaders   func(id, n uint32, end bool) uint32
	RequestBody      func(id, size uint32, end bool) uint32
	RequestTrailers  func(id, n uint32) uint32
	ResponseHeaders  func(id, n uint32, end bool) uint32
	ResponseBody     func(id, size uint32, end bool) uint32
	ResponseTrailers func(id, n uint32) uint32

	HTTPCallResponse func(id, token, headers, body, trailers uint32)
	ForeignFunction  func(id, function, size uint32)
)
