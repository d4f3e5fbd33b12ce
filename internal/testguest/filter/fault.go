package filter

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/connection"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
	"github.com/libnasp/libnasp/filters/proxywasm/upstream"
)

// FaultMark is what makes the callback for the client's bytes fail, and those for the server's bytes, a timer and a queue after it.
const FaultMark = "FAULT"

// fault is how and where a filter fails, by a configuration such as "fault trap downstream" or "fault trap downstream once". Where is one of
// new, connection, downstream, upstream, downstream-close, upstream-close, end, tick, queue. Once is for all VMs of the plugin together. Everything else passes.
type fault struct {
	kind, at string
	once     bool
	armed    bool // FaultMark has come
}

func faultOf(config string) *fault {
	words := strings.Fields(config)
	if len(words) < 3 || words[0] != "fault" {
		return nil
	}
	return &fault{kind: words[1], at: words[2], once: len(words) > 3}
}

// start is called when the root is configured.
func (f *fault) start() error {
	if f.at == "tick" {
		return proxywasm.SetTickPeriod(10 * time.Millisecond)
	}
	return nil
}

// here fails if this is where the filter is to fail.
func (f *fault) here(at string) error {
	if f == nil || f.at != at || f.once && !first() {
		return nil
	}
	switch f.kind {
	case "trap":
		os.Exit(3)
	case "panic":
		panic("on purpose")
	case "hang":
		for endless >= 0 {
			endless++
		}
	case "memory":
		for {
			hoard = append(hoard, make([]byte, 1<<20))
		}
	}
	return errors.New("guest: an error on purpose")
}

var (
	endless int
	hoard   [][]byte
)

// first tells whether this is the first call of it in any VM: data that VMs share survives them.
func first() bool {
	_, cas, err := proxywasm.GetSharedData("failed")
	return err != nil && proxywasm.SetSharedData("failed", []byte("yes"), cas) == nil
}

// later fails in other callbacks than that for the client's bytes, once FaultMark has come in those.
func (f *fault) later(at string) error {
	if f == nil || !f.armed {
		return nil
	}
	return f.here(at)
}

// faulty is a stream of a filter that fails.
type faulty struct{ root *root }

var (
	_ connection.Handler      = (*faulty)(nil)
	_ downstream.Handler      = (*faulty)(nil)
	_ downstream.CloseHandler = (*faulty)(nil)
	_ upstream.Handler        = (*faulty)(nil)
	_ upstream.CloseHandler   = (*faulty)(nil)
	_ proxywasm.Ender         = (*faulty)(nil)
)

func (s *faulty) OnNewConnection() (proxywasm.Action, error) {
	return proxywasm.Continue, s.root.fault.here("connection")
}

func (s *faulty) OnDownstreamData(buf proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
	b, err := buf.Bytes(0, size)
	if err != nil || !bytes.Contains(b, []byte(FaultMark)) {
		return proxywasm.Continue, err
	}
	s.root.fault.armed = true
	if s.root.fault.at == "queue" {
		err = s.root.q.Enqueue([]byte("item"))
	}
	return proxywasm.Continue, errors.Join(err, s.root.fault.here("downstream"))
}

func (s *faulty) OnUpstreamData(proxywasm.Buffer, int, bool) (proxywasm.Action, error) {
	return proxywasm.Continue, s.root.fault.later("upstream")
}

func (s *faulty) OnDownstreamClose(proxywasm.Peer) { _ = s.root.fault.here("downstream-close") }
func (s *faulty) OnUpstreamClose(proxywasm.Peer)   { _ = s.root.fault.here("upstream-close") }
func (s *faulty) OnEnd()                           { _ = s.root.fault.here("end") }
