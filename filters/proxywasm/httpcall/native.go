//go:build !wasip1

package httpcall

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() {
	native.HTTPCallResponse = func(context, id, headers, body, _ uint32) { onResponse(context, id, headers, body) }
}
