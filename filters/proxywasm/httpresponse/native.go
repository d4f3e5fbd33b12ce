//go:build !wasip1

package httpresponse

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() {
	native.ResponseHeaders = func(id, n uint32, end bool) uint32 { return uint32(onHeaders(id, n, end)) }
	native.ResponseBody = func(id, size uint32, end bool) uint32 { return uint32(onBody(id, size, end)) }
	native.ResponseTrailers = func(id, n uint32) uint32 { return uint32(onTrailers(id, n)) }
}
