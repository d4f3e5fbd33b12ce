// Package filter is a filter for tests of the SDK and of what runs it. The first byte of what the client sends says what it does with the
// rest.
package filter

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/connection"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
	"github.com/libnasp/libnasp/filters/proxywasm/foreign"
	"github.com/libnasp/libnasp/filters/proxywasm/httpcall"
	"github.com/libnasp/libnasp/filters/proxywasm/queue"
	"github.com/libnasp/libnasp/filters/proxywasm/streamlog"
	"github.com/libnasp/libnasp/filters/proxywasm/timer"
	"github.com/libnasp/libnasp/filters/proxywasm/upstream"
)

// NewRoot makes the filter's root.
func NewRoot() proxywasm.Root { return &root{} }

type root struct {
	proxywasm.DefaultRoot
	vmConfig, config string
	calls            proxywasm.Counter
	last             proxywasm.Gauge
	sizes            proxywasm.Histogram
	q                proxywasm.QueueID
	ticks, queued    int
	fault            *fault
	newStream        func() any            // nil: a stream whose first byte says what to do
	held             []proxywasm.ContextID // streams that the next tick continues
	ending           bool
}

func (r *root) OnVMStart(config []byte) (err error) {
	r.vmConfig = string(config)
	if r.calls, err = proxywasm.DefineCounter("calls"); err != nil {
		return err
	}
	if r.last, err = proxywasm.DefineGauge("last"); err != nil {
		return err
	}
	if r.sizes, err = proxywasm.DefineHistogram("sizes"); err != nil {
		return err
	}
	r.q, err = proxywasm.RegisterSharedQueue("q")
	return err
}

func (r *root) OnConfigure(config []byte) error {
	switch r.config = string(config); r.config {
	case "refuse":
		return errors.New("guest: this configuration is refused")
	case "panic":
		panic("on purpose")
	}
	r.newStream = transformOf(r.config)
	if r.fault = faultOf(r.config); r.fault != nil {
		return r.fault.start()
	}
	return nil
}

func (r *root) NewStream() any {
	if r.newStream != nil {
		return r.newStream()
	}
	if r.fault != nil {
		_ = r.fault.here("new")
		return &faulty{r}
	}
	switch r.config {
	case "panic in NewStream":
		panic("on purpose")
	case "http":
		return request{}
	}
	return &stream{root: r}
}

func (r *root) OnTick() {
	r.ticks++
	_ = r.fault.later("tick")
	for _, id := range r.held {
		err := proxywasm.SetEffectiveContext(id)
		if err == nil {
			err = proxywasm.ContinueStream(proxywasm.StreamDownstream)
		}
		if err != nil {
			proxywasm.Log(proxywasm.LogError, err.Error())
		}
	}
	r.held = nil
	if r.ending {
		r.ending = false
		proxywasm.Log(proxywasm.LogInfo, "guest: finished, "+result(proxywasm.Done())+", again "+result(proxywasm.Done()))
	}
}

func result(err error) string {
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// OnDone has something left to do, if the configuration says so.
func (r *root) OnDone() bool {
	if r.ending = r.config == "defer the end"; r.ending {
		_ = proxywasm.SetTickPeriod(time.Millisecond)
	}
	return !r.ending
}

func (r *root) OnEnd() { proxywasm.Log(proxywasm.LogInfo, "guest: root ended") }

func (r *root) OnQueueReady(q proxywasm.QueueID) {
	_ = r.fault.later("queue")
	for {
		if _, err := q.Dequeue(); err != nil {
			return
		}
		r.queued++
	}
}

type stream struct {
	root   *root
	opened bool
}

var (
	_ connection.Handler      = (*stream)(nil)
	_ downstream.Handler      = (*stream)(nil)
	_ downstream.CloseHandler = (*stream)(nil)
	_ upstream.Handler        = (*stream)(nil)
	_ httpcall.Handler        = (*stream)(nil)
	_ foreign.Handler         = (*stream)(nil)
	_ streamlog.Handler       = (*stream)(nil)
	_ proxywasm.Ender         = (*stream)(nil)
	_ timer.Handler           = (*root)(nil)
	_ proxywasm.Deferrer      = (*root)(nil)
	_ queue.Handler           = (*root)(nil)
)

func (s *stream) OnNewConnection() (proxywasm.Action, error) {
	s.opened = true
	return proxywasm.Continue, nil
}

func (s *stream) OnDownstreamClose(peer proxywasm.Peer) {
	proxywasm.Log(proxywasm.LogInfo, "guest: closed by "+strconv.Itoa(int(peer)))
}

// OnHTTPResponse logs all of the answer.
func (s *stream) OnHTTPResponse(r httpcall.Response) {
	if r.Failed {
		proxywasm.Log(proxywasm.LogInfo, "guest: no answer to "+strconv.Itoa(int(r.ID)))
		return
	}
	status, err1 := r.Header(":status")
	_, missing := r.Header("no-such-header")
	headers, err2 := r.Headers()
	trailers, err3 := r.Trailers()
	body, err4 := r.Body()
	proxywasm.Log(proxywasm.LogInfo, "guest: answer "+status+" "+string(body)+", "+strconv.Itoa(len(headers))+" headers, "+strconv.Itoa(len(trailers))+" trailers, "+
		result(errors.Join(err1, err2, err3, err4))+", "+result(missing))
}

func (s *stream) OnForeignFunction(function uint32, arg []byte) error {
	if function == 0 {
		return errors.New("guest: function 0 fails")
	}
	proxywasm.Log(proxywasm.LogInfo, "guest: function "+strconv.Itoa(int(function))+" of "+string(arg))
	return nil
}

func (s *stream) OnLog() { proxywasm.Log(proxywasm.LogInfo, "guest: stream logged") }

func (s *stream) OnEnd() { proxywasm.Log(proxywasm.LogInfo, "guest: stream ended") }

func (s *stream) OnUpstreamData(buf proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
	return proxywasm.Continue, upper(buf, size)
}

func (s *stream) OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	if size == 0 {
		return proxywasm.Continue, nil
	}
	first, err := buf.Bytes(0, 1)
	if err != nil {
		return proxywasm.Pause, err
	}
	if f := commands[first[0]]; f != nil {
		return f(s, buf, size)
	}
	return proxywasm.Continue, nil
}

var commands = map[byte]func(s *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error){
	'U': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		return proxywasm.Continue, upper(buf, size)
	},
	'P': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		b, _ := buf.Bytes(0, size)
		panic(string(b)) // which must not be logged
	},
	'I': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		b, _ := buf.Bytes(0, size)
		return proxywasm.Action(b[size]), nil // out of range
	},
	'E': func(*stream, proxywasm.Buffer, int) (proxywasm.Action, error) {
		return proxywasm.Continue, errors.New("guest: an error on purpose")
	},
	'X': func(*stream, proxywasm.Buffer, int) (proxywasm.Action, error) {
		os.Exit(3) // ends the VM
		return proxywasm.Continue, nil
	},
	'H': func(*stream, proxywasm.Buffer, int) (proxywasm.Action, error) { return proxywasm.Pause, nil },
	'C': func(*stream, proxywasm.Buffer, int) (proxywasm.Action, error) {
		return proxywasm.Continue, proxywasm.CloseStream(proxywasm.StreamDownstream)
	},
	// D reads the buffer at many depths of the stack: the allocator is called on this stack and makes it move.
	'D': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		return proxywasm.Continue, deep(buf, size, 200)
	},
	// B reads the buffer into memory of its own, at many depths of the stack.
	'B': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		if err := buf.Read(make([]byte, 1), size); err == nil {
			return proxywasm.Pause, errors.New("guest: a byte was read that isn't there")
		}
		return proxywasm.Continue, deepInto(buf, size, 200)
	},
	// T waits for a tick.
	'T': func(s *stream, _ proxywasm.Buffer, _ int) (proxywasm.Action, error) {
		s.root.held = append(s.root.held, proxywasm.CurrentContext())
		return proxywasm.Pause, proxywasm.SetTickPeriod(time.Millisecond)
	},
	// S sets a context that isn't there, and then one that makes no difference to the end of the stream.
	'S': func(*stream, proxywasm.Buffer, int) (proxywasm.Action, error) {
		if err := proxywasm.SetEffectiveContext(9999); err != proxywasm.ErrBadArgument {
			return proxywasm.Pause, errors.New("guest: context 9999 was accepted")
		}
		if err := proxywasm.SetEffectiveContext(1); err != nil {
			return proxywasm.Pause, err
		}
		panic("on purpose, in another context")
	},
	// W sends an HTTP request to the destination that follows.
	'W': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		b, err := buf.Bytes(1, size-1)
		if err != nil {
			return proxywasm.Pause, err
		}
		_, err = httpcall.Send(string(b), httpcall.Request{
			Headers: []proxywasm.Header{{Name: ":method", Value: "POST"}, {Name: ":path", Value: "/path"}, {Name: ":authority", Value: "host"}, {Name: "a", Value: "b"}},
			Body:    []byte("request"), Timeout: 5 * time.Second,
		})
		_, incomplete := httpcall.Send(string(b), httpcall.Request{})
		return proxywasm.Continue, buf.ReplacePrefix(size, []byte(result(err)+", "+result(incomplete)))
	},
	// A reads twice, and the two results must not share memory.
	'A': func(_ *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
		one, err := buf.Bytes(0, size)
		if err != nil {
			return proxywasm.Pause, err
		}
		two, err := buf.Bytes(0, size)
		if err != nil {
			return proxywasm.Pause, err
		}
		clear(one)
		return proxywasm.Continue, buf.ReplacePrefix(size, two)
	},
	'R': report,
}

func upper(buf proxywasm.Buffer, size int) error {
	b, err := buf.Bytes(0, size)
	if err != nil {
		return err
	}
	return buf.ReplacePrefix(size, []byte(strings.ToUpper(string(b))))
}

func deep(buf proxywasm.Buffer, size, depth int) error {
	var frame [64]byte // makes each step take room on the stack
	b, err := buf.Bytes(0, size)
	if err != nil {
		return err
	}
	if len(b) != size || b[0] != 'D' {
		return errors.New("guest: other bytes than there are in the buffer")
	}
	copy(frame[:], b)
	if depth > 0 {
		err = deep(buf, size, depth-1)
	}
	if frame[0] != 'D' {
		return errors.New("guest: the stack is damaged")
	}
	return err
}

func deepInto(buf proxywasm.Buffer, size, depth int) error {
	own := make([]byte, size)
	if err := buf.Read(own, 0); err != nil {
		return err
	}
	if own[0] != 'B' || own[size-1] != 'x' {
		return errors.New("guest: other bytes than there are in the buffer")
	}
	if depth > 0 {
		return deepInto(buf, size, depth-1)
	}
	return nil
}

// report replaces the buffer by the results of all host calls that return something.
func report(s *stream, buf proxywasm.Buffer, size int) (proxywasm.Action, error) {
	var out []string
	add := func(name, value string, err error) {
		if err != nil {
			value = err.Error()
		}
		out = append(out, name+"="+value)
	}
	add("vm", s.root.vmConfig, nil)
	add("config", s.root.config, nil)
	add("opened", strconv.FormatBool(s.opened), nil)
	n, err := buf.Len()
	add("len", strconv.Itoa(n), err)
	_, err = buf.Bytes(size, 1)
	add("beyond", "", err)
	p, err := proxywasm.GetProperty("source", "address")
	add("source", string(p), err)
	_, err = proxywasm.GetProperty("nothing", "like", "that")
	add("missing", "", err)
	add("set", "ok", proxywasm.SetProperty([]byte("v"), "mine"))
	p, err = proxywasm.GetProperty("mine")
	add("mine", string(p), err)
	add("inc", "ok", errors.Join(s.root.calls.Add(3), s.root.calls.Add(0), s.root.last.Set(7), s.root.last.Add(-2), s.root.sizes.Observe(9)))
	v, err := s.root.calls.Get()
	add("calls", strconv.FormatUint(v, 10), err)
	v, err = s.root.last.Get()
	add("last", strconv.FormatUint(v, 10), err)
	add("put", "ok", proxywasm.SetSharedData("k", []byte("shared"), 0))
	p, cas, err := proxywasm.GetSharedData("k")
	add("got", string(p), err)
	add("cas", "ok", proxywasm.SetSharedData("k", []byte("again"), cas))
	add("stale", "ok", proxywasm.SetSharedData("k", []byte("never"), cas))
	_, err = proxywasm.ResolveSharedQueue("", "no such queue")
	add("resolve", "ok", err)
	add("enqueue", "ok", s.root.q.Enqueue([]byte("item")))
	_, err = proxywasm.CallForeignFunction("no such function", nil)
	add("foreign", "ok", err)
	packed, err := proxywasm.CallForeignFunction("compress", []byte("text"))
	if err == nil {
		packed, err = proxywasm.CallForeignFunction("uncompress", packed)
	}
	add("zlib", string(packed), err)
	now, err := proxywasm.Now()
	add("clock", strconv.FormatBool(time.Since(now).Abs() < time.Minute), err)
	add("tick", "ok", proxywasm.SetTickPeriod(0))
	_, err = proxywasm.GetLogLevel()
	add("level", "ok", err)
	return proxywasm.Continue, buf.ReplacePrefix(size, []byte(strings.Join(out, "\n")))
}
