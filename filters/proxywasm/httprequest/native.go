//go:build !wasip1

package httprequest

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() {
	native.RequestHeaders = func(id, n uint32, end bool) uint32 { return uint32(onHeaders(id, n, end)) }
	native.RequestBody = func(id, size uint32, end bool) uint32 { return uint32(onBody(id, size, end)) }
	native.RequestTrailers = func(id, n uint32) uint32 { return uint32(onTrailers(id, n)) }
}
