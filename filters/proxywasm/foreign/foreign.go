// Package foreign lets the host call a filter by a number that the two have agreed on; the other way round it is proxywasm.CallForeignFunction.
// Importing it exports the callback.
package foreign

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// Handler is implemented by streams and roots that the host may call.
type Handler interface {
	// OnForeignFunction is called with the host's number of the function. The argument is valid until it returns. An error ends the stream.
	OnForeignFunction(function uint32, arg []byte) error
}

func onForeignFunction(context, function, size uint32) {
	dispatch.Notify(context, function, func(h Handler, function uint32) {
		arg, err := proxywasm.BufferCallData.Bytes(0, int(size))
		if err == nil {
			err = h.OnForeignFunction(function, arg)
		}
		if err != nil {
			dispatch.Fail(dispatch.Find(context), err.Error())
		}
	})
}
