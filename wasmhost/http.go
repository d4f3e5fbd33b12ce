package wasmhost

import (
	"bytes"
	"context"
	"slices"
)

// numHTTPMaps is the number of header maps of a request and its response: headers and trailers of each.
const numHTTPMaps = 4

const (
	mapRequestHeaders   = 0
	mapRequestTrailers  = 1
	mapResponseHeaders  = 2
	mapResponseTrailers = 3
	mapHTTPCallHeaders  = 6

	numMaps = 8 // the last one is for trailers of the answer to an HTTP call
)

// httpState is what a stream has when it is an HTTP request. It is guarded by the VM's lock.
type httpState struct {
	maps [numHTTPMaps]struct {
		headers  *Headers
		writable bool
	}
}

// HTTPStream is an HTTP request with its response as its guest sees it. What Stream says of its methods holds here too.
// HTTP itself, its connections and its framing are the embedder's matter.
//
// Header maps belong to the guest from the callback that they are passed to until the first callback of that direction that returns
// ActionContinue, or ContinueStream is called: the guest may change them so long. Afterwards it may only read them, until Close; the embedder must
// not change them.
type HTTPStream struct{ stream *Stream }

// HTTPEvents is implemented by StreamEvents of HTTP streams whose guests may answer requests themselves. What StreamEvents
// says of calls holds here too.
type HTTPEvents interface {
	// SendLocalResponse answers the request in place of the server. The guest's callback returns ActionPause with it.
	SendLocalResponse(LocalResponse)
}

// LocalResponse is a guest's answer to a request.
type LocalResponse struct {
	Status     uint32 // of HTTP
	Details    string // for logs
	Headers    Headers
	Body       []byte
	GRPCStatus int32 // negative: none
}

// NewHTTPStream makes the context of an HTTP request; see NewStream. StreamEvents are told StreamRequest and StreamResponse.
func (p *Plugin) NewHTTPStream(ctx context.Context, cfg StreamConfig) (*HTTPStream, error) {
	s, err := p.newStream(ctx, cfg, new(httpState))
	if err != nil {
		return nil, err
	}
	return &HTTPStream{s}, nil
}

// OnRequestHeaders shows the guest the headers of the request. end tells that neither a body nor trailers follow.
func (h *HTTPStream) OnRequestHeaders(ctx context.Context, headers *Headers, end bool) (Action, error) {
	return h.onHeaders(ctx, cbRequestHeaders, mapRequestHeaders, headers, end)
}

// OnRequestBody shows the guest all bytes of the request's body that it has not handed on yet. The guest may change b.
func (h *HTTPStream) OnRequestBody(ctx context.Context, b Buffer, end bool) (Action, error) {
	return h.onBody(ctx, cbRequestBody, bufferRequestBody, b, end)
}

// OnRequestTrailers shows the guest the trailers of the request.
func (h *HTTPStream) OnRequestTrailers(ctx context.Context, trailers *Headers) (Action, error) {
	return h.onHeaders(ctx, cbRequestTrailers, mapRequestTrailers, trailers, false)
}

// OnResponseHeaders is OnRequestHeaders for the response.
func (h *HTTPStream) OnResponseHeaders(ctx context.Context, headers *Headers, end bool) (Action, error) {
	return h.onHeaders(ctx, cbResponseHeaders, mapResponseHeaders, headers, end)
}

// OnResponseBody is OnRequestBody for the response.
func (h *HTTPStream) OnResponseBody(ctx context.Context, b Buffer, end bool) (Action, error) {
	return h.onBody(ctx, cbResponseBody, bufferResponseBody, b, end)
}

// OnResponseTrailers is OnRequestTrailers for the response.
func (h *HTTPStream) OnResponseTrailers(ctx context.Context, trailers *Headers) (Action, error) {
	return h.onHeaders(ctx, cbResponseTrailers, mapResponseTrailers, trailers, false)
}

// OnRequestMetadata tells the guest that a METADATA frame of so many entries came with the request. The ABI has no way to read them.
func (h *HTTPStream) OnRequestMetadata(ctx context.Context, entries int) (Action, error) {
	return h.onMetadata(ctx, cbRequestMetadata, entries)
}

// OnResponseMetadata is OnRequestMetadata for the response.
func (h *HTTPStream) OnResponseMetadata(ctx context.Context, entries int) (Action, error) {
	return h.onMetadata(ctx, cbResponseMetadata, entries)
}

func (h *HTTPStream) onMetadata(ctx context.Context, cb callback, entries int) (Action, error) {
	s, v := h.stream, h.stream.vm
	if err := s.enter(ctx); err != nil {
		return ActionPause, err
	}
	defer v.unlock()
	v.stack[0] = 0 // a guest without the callback continues
	if err := v.call(ctx, cb, s.id, uint64(entries)); err != nil {
		return ActionPause, err
	}
	return v.verdict(), nil
}

// OnForeignFunction is Stream.OnForeignFunction.
func (h *HTTPStream) OnForeignFunction(ctx context.Context, function uint32, arg []byte) error {
	return h.stream.OnForeignFunction(ctx, function, arg)
}

// Close is Stream.Close.
func (h *HTTPStream) Close(ctx context.Context) { h.stream.Close(ctx) }

func (h *HTTPStream) onHeaders(ctx context.Context, cb callback, typ int, headers *Headers, end bool) (Action, error) {
	s, v := h.stream, h.stream.vm
	if err := s.enter(ctx); err != nil {
		return ActionPause, err
	}
	defer v.unlock()
	m := &s.http.maps[typ]
	m.headers, m.writable = headers, true // also for guests that look at them in another callback
	last := uint64(0)
	if end {
		last = 1
	}
	v.stack[0] = 0 // a guest without the callback continues
	if err := v.call(ctx, cb, s.id, uint64(len(*headers)), last); err != nil {
		return ActionPause, err
	}
	return s.httpVerdict(typ >= mapResponseHeaders), nil
}

func (h *HTTPStream) onBody(ctx context.Context, cb callback, typ bufferType, b Buffer, end bool) (Action, error) {
	return h.stream.onData(ctx, cb, typ, b, end)
}

// httpVerdict is the verdict of the callback that has just returned. After Continue the headers are on their way.
func (s *Stream) httpVerdict(response bool) Action {
	a := s.vm.verdict()
	if a == ActionContinue {
		s.http.handedOn(response)
	}
	return a
}

// handedOn makes the maps of a direction read-only.
func (h *httpState) handedOn(response bool) {
	first := mapRequestHeaders
	if response {
		first = mapResponseHeaders
	}
	h.maps[first].writable, h.maps[first+1].writable = false, false
}

const (
	// maxLocalBody bounds the body of a guest's answer, and maxAnswers how many it gives in one call, to requests of its VM.
	maxLocalBody = 1 << 20
	maxAnswers   = 100
)

func (v *vm) pendingAnswers() (n int) {
	for _, e := range v.events {
		if e.kind == eventLocalResponse {
			n++
		}
	}
	return n
}

// proxySendLocalResponse hands the guest's answer to the embedder. A TCP stream can't have one; as in Envoy that is no error.
func proxySendLocalResponse(v *vm, s []uint64) uint32 {
	details, ok1 := v.read(u32(s, 1), u32(s, 2))
	body, ok2 := v.read(u32(s, 3), u32(s, 4))
	pairs, ok3 := v.read(u32(s, 5), u32(s, 6))
	stream := v.streams[v.effective]
	if stream == nil || stream.http == nil {
		return uint32(StatusOK)
	}
	if !ok1 || !ok2 || !ok3 {
		return uint32(StatusInvalidMemoryAccess)
	}
	headers, ok := parsePairs(pairs)
	if !ok {
		return uint32(StatusBadArgument)
	}
	if len(body) > maxLocalBody || len(details) > maxLogBytes || v.pendingAnswers() >= maxAnswers {
		return uint32(StatusInternalFailure)
	}
	if v.effective == v.current {
		v.drop = true
	}
	v.addEvent(event{stream: stream, kind: eventLocalResponse, response: &LocalResponse{
		Status: u32(s, 0), Details: string(details), Headers: slices.Clone(headers), Body: bytes.Clone(body), GRPCStatus: int32(u32(s, 7)),
	}})
	return uint32(StatusOK)
}

// proxyContinueRequest and proxyContinueResponse are of ABI 0.1.0, in place of proxy_continue_stream.
func proxyContinueRequest(v *vm, _ []uint64) uint32  { return v.continueStream(StreamRequest) }
func proxyContinueResponse(v *vm, _ []uint64) uint32 { return v.continueStream(StreamResponse) }
