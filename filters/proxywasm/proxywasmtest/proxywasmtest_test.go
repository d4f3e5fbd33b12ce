package proxywasmtest_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/connection"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/filters/proxywasm/queue"
	"github.com/libnasp/libnasp/filters/proxywasm/timer"
	"github.com/libnasp/libnasp/filters/proxywasm/upstream"
)

// root is a filter whose callbacks are the tests' own.
type root struct {
	proxywasm.DefaultRoot
	start func() error
	tick  func()
	ready func(proxywasm.QueueID)
	data  func(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error)
	open  func() proxywasm.Action
	ended int
}

func (r *root) OnVMStart([]byte) error {
	if r.start == nil {
		return nil
	}
	return r.start()
}
func (r *root) NewStream() any                   { return &stream{r} }
func (r *root) OnTick()                          { r.tick() }
func (r *root) OnQueueReady(q proxywasm.QueueID) { r.ready(q) }

type stream struct{ root *root }

var (
	_ timer.Handler           = (*root)(nil)
	_ queue.Handler           = (*root)(nil)
	_ connection.Handler      = (*stream)(nil)
	_ downstream.Handler      = (*stream)(nil)
	_ upstream.Handler        = (*stream)(nil)
	_ upstream.CloseHandler   = (*stream)(nil)
	_ proxywasm.Ender         = (*stream)(nil)
	_ downstream.CloseHandler = (*stream)(nil)
)

func (s *stream) OnNewConnection() (proxywasm.Action, error) {
	if s.root.open == nil {
		return proxywasm.Continue, nil
	}
	return s.root.open(), nil
}

func (s *stream) OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return s.root.data(buf, size, end)
}

func (s *stream) OnUpstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return s.root.data(buf, size, end)
}

func (s *stream) OnDownstreamClose(p proxywasm.Peer) {
	proxywasm.Log(proxywasm.LogInfo, "downstream "+string('0'+rune(p)))
}

func (s *stream) OnUpstreamClose(p proxywasm.Peer) {
	proxywasm.Log(proxywasm.LogInfo, "upstream "+string('0'+rune(p)))
}

func (s *stream) OnEnd() { s.root.ended++ }

func start(t *testing.T, r *root, config proxywasmtest.Config) *proxywasmtest.Host {
	t.Helper()
	h, err := proxywasmtest.Start(t, func() proxywasm.Root { return r }, config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPauseAccumulates(t *testing.T) {
	var sizes []int
	r := &root{data: func(_ proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
		sizes = append(sizes, size)
		if end {
			return proxywasm.Continue, nil
		}
		return proxywasm.Pause, nil
	}}
	s := start(t, r, proxywasmtest.Config{}).Open()
	for direction, send := range map[string]func([]byte, bool) ([]byte, proxywasm.Action){"down": s.Downstream, "up": s.Upstream} {
		sizes = nil
		for _, b := range []string{"ab", "c"} {
			if passed, action := send([]byte(b), false); passed != nil || action != proxywasm.Pause {
				t.Errorf("%s: %q, %v", direction, passed, action)
			}
		}
		if passed, _ := send([]byte("d"), true); string(passed) != "abcd" || len(sizes) != 3 || sizes[1] != 3 {
			t.Errorf("%s: %q passed, the filter saw %d bytes", direction, passed, sizes)
		}
	}
}

func TestEdits(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(buf proxywasm.Buffer, size int) error
		want string
		err  error
	}{
		"prepend":        {func(b proxywasm.Buffer, _ int) error { return b.ReplacePrefix(0, []byte("<")) }, "<abc", nil},
		"replace a part": {func(b proxywasm.Buffer, _ int) error { return b.ReplacePrefix(2, []byte("-")) }, "-c", nil},
		"replace all":    {func(b proxywasm.Buffer, n int) error { return b.ReplacePrefix(n, nil) }, "", nil},
		"too much":       {func(b proxywasm.Buffer, n int) error { return b.ReplacePrefix(n+9, []byte("-")) }, "-", nil},
		"append":         {func(b proxywasm.Buffer, _ int) error { return b.Append([]byte(">")) }, "abc>", nil},
		"configuration": {func(proxywasm.Buffer, int) error {
			return proxywasm.BufferPluginConfiguration.Append([]byte("x"))
		}, "abc", proxywasm.ErrBadArgument},
		"other direction": {func(proxywasm.Buffer, int) error {
			return proxywasm.BufferUpstreamData.Append([]byte("x"))
		}, "abc", proxywasm.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			r := &root{data: func(buf proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
				if err := test.edit(buf, size); err != test.err {
					t.Errorf("got %v, want %v", err, test.err)
				}
				return proxywasm.Continue, nil
			}}
			if got, _ := start(t, r, proxywasmtest.Config{}).Open().Downstream([]byte("abc"), false); string(got) != test.want {
				t.Errorf("%q passed, want %q", got, test.want)
			}
		})
	}
}

// TestKeptBytesAreOverwritten: what a host call returned is valid until the callback returns.
func TestKeptBytesAreOverwritten(t *testing.T) {
	var kept []byte
	r := &root{data: func(buf proxywasm.Buffer, size int, _ bool) (action proxywasm.Action, err error) {
		if kept == nil {
			kept, err = buf.Bytes(0, size)
		}
		return proxywasm.Continue, err
	}}
	s := start(t, r, proxywasmtest.Config{}).Open()
	if passed, _ := s.Downstream([]byte("abc"), false); string(passed) != "abc" {
		t.Errorf("%q passed", passed)
	}
	s.Downstream([]byte("def"), false)
	if bytes.Equal(kept, []byte("abc")) {
		t.Error("the bytes are still there")
	}
}

func TestTickResumesAndCloses(t *testing.T) {
	paused := func(proxywasm.Buffer, int, bool) (proxywasm.Action, error) {
		return proxywasm.Pause, proxywasm.ContinueStream(proxywasm.StreamDownstream)
	}
	r := &root{start: func() error { return proxywasm.SetTickPeriod(20 * time.Millisecond) }, data: paused}
	ticks := 0
	r.tick = func() {
		ticks++
		if err := proxywasm.CloseStream(proxywasm.StreamDownstream); err == nil {
			t.Error("a stream is closed though none is in effect")
		}
		if err := proxywasm.SetTickPeriod(0); err != nil {
			t.Error(err)
		}
	}
	r.open = func() proxywasm.Action { return proxywasm.Pause }
	h := start(t, r, proxywasmtest.Config{})
	s := h.Open()
	if !s.Held() {
		t.Error("the new connection isn't held back")
	}
	if passed, _ := s.Downstream([]byte("abc"), false); passed != nil {
		t.Errorf("%q passed", passed)
	}
	if got := s.Resumed(proxywasm.StreamDownstream); string(got) != "abc" || s.Held() {
		t.Errorf("%q was resumed, held: %t", got, s.Held())
	}
	if got := s.Resumed(proxywasm.StreamDownstream); got != nil {
		t.Errorf("%q was resumed again", got)
	}
	if h.TickPeriod() != 20*time.Millisecond {
		t.Errorf("the period is %v", h.TickPeriod())
	}
	h.Tick()
	h.Tick()
	if ticks != 1 {
		t.Errorf("%d ticks, want one: then the filter stopped them", ticks)
	}
	r.data = func(proxywasm.Buffer, int, bool) (proxywasm.Action, error) {
		return proxywasm.Continue, proxywasm.CloseStream(proxywasm.StreamDownstream)
	}
	if passed, _ := s.Downstream([]byte("abc"), false); passed != nil || !s.Closed() {
		t.Errorf("%q passed when the filter closed the stream", passed)
	}
}

func TestQueues(t *testing.T) {
	var q proxywasm.QueueID
	var got []string
	r := &root{start: func() (err error) { q, err = proxywasm.RegisterSharedQueue("q"); return err }}
	r.ready = func(ready proxywasm.QueueID) {
		for ready == q {
			b, err := q.Dequeue()
			if err == proxywasm.ErrEmpty {
				return
			}
			got = append(got, string(b))
		}
	}
	r.data = func(buf proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
		same, err := proxywasm.ResolveSharedQueue("mine", "q")
		_, foreign := proxywasm.ResolveSharedQueue("other", "q")
		if err != nil || same != q || foreign != proxywasm.ErrNotFound {
			t.Errorf("%v, %v, %v", same, err, foreign)
		}
		if err := (q + 1).Enqueue(nil); err != proxywasm.ErrNotFound {
			t.Errorf("got %v", err)
		}
		return proxywasm.Continue, errors.Join(q.Enqueue([]byte("a")), q.Enqueue([]byte("b")))
	}
	start(t, r, proxywasmtest.Config{VMID: "mine"}).Open().Downstream([]byte("x"), false)
	if strings.Join(got, " ") != "a b" {
		t.Errorf("the filter took %q", got)
	}
}

func TestMetrics(t *testing.T) {
	var c proxywasm.Counter
	var g proxywasm.Gauge
	r := &root{start: func() error {
		var err [4]error
		c, err[0] = proxywasm.DefineCounter("c")
		again, e := proxywasm.DefineCounter("c")
		g, err[1] = proxywasm.DefineGauge("g")
		h, e2 := proxywasm.DefineHistogram("h")
		err[2], err[3] = e, e2
		if again == c {
			t.Error("the second definition has the id of the first")
		}
		return errors.Join(append(err[:], c.Add(2), again.Add(3), g.Set(9), g.Add(-2), h.Observe(4), h.Observe(5))...)
	}}
	h := start(t, r, proxywasmtest.Config{})
	for name, want := range map[string]uint64{"c": 5, "g": 7, "h": 9} {
		if v, ok := h.Metric(name); v != want || !ok {
			t.Errorf("%s is %d, %t, want %d", name, v, ok, want)
		}
	}
	if _, ok := h.Metric("other"); ok {
		t.Error("there is a metric that nobody defined")
	}
}

func TestStreamsEnd(t *testing.T) {
	r := &root{}
	h := start(t, r, proxywasmtest.Config{})
	one := h.Open()
	h.Open()
	one.UpstreamClosed(proxywasm.PeerRemote)
	one.DownstreamClosed(proxywasm.PeerLocal)
	one.Close()
	one.Close()
	one.DownstreamClosed(proxywasm.PeerLocal)
	if r.ended != 1 {
		t.Errorf("%d streams were told of their end, want 1", r.ended)
	}
	log := h.Log()
	if len(log) != 2 || log[0].Message != "upstream 2" || log[1].Message != "downstream 1" || log[0].Level != proxywasm.LogInfo {
		t.Errorf("the filter logged %v", log)
	}
	h.Close()
	h.Close()
	if r.ended != 2 {
		t.Errorf("%d streams were told of their end, want both", r.ended)
	}
}

func TestFailure(t *testing.T) {
	r := &root{data: func(proxywasm.Buffer, int, bool) (proxywasm.Action, error) {
		return proxywasm.Continue, errors.New("no")
	}}
	s := start(t, r, proxywasmtest.Config{}).Open()
	if passed, _ := s.Downstream([]byte("abc"), false); passed != nil || !s.Closed() || s.Failure() != "no" {
		t.Errorf("%q passed, closed: %t, failure: %q", passed, s.Closed(), s.Failure())
	}
}

// TestHostsFollowEachOther: a filter that refuses to start leaves nothing behind.
func TestHostsFollowEachOther(t *testing.T) {
	refusing := &root{start: func() error { return errors.New("refused on purpose") }}
	_, err := proxywasmtest.Start(t, func() proxywasm.Root { return refusing }, proxywasmtest.Config{})
	if err == nil || !strings.Contains(err.Error(), "refused on purpose") {
		t.Errorf("got %v", err)
	}
	for range 2 {
		h := start(t, &root{}, proxywasmtest.Config{})
		h.Open()
		h.Close()
	}
}

func TestForeignFunctions(t *testing.T) {
	r := &root{data: func(proxywasm.Buffer, int, bool) (proxywasm.Action, error) {
		b, err := proxywasm.CallForeignFunction("double", []byte("ab"))
		if string(b) != "abab" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := proxywasm.CallForeignFunction("broken", nil); err != proxywasm.ErrInternalFailure {
			t.Errorf("got %v", err)
		}
		if _, err := proxywasm.CallForeignFunction("uncompress", []byte("not zlib")); err != proxywasm.ErrInternalFailure {
			t.Errorf("got %v", err)
		}
		now, err := proxywasm.Now()
		if now.Unix() != 42 || err != nil {
			t.Errorf("%v, %v", now, err)
		}
		return proxywasm.Continue, nil
	}}
	start(t, r, proxywasmtest.Config{
		Now: func() time.Time { return time.Unix(42, 0) },
		ForeignFunctions: map[string]func([]byte) ([]byte, error){
			"double": func(b []byte) ([]byte, error) { return append(b, b...), nil },
			"broken": func([]byte) ([]byte, error) { return nil, errors.New("broken") },
		},
	}).Open().Downstream([]byte("x"), false)
}
