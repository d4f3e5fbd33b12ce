package kafka

import "runtime"

// collectGarbage makes room for a large frame. A guest's memory is bounded, and its runtime would ask the host for more before it has
// collected the large frame before.
func collectGarbage() { runtime.GC() }
