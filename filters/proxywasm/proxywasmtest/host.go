//go:build !wasip1

// Package proxywasmtest is a Proxy-Wasm host made of Go: with it a filter of package proxywasm is tested natively, without building a
// module, with a debugger, coverage and the race detector.
//
//	host, err := proxywasmtest.Start(t, newRoot, proxywasmtest.Config{Configuration: []byte(`{"a": 1}`)})
//	if err != nil {
//		t.Fatal(err) // the filter refuses its configuration
//	}
//	stream := host.Open()
//	passed, action := stream.Downstream([]byte("from the client"), false)
//
// It is as strict as the strictest of the hosts that filters meet: replacing bytes in the middle of a buffer is refused, as Envoy does;
// bytes that a host call returned are overwritten when the callback is over, so that a filter that keeps them is found out.
//
// As in a VM all is one thread: a Host and its streams belong to the goroutine of the test. Since a filter's contexts are kept in
// package proxywasm, there is one Host at a time, and tests with one can't be parallel.
package proxywasmtest

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
)

// Config configures a Host. Its zero value works.
type Config struct {
	// VMConfiguration and Configuration are given to OnVMStart and OnConfigure.
	VMConfiguration, Configuration []byte
	// VMID is the name under which the filter's shared data and queues are.
	VMID string
	// Properties answers GetProperty in the format of the ABI; nil: there is none but those that the filter sets.
	Properties func(path []string) ([]byte, bool)
	// ForeignFunctions can be called by the filter, besides compress and uncompress (zlib). An error is status InternalFailure.
	ForeignFunctions map[string]func(arg []byte) ([]byte, error)
	// HTTPDestinations are the names that the filter may send HTTP requests to. The test answers them: see Host.HTTPCalls.
	HTTPDestinations []string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Host runs one filter, as one VM does.
type Host struct {
	t       testing.TB
	config  Config
	lastID  uint32
	streams map[uint32]*Stream
	running *Stream  // whose callback is running; nil: the root
	current *Stream  // the effective context, which is the same unless the filter sets another one
	given   [][]byte // what host calls have returned since the last callback began
	period  time.Duration
	log     []LogLine
	shared  map[string]sharedValue
	lastCAS uint32
	queues  []*queue
	waiting []uint32 // queues whose readiness the filter hasn't been told of
	metrics metrics
	closed  bool
	ending  bool // OnDone was called
	done    bool // and the filter has finished
	calls   []*HTTPCall

	lastCall uint32
	answer   *HTTPResponse // while the filter is told of it
	data     []byte        // of the call of a foreign function
}

// LogLine is what a filter has logged.
type LogLine struct {
	Level   proxywasm.LogLevel
	Message string
}

// rootID is the id of the root context.
const rootID = 1

var running atomic.Bool

// Start runs a filter until the test ends. The error is that of a filter that refuses its configuration. It fails the test if there is
// another Host.
func Start(t testing.TB, newRoot func() proxywasm.Root, config Config) (*Host, error) {
	t.Helper()
	if !running.CompareAndSwap(false, true) {
		t.Fatal("proxywasmtest: there is another Host: call its Close first, and run tests that have one in sequence")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	h := &Host{t: t, config: config, lastID: rootID, streams: map[uint32]*Stream{}, shared: map[string]sharedValue{}}
	abi.Host = calls{h}
	proxywasm.Register(newRoot)
	t.Cleanup(h.Close)
	h.call(nil, func() { native.ContextCreate(rootID, 0) })
	ok := false
	h.call(nil, func() { ok = native.VMStart(rootID, uint32(len(config.VMConfiguration))) })
	if ok {
		h.call(nil, func() { ok = native.Configure(rootID, uint32(len(config.Configuration))) })
	}
	if !ok {
		h.Close()
		return nil, errors.New("proxywasmtest: the filter refuses to start; it logged:\n" + h.logText())
	}
	return h, nil
}

// Close ends all streams and the filter, so that another Host can start. Calling it again does nothing.
func (h *Host) Close() {
	if h.closed {
		return
	}
	h.closed = true
	for _, s := range h.streams {
		s.Close()
	}
	h.finish()
	if native.Log != nil {
		h.call(nil, func() { native.Log(rootID) })
	}
	h.call(nil, func() { native.Delete(rootID) })
	abi.Host = nil
	running.Store(false)
}

// maxEndTicks is how often the timer of a filter that has deferred its end is called before the test fails.
const maxEndTicks = 100

// finish ends the root. While it defers that its timer goes on.
func (h *Host) finish() {
	h.ending = true
	h.call(nil, func() { h.done = native.Done(rootID) })
	for range maxEndTicks {
		if h.done {
			return
		}
		h.Tick()
	}
	h.t.Error("proxywasmtest: the filter has deferred its end, and never calls Done from OnTick")
}

// call runs a callback in a context, and then what the host does once it is over.
func (h *Host) call(s *Stream, callback func()) {
	h.run(s, callback)
	for range maxNotices {
		if len(h.waiting) == 0 {
			return
		}
		q := h.waiting[0]
		h.waiting = h.waiting[1:]
		if native.QueueReady != nil {
			h.run(nil, func() { native.QueueReady(rootID, q) })
		}
	}
	h.t.Errorf("proxywasmtest: the filter fills its queues from OnQueueReady without end")
	h.waiting = nil
}

// maxNotices is more than any test needs.
const maxNotices = 100_000

// run runs one callback.
func (h *Host) run(s *Stream, callback func()) {
	// Bytes that a filter has kept from an earlier callback are others now.
	for _, b := range h.given {
		for i := range b {
			b[i] = 0xdb
		}
	}
	h.given = h.given[:0]
	h.running, h.current = s, s
	callback()
	h.running, h.current = nil, nil // the effective context never leaks into the next call
	for _, s := range h.streams {
		s.settle()
	}
}

// give copies what a host call returns.
func (h *Host) give(b []byte) []byte {
	out := append(make([]byte, 0, len(b)), b...)
	h.given = append(h.given, out)
	return out
}

// Tick calls the filter's timer, if it has set one.
func (h *Host) Tick() {
	if native.Tick != nil && h.period > 0 {
		h.call(nil, func() { native.Tick(rootID) })
	}
}

// TickPeriod returns what the filter has set by SetTickPeriod, 0 if nothing.
func (h *Host) TickPeriod() time.Duration { return h.period }

// Log returns what the filter has logged so far.
func (h *Host) Log() []LogLine { return h.log }

func (h *Host) logText() string {
	var b strings.Builder
	for _, l := range h.log {
		b.WriteString(l.Message + "\n")
	}
	return b.String()
}

// Metric returns the value of a counter or gauge, or the sum of what was recorded in a histogram; false if the filter hasn't defined it.
func (h *Host) Metric(name string) (uint64, bool) { return h.metrics.byName(name) }
