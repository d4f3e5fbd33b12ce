package dispatch

import "github.com/libnasp/libnasp/filters/proxywasm/internal/abi"

// The two ways of calling a stream's object. f is a method expression of the handler's interface, so that a call
// allocates no closure.

// Data calls a data callback. What it answers unless the handler says otherwise is Pause: the bytes don't pass.
func Data[H any, B, A ~uint32](id uint32, buf B, size uint32, end bool, f func(H, B, int, bool) (A, error)) (action A) {
	const continueAction, pause = 0, 1
	c := Find(id)
	if c == nil || c.Dead {
		return pause
	}
	h, ok := c.Value.(H)
	if !ok {
		return continueAction
	}
	action = pause // what a panic returns
	defer Leave(c, Enter(id))
	a, err := f(h, buf, int(size), end)
	if err != nil {
		Fail(c, err.Error())
		return pause
	}
	return a
}

// HTTP is Data for callbacks of HTTP requests.
func HTTP[H any, B, A ~uint32](id uint32, b B, n uint32, end bool, f func(H, B, int, bool) (A, error)) A {
	if c := Find(id); c != nil && !c.HTTP {
		c.HTTP = true
		if c.Dead { // since before it was known what it is
			abi.CloseStream(StreamRequest)
		}
	}
	return Data(id, b, n, end, f)
}

// Notify calls a callback without an answer.
func Notify[H, P any](id uint32, p P, f func(H, P)) {
	c := Find(id)
	if c == nil || c.Dead {
		return
	}
	if h, ok := c.Value.(H); ok {
		defer Leave(c, Enter(id))
		f(h, p)
	}
}
