// Command guest is the filter of package filter as a Proxy-Wasm module.
package main

import (
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/internal/testguest/filter"
)

func main() {}

func init() { proxywasm.Register(filter.NewRoot) }
