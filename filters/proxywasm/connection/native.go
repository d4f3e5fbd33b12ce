//go:build !wasip1

package connection

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() { native.NewConnection = func(id uint32) uint32 { return uint32(onNewConnection(id)) } }
