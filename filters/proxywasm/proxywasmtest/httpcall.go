//go:build !wasip1

package proxywasmtest

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/pairs"
)

// HTTPCall is a request that the filter has sent.
type HTTPCall struct {
	Destination       string
	Headers, Trailers []proxywasm.Header
	Body              []byte
	Timeout           time.Duration

	host   *Host
	id     uint32
	sender *Stream // nil: the root
}

// HTTPResponse is an answer to one.
type HTTPResponse struct {
	Headers, Trailers []proxywasm.Header // with :status
	Body              []byte
}

// HTTPCalls returns what the filter has sent and the test hasn't answered, oldest first.
func (h *Host) HTTPCalls() []*HTTPCall { return slices.Clone(h.calls) }

// Respond answers a request, once. nil is a failure: of the network, or of time.
func (c *HTTPCall) Respond(r *HTTPResponse) {
	h := c.host
	i := slices.Index(h.calls, c)
	if i < 0 {
		h.t.Helper()
		h.t.Fatal("proxywasmtest: this request was answered before")
	}
	h.calls = slices.Delete(h.calls, i, i+1)
	if native.HTTPCallResponse == nil || c.sender != nil && c.sender.deleted {
		return
	}
	if r == nil {
		r = &HTTPResponse{}
	}
	id := uint32(rootID)
	if c.sender != nil {
		id = c.sender.id
	}
	h.call(c.sender, func() {
		h.answer = r
		native.HTTPCallResponse(id, c.id, uint32(len(r.Headers)), uint32(len(r.Body)), uint32(len(r.Trailers)))
		h.answer = nil
	})
}

func (c calls) HTTPCall(to string, headers, body, trailers []byte, milliseconds uint32) (uint32, abi.Status) {
	if !slices.Contains(c.h.config.HTTPDestinations, to) {
		return 0, abi.BadArgument
	}
	call := &HTTPCall{
		Destination: strings.Clone(to), Body: bytes.Clone(body), Timeout: time.Duration(milliseconds) * time.Millisecond, host: c.h, sender: c.h.current,
	}
	var ok1, ok2 bool
	call.Headers, ok1 = pairs.Parse(headers)
	call.Trailers, ok2 = pairs.Parse(trailers)
	for _, name := range []string{":method", ":path", ":authority"} {
		if !slices.ContainsFunc(call.Headers, func(h proxywasm.Header) bool { return h.Name == name }) {
			return 0, abi.BadArgument
		}
	}
	if !ok1 || !ok2 {
		return 0, abi.BadArgument
	}
	c.h.lastCall++
	call.id = c.h.lastCall
	c.h.calls = append(c.h.calls, call)
	return call.id, abi.OK
}

// ForeignFunction calls the filter's function of a number for this stream, if it has one.
func (s *Stream) ForeignFunction(function uint32, arg []byte) {
	if native.ForeignFunction == nil || s.deleted {
		return
	}
	s.host.call(s, func() {
		s.host.data = append([]byte{}, arg...)
		native.ForeignFunction(s.id, function, uint32(len(arg)))
		s.host.data = nil
	})
}
