//go:build !wasip1

package proxywasm

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() {
	native.ContextCreate = onContextCreate
	native.VMStart = onVMStart
	native.Configure = onConfigure
	native.Done = onDone
	native.Delete = onDelete
}
