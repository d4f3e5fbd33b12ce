// Package dispatch is what the packages of callbacks share: the table of contexts, and the guard around each callback.
package dispatch

import (
	"runtime"

	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
)

// The stream types of a request and of bytes from the client (spec, "proxy_stream_type_t").
const (
	StreamRequest    = 0
	StreamDownstream = 2
)

// LogError is the log level of errors.
const LogError = 4

// FailStream is the foreign function that tells nasp's host why a stream ends. A host that doesn't know it answers "not
// found", which is as good: the reason is in the log too.
const FailStream = "nasp_fail_stream"

// Context is one context of the host: a root (Parent is nil) or a stream.
type Context struct {
	ID     uint32
	Parent *Context
	Value  any  // the filter's own object
	Dead   bool // the filter failed: it isn't called again, and no bytes pass
	HTTP   bool // it is an HTTP request
}

var (
	contexts = map[uint32]*Context{}
	last     *Context // the context of the last call: streams come in runs
	depth    int      // callbacks under way; above 1 the host called back from within a host call
	current  uint32   // the context that the callback is for

	// AtEnd is called when a callback is over, if it isn't nil.
	AtEnd func()
)

// Current returns the id of the context that the running callback is for, 0 outside of one.
func Current() uint32 { return current }

// Running tells whether a callback is under way.
func Running() bool { return depth > 0 }

// Add puts a context into the table.
func Add(c *Context) { contexts[c.ID] = c }

// Remove takes a context out of the table.
func Remove(id uint32) {
	if last != nil && last.ID == id {
		last = nil
	}
	delete(contexts, id)
}

// Find returns a context, or nil.
func Find(id uint32) *Context {
	if last != nil && last.ID == id {
		return last
	}
	c := contexts[id]
	if c != nil {
		last = c
	}
	return c
}

// Len returns the number of contexts.
func Len() int { return len(contexts) }

// Enter begins a callback for the context of this id. What host calls return lives until the next outermost Enter. It returns what Leave
// takes: the context of the callback around this one.
func Enter(id uint32) (around uint32) {
	if depth == 0 {
		abi.ResetArena()
	}
	depth++
	around, current = current, id
	return around
}

// Leave ends a callback and is called by defer. It recovers a panic: the bytes of one stream can't take a VM down, with
// the streams of all others. c is the stream that a panic ends, nil where there is none.
func Leave(c *Context, around uint32) {
	if v := recover(); v != nil {
		if c != nil {
			Fail(c, reason(v))
		} else {
			abi.Log(LogError, reason(v))
		}
	}
	if depth--; depth == 0 && AtEnd != nil {
		AtEnd()
	}
	current = around
}

// Fail ends the stream of c: it is closed, and its filter is never called again. The filters of other streams in this
// VM go on. A root isn't ended, since all streams stand on it.
func Fail(c *Context, reason string) {
	if c.Dead {
		return
	}
	abi.Log(LogError, reason)
	if c.Parent == nil {
		return
	}
	c.Dead = true
	_ = abi.SetEffectiveContext(0) // the filter may have set another one
	_, _ = abi.CallForeignFunction(FailStream, []byte(reason))
	if c.HTTP {
		abi.CloseStream(StreamRequest)
		return
	}
	abi.CloseStream(StreamDownstream)
}

// reason describes the value of a panic. Values other than the runtime's own errors may hold bytes of a stream, so they
// are named by kind only.
func reason(v any) string {
	if e, ok := v.(runtime.Error); ok {
		return "proxywasm: the filter panicked: " + e.Error()
	}
	return "proxywasm: the filter panicked (the value is withheld: it may hold bytes of the stream)"
}
