// Package httpcall sends HTTP requests from a filter. The host decides where to: in Envoy the destination names a cluster, in nasp what its
// configuration lists. Importing it exports the callback.
package httpcall

import (
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/pairs"
)

// Request is what to send.
type Request struct {
	// Headers must have :method, :path and :authority.
	Headers  []proxywasm.Header
	Body     []byte
	Trailers []proxywasm.Header
	// Timeout bounds the whole call, in whole milliseconds. 0: as the host has it.
	Timeout time.Duration
}

// ID names a request that was sent.
type ID uint32

// Send sends a request in the name of the stream or root whose callback is running, which gets the answer if it is a Handler. ErrBadArgument means
// that the host doesn't know the destination, or that a header is missing.
func Send(destination string, r Request) (ID, error) {
	var trailers []byte
	if len(r.Trailers) > 0 {
		trailers = pairs.Append(nil, r.Trailers)
	}
	id, s := abi.HTTPCall(destination, pairs.Append(nil, r.Headers), r.Body, trailers, uint32(r.Timeout/time.Millisecond))
	return ID(id), s.Err()
}

// Handler is implemented by streams and roots that send requests.
type Handler interface {
	// OnHTTPResponse is called once for each request, unless the stream ends before.
	OnHTTPResponse(r Response)
}

// Response is the answer to a request. It exists during the callback only.
type Response struct {
	ID ID
	// Failed tells that there is no answer: the server can't be reached, or took too long.
	Failed bool

	bodySize int
}

// Header returns the first value of a name in lower case, ErrNotFound if there is none. The status is ":status".
func (Response) Header(name string) (string, error) { return proxywasm.CallHeaders.Get(name) }

// Headers returns all headers.
func (Response) Headers() ([]proxywasm.Header, error) { return proxywasm.CallHeaders.All() }

// Trailers returns all trailers.
func (Response) Trailers() ([]proxywasm.Header, error) { return proxywasm.CallTrailers.All() }

// Body copies the body out of the host. It is valid until the callback returns.
func (r Response) Body() ([]byte, error) { return proxywasm.BufferHTTPCallBody.Bytes(0, r.bodySize) }

func onResponse(context, id, headers, body uint32) {
	dispatch.Notify(context, Response{ID: ID(id), Failed: headers == 0, bodySize: int(body)}, Handler.OnHTTPResponse)
}
