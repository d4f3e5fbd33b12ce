// Package httpresponse gives HTTP streams the headers, body and trailers of the responses to HTTP requests. Importing it exports the callbacks.
package httpresponse

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// Handler is implemented by streams that want the headers.
type Handler interface {
	// OnResponseHeaders is called once, with n lines. end is true when neither a body nor trailers follow. An error ends the request.
	OnResponseHeaders(h proxywasm.HeaderMap, n int, end bool) (proxywasm.Action, error)
}

// BodyHandler is implemented by streams that want the body.
type BodyHandler interface {
	// OnResponseBody is called when bytes have arrived. buf holds size bytes: all those that have not been handed on. end is true when no more will
	// come. An error ends the request, and nothing of the buffer passes.
	OnResponseBody(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error)
}

// TrailerHandler is implemented by streams that want the trailers.
type TrailerHandler interface {
	// OnResponseTrailers is called once, with n lines, if there are trailers. An error ends the request.
	OnResponseTrailers(t proxywasm.HeaderMap, n int) (proxywasm.Action, error)
}

func onHeaders(id, n uint32, end bool) proxywasm.Action {
	return dispatch.HTTP(id, proxywasm.ResponseHeaders, n, end, Handler.OnResponseHeaders)
}

func onBody(id, size uint32, end bool) proxywasm.Action {
	return dispatch.HTTP(id, proxywasm.BufferResponseBody, size, end, BodyHandler.OnResponseBody)
}

func onTrailers(id, n uint32) proxywasm.Action {
	return dispatch.HTTP(id, proxywasm.ResponseTrailers, n, true, func(h TrailerHandler, t proxywasm.HeaderMap, n int, _ bool) (proxywasm.Action, error) {
		return h.OnResponseTrailers(t, n)
	})
}
