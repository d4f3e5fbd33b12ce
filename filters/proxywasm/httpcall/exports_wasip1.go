package httpcall

//go:wasmexport proxy_on_http_call_response
func proxyOnHTTPCallResponse(context, id, headers, body, trailers uint32) {
	onResponse(context, id, headers, body)
}
