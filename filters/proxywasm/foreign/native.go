//go:build !wasip1

package foreign

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() { native.ForeignFunction = onForeignFunction }
