//go:build !wasip1

package proxywasmtest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/pairs"
)

// HTTPStream is an HTTP request with its response, as the filter sees it.
type HTTPStream struct{ s *Stream }

// httpState is what a stream has when it is one of HTTP.
type httpState struct {
	maps   [4]headerMap // as their numbers are in the ABI
	answer *Answer
}

type headerMap struct {
	there, writable bool
	lines           []proxywasm.Header
}

// Answer is what the filter has answered in place of the server.
type Answer struct {
	Status  uint32
	Details string
	Headers []proxywasm.Header
	Body    []byte
}

// OpenHTTP makes a new request.
func (h *Host) OpenHTTP() *HTTPStream { return &HTTPStream{h.open(&httpState{})} }

// RequestHeaders gives the filter the headers of the request, and returns them as they are afterwards. end tells that nothing follows.
func (h *HTTPStream) RequestHeaders(headers []proxywasm.Header, end bool) ([]proxywasm.Header, proxywasm.Action) {
	return h.headers(proxywasm.RequestHeaders, headers, func(id, n uint32) uint32 { return native.RequestHeaders(id, n, end) }, native.RequestHeaders != nil)
}

// RequestBody gives the filter bytes of the body behind those that it holds back, and returns what passes.
func (h *HTTPStream) RequestBody(b []byte, end bool) ([]byte, proxywasm.Action) {
	return h.body(0, native.RequestBody, b, end)
}

// RequestTrailers gives the filter the trailers of the request, and returns them as they are afterwards.
func (h *HTTPStream) RequestTrailers(trailers []proxywasm.Header) ([]proxywasm.Header, proxywasm.Action) {
	return h.headers(proxywasm.RequestTrailers, trailers, native.RequestTrailers, native.RequestTrailers != nil)
}

// ResponseHeaders is RequestHeaders for the response.
func (h *HTTPStream) ResponseHeaders(headers []proxywasm.Header, end bool) ([]proxywasm.Header, proxywasm.Action) {
	return h.headers(proxywasm.ResponseHeaders, headers, func(id, n uint32) uint32 { return native.ResponseHeaders(id, n, end) }, native.ResponseHeaders != nil)
}

// ResponseBody is RequestBody for the response.
func (h *HTTPStream) ResponseBody(b []byte, end bool) ([]byte, proxywasm.Action) {
	return h.body(1, native.ResponseBody, b, end)
}

// ResponseTrailers is RequestTrailers for the response.
func (h *HTTPStream) ResponseTrailers(trailers []proxywasm.Header) ([]proxywasm.Header, proxywasm.Action) {
	return h.headers(proxywasm.ResponseTrailers, trailers, native.ResponseTrailers, native.ResponseTrailers != nil)
}

// Answer returns what the filter has answered, nil if nothing.
func (h *HTTPStream) Answer() *Answer { return h.s.http.answer }

// Closed, Failure and Close are those of Stream.
func (h *HTTPStream) Closed() bool { return h.s.Closed() }

// Failure is Stream.Failure.
func (h *HTTPStream) Failure() string { return h.s.Failure() }

// Close is Stream.Close.
func (h *HTTPStream) Close() { h.s.Close() }

func (h *HTTPStream) headers(kind proxywasm.HeaderMap, lines []proxywasm.Header, callback func(id, n uint32) uint32, exported bool) ([]proxywasm.Header, proxywasm.Action) {
	m := &h.s.http.maps[kind]
	*m = headerMap{there: true, writable: true, lines: slices.Clone(lines)}
	action := proxywasm.Continue
	if exported {
		h.s.host.call(h.s, func() { action = proxywasm.Action(callback(h.s.id, uint32(len(lines)))) })
	}
	if action == proxywasm.Continue {
		h.handedOn(kind >= proxywasm.ResponseHeaders)
	}
	return slices.Clone(m.lines), action
}

func (h *HTTPStream) body(direction int, callback func(id, size uint32, end bool) uint32, b []byte, end bool) ([]byte, proxywasm.Action) {
	passed, action := h.s.data(&h.s.directions[direction], callback, b, end)
	if action == proxywasm.Continue {
		h.handedOn(direction == 1)
	}
	return passed, action
}

// handedOn makes the maps of a direction read-only.
func (h *HTTPStream) handedOn(response bool) {
	first := 0
	if response {
		first = 2
	}
	h.s.http.maps[first].writable, h.s.http.maps[first+1].writable = false, false
}

// headerMap returns one of the header maps that can be seen now: those of a call's answer are read-only.
func (c calls) headerMap(kind uint32) *headerMap {
	switch m := proxywasm.HeaderMap(kind); {
	case m == proxywasm.CallHeaders && c.h.answer != nil:
		return &headerMap{there: true, lines: c.h.answer.Headers}
	case m == proxywasm.CallTrailers && c.h.answer != nil:
		return &headerMap{there: true, lines: c.h.answer.Trailers}
	case m <= proxywasm.ResponseTrailers && c.h.current != nil && c.h.current.http != nil && c.h.current.http.maps[m].there:
		return &c.h.current.http.maps[m]
	}
	return nil
}

func (c calls) GetHeaderMapPairs(kind uint32) ([]byte, abi.Status) {
	m := c.headerMap(kind)
	if m == nil {
		return nil, abi.BadArgument
	}
	if len(m.lines) == 0 {
		return nil, abi.OK
	}
	return c.h.give(pairs.Append(nil, m.lines)), abi.OK
}

func (c calls) GetHeaderMapValue(kind uint32, name string) ([]byte, abi.Status) {
	m := c.headerMap(kind)
	if m == nil {
		return nil, abi.BadArgument
	}
	for _, l := range m.lines {
		if strings.EqualFold(l.Name, name) {
			return c.h.give([]byte(l.Value)), abi.OK
		}
	}
	return nil, abi.NotFound
}

// change changes a map that may be changed.
func (c calls) change(kind uint32, f func(lines []proxywasm.Header) []proxywasm.Header) abi.Status {
	m := c.headerMap(kind)
	if m == nil || !m.writable {
		return abi.BadArgument
	}
	m.lines = f(m.lines)
	return abi.OK
}

func (c calls) SetHeaderMapPairs(kind uint32, b []byte) abi.Status {
	lines, ok := pairs.Parse(b)
	if !ok {
		return abi.BadArgument
	}
	return c.change(kind, func([]proxywasm.Header) []proxywasm.Header { return lines })
}

func (c calls) AddHeaderMapValue(kind uint32, name, value string) abi.Status {
	return c.change(kind, func(l []proxywasm.Header) []proxywasm.Header { return append(l, newLine(name, value)) })
}

func newLine(name, value string) proxywasm.Header {
	return proxywasm.Header{Name: strings.ToLower(strings.Clone(name)), Value: strings.Clone(value)}
}

func (c calls) RemoveHeaderMapValue(kind uint32, name string) abi.Status {
	return c.change(kind, func(l []proxywasm.Header) []proxywasm.Header { return without(l, name) })
}

func without(lines []proxywasm.Header, name string) []proxywasm.Header {
	return slices.DeleteFunc(slices.Clone(lines), func(l proxywasm.Header) bool { return strings.EqualFold(l.Name, name) })
}

func (c calls) ReplaceHeaderMapValue(kind uint32, name, value string) abi.Status {
	return c.change(kind, func(l []proxywasm.Header) []proxywasm.Header {
		i := slices.IndexFunc(l, func(l proxywasm.Header) bool { return strings.EqualFold(l.Name, name) })
		if i < 0 {
			return append(l, newLine(name, value))
		}
		return slices.Concat(l[:i], []proxywasm.Header{newLine(name, value)}, without(l[i+1:], name))
	})
}

func (c calls) SendLocalResponse(status uint32, details string, headers, body []byte) abi.Status {
	if c.h.current == nil || c.h.current.http == nil {
		return abi.OK // as in Envoy
	}
	lines, ok := pairs.Parse(headers)
	if !ok {
		return abi.BadArgument
	}
	c.h.current.http.answer = &Answer{Status: status, Details: strings.Clone(details), Headers: lines, Body: bytes.Clone(body)}
	return abi.OK
}
