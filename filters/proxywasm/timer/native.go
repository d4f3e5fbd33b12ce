//go:build !wasip1

package timer

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() { native.Tick = onTick }
