//go:build !linux

package main

import "time"

var start = time.Now()

// cpuTime is the time of a clock, where that of a thread isn't to be had.
func cpuTime() time.Duration { return time.Since(start) }
