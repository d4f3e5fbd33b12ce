// Package httprequest gives HTTP streams the headers, body and trailers of HTTP requests, and answers them. Importing it exports the callbacks.
package httprequest

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/pairs"
)

// Handler is implemented by streams that want the headers.
type Handler interface {
	// OnRequestHeaders is called once, with n lines. end is true when neither a body nor trailers follow. An error ends the request.
	OnRequestHeaders(h proxywasm.HeaderMap, n int, end bool) (proxywasm.Action, error)
}

// BodyHandler is implemented by streams that want the body.
type BodyHandler interface {
	// OnRequestBody is called when bytes have arrived. buf holds size bytes: all those that have not been handed on. end is true when no more will
	// come. An error ends the request, and nothing of the buffer passes.
	OnRequestBody(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error)
}

// TrailerHandler is implemented by streams that want the trailers.
type TrailerHandler interface {
	// OnRequestTrailers is called once, with n lines, if there are trailers. An error ends the request.
	OnRequestTrailers(t proxywasm.HeaderMap, n int) (proxywasm.Action, error)
}

func onHeaders(id, n uint32, end bool) proxywasm.Action {
	return dispatch.HTTP(id, proxywasm.RequestHeaders, n, end, Handler.OnRequestHeaders)
}

func onBody(id, size uint32, end bool) proxywasm.Action {
	return dispatch.HTTP(id, proxywasm.BufferRequestBody, size, end, BodyHandler.OnRequestBody)
}

func onTrailers(id, n uint32) proxywasm.Action {
	return dispatch.HTTP(id, proxywasm.RequestTrailers, n, true, func(h TrailerHandler, t proxywasm.HeaderMap, n int, _ bool) (proxywasm.Action, error) {
		return h.OnRequestTrailers(t, n)
	})
}

// Answer is what a filter answers in place of the server.
type Answer struct {
	Status  uint32 // of HTTP
	Details string // for the host's log; it must hold no bytes of the request
	Headers []proxywasm.Header
	Body    []byte
}

// Respond answers the request. The callback that calls it returns Pause.
func Respond(a Answer) error {
	return abi.SendLocalResponse(a.Status, a.Details, pairs.Append(nil, a.Headers), a.Body).Err()
}
