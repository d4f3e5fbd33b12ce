//go:build !wasip1

package streamlog

import "github.com/libnasp/libnasp/filters/proxywasm/internal/native"

func init() { native.Log = onLog }
