//go:build !wasip1

package yield

// Hook is called by After, if it isn't nil. It is for tests, which set it while no filter runs: that no piece of work is too large is
// found out natively.
var Hook func(n int)

// After tells that work was done: on n bytes at about a nanosecond each, as of a scan. What takes longer counts for more bytes.
func After(n int) {
	if Hook != nil {
		Hook(n)
	}
}
