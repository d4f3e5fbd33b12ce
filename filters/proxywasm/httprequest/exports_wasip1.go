package httprequest

//go:wasmexport proxy_on_request_headers
func proxyOnRequestHeaders(id, n uint32, end bool) uint32 { return uint32(onHeaders(id, n, end)) }

//go:wasmexport proxy_on_request_body
func proxyOnRequestBody(id, size uint32, end bool) uint32 { return uint32(onBody(id, size, end)) }

//go:wasmexport proxy_on_request_trailers
func proxyOnRequestTrailers(id, n uint32) uint32 { return uint32(onTrailers(id, n)) }
