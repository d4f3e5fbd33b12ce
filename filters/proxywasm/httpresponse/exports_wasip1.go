package httpresponse

//go:wasmexport proxy_on_response_headers
func proxyOnResponseHeaders(id, n uint32, end bool) uint32 { return uint32(onHeaders(id, n, end)) }

//go:wasmexport proxy_on_response_body
func proxyOnResponseBody(id, size uint32, end bool) uint32 { return uint32(onBody(id, size, end)) }

//go:wasmexport proxy_on_response_trailers
func proxyOnResponseTrailers(id, n uint32) uint32 { return uint32(onTrailers(id, n)) }
