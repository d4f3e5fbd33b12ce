package wasmhosttest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// check is one test of the kit.
type check struct {
	name string // topic/what
	// covers lists the callbacks that the check is about, and keys of semantics. Host calls with their statuses are covered where a hook
	// wants them.
	covers []string
	run    func(t *T)
}

// checks are all checks of the kit, by topic.
func checks() []check {
	return slices.Concat(bufferChecks, headerChecks, generalChecks, lifeChecks, streamChecks, sharedChecks, metricChecks, propertyChecks,
		httpChecks, wasiChecks, loadChecks, boundChecks, hostileChecks)
}

// Run runs all checks on a host, each as a subtest of t with runtimes of its own.
func Run(t *testing.T, host Host) *Report {
	r := newReport()
	for _, c := range checks() {
		t.Run(c.name, func(st *testing.T) {
			t := &T{T: st, host: host, check: c}
			r.started()
			c.run(t)
			if !st.Failed() && !st.Skipped() {
				t.report(r)
			}
		})
	}
	return r
}

// T is a running check.
type T struct {
	*testing.T
	host    Host
	check   check
	puppets []*puppet.Puppet
}

// report tells the report what the check has covered.
func (t *T) report(r *Report) {
	seen := map[string]bool{}
	for _, p := range t.puppets {
		for _, a := range p.Answers() {
			r.add(callLine(a.Call, a.Status), t.check.name)
		}
		for call := range strings.FieldsSeq(p.Calls()) {
			name, _, _ := strings.Cut(call, "(")
			seen[name] = true
		}
	}
	for _, line := range t.check.covers {
		name := strings.TrimPrefix(line, "proxy_on_")
		if strings.HasPrefix(line, "proxy_") && !seen[name] && len(t.puppets) > 0 {
			t.Errorf("the check says that it covers %s, which wasn't called", line)
		}
		r.add(line, t.check.name)
	}
}

// all is a size that means as many bytes as there are, and an address that is outside of memory.
const all = 0xffffffff

// The directions and the context ids that don't depend on the host.
const (
	request = iota
	response
	downstream
	upstream
)

// patience bounds what a check waits for. timeLimit is that of calls that should end: machines are noisy.
const (
	patience  = 30 * time.Second
	timeLimit = time.Minute
)

// setup is what a check wants to be different from the usual.
type setup struct {
	abi     string // "": 0.2.1
	module  []byte // instead of the puppet
	runtime RuntimeConfig
	plugin  PluginConfig
	stream  StreamConfig
}

func (t *T) puppet() *puppet.Puppet {
	p := puppet.New(t)
	t.puppets = append(t.puppets, p)
	return p
}

// runtime starts a runtime, whose guests p drives.
func (t *T) runtime(p *puppet.Puppet, cfg RuntimeConfig) Runtime {
	t.Helper()
	r, err := t.host.NewRuntime(t.withDefaults(p, cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (t *T) withDefaults(p *puppet.Puppet, cfg RuntimeConfig) RuntimeConfig {
	functions := map[string]func([]byte) ([]byte, Status){}
	for name, fn := range cfg.ForeignFunctions {
		functions[name] = fn
	}
	if p != nil {
		functions[puppet.FunctionName] = p.Foreign
	}
	cfg.ForeignFunctions = functions
	if cfg.Log == nil {
		cfg.Log = func(uint32, string) {}
	}
	if cfg.MemoryLimitBytes == 0 {
		cfg.MemoryLimitBytes = 256 << 20
	}
	if cfg.StorageLimitBytes == 0 {
		cfg.StorageLimitBytes = 64 << 20
	}
	return cfg
}

func (s setup) guest() []byte {
	switch {
	case s.module != nil:
		return s.module
	case s.abi != "":
		return puppet.Module(s.abi)
	}
	return puppet.Module("0.2.1")
}

func (s setup) pluginConfig() PluginConfig {
	c := s.plugin
	if c.Name == "" {
		c.Name = "kit"
	}
	if c.VMs == 0 {
		c.VMs = 1
	}
	if c.TimeLimit == 0 {
		c.TimeLimit = timeLimit
	}
	return c
}

// load starts a plugin in a runtime of its own.
func (t *T) load(p *puppet.Puppet, s setup) Plugin {
	t.Helper()
	return t.loadInto(t.runtime(p, s.runtime), s)
}

func (t *T) loadInto(r Runtime, s setup) Plugin {
	t.Helper()
	plugin, err := r.Load(t.Context(), s.guest(), s.pluginConfig())
	if err != nil {
		t.Fatal(err)
	}
	return plugin
}

func (s StreamConfig) withDefaults() StreamConfig {
	if s.Properties == nil {
		s.Properties = func([]string) ([]byte, bool) { return nil, false }
	}
	if s.Event == nil {
		s.Event = func(Event) {}
	}
	return s
}

func (t *T) stream(p Plugin, cfg StreamConfig) Stream {
	t.Helper()
	s, err := p.NewStream(t.Context(), cfg.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

func (t *T) httpStream(p Plugin, cfg StreamConfig) HTTPStream {
	t.Helper()
	s, err := p.NewHTTPStream(t.Context(), cfg.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// onData has fn run in proxy_on_downstream_data with the bytes of b, and returns the guest's decision.
func (t *T) onData(p *puppet.Puppet, s Stream, b *Buffer, fn func(g *puppet.Call)) Action {
	t.Helper()
	ran := false
	p.On("proxy_on_downstream_data", func(g *puppet.Call, _ [5]uint32) uint32 { ran = true; fn(g); return 0 })
	a, err := s.OnDownstreamData(t.Context(), b, false)
	if err != nil || !ran {
		t.Fatalf("proxy_on_downstream_data: %v, called: %v", err, ran)
	}
	return a
}

// run has fn run in proxy_on_downstream_data of a stream of its own.
func (t *T) run(s setup, b *Buffer, fn func(g *puppet.Call)) {
	t.Helper()
	p := t.puppet()
	t.onData(p, t.stream(t.load(p, s), s.stream), b, fn)
}

// runHTTP has fn run in proxy_on_request_headers, with these headers.
func (t *T) runHTTP(s setup, headers *[]Header, fn func(g *puppet.Call)) Action {
	t.Helper()
	p, ran := t.puppet(), false
	p.On("proxy_on_request_headers", func(g *puppet.Call, _ [5]uint32) uint32 { ran = true; fn(g); return 0 })
	a, err := t.httpStream(t.load(p, s), s.stream).OnRequestHeaders(t.Context(), headers, false)
	if err != nil || !ran {
		t.Fatalf("proxy_on_request_headers: %v, called: %v", err, ran)
	}
	return a
}

func data(s string) *Buffer { return &Buffer{Data: []byte(s)} }

// must reports an error of a call into a guest.
func (t *T) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want reports what a callback that should have returned an action returned instead.
func (t *T) want(want Action) func(Action, error) {
	return func(got Action, err error) {
		t.Helper()
		if got != want || err != nil {
			t.Errorf("action %d, error %v, want action %d", got, err, want)
		}
	}
}

// eventually waits for something that happens in the background.
func (t *T) eventually(what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// receive takes the next value of a channel.
func receive[V any](t *T, what string, ch <-chan V) V {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
		panic("unreachable")
	}
}

// eventLog keeps what a guest does to a stream.
type eventLog struct {
	mu     sync.Mutex
	all    []string
	signal chan Event
}

func newEventLog() *eventLog { return &eventLog{signal: make(chan Event, 1000)} }

func (l *eventLog) add(e Event) {
	l.mu.Lock()
	l.all = append(l.all, e.String())
	l.mu.Unlock()
	l.signal <- e
}

func (l *eventLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, ", ")
}

// messageLog keeps what guests log.
type messageLog struct {
	mu  sync.Mutex
	all []string
}

func (l *messageLog) add(level uint32, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf("%d:%s", level, message))
}

func (l *messageLog) messages() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func (l *messageLog) has(message string) bool { return slices.Contains(l.messages(), message) }

// failed checks that an error tells of a failure of the guest in a callback.
func (t *T) failed(err error, callback string) Failure {
	t.Helper()
	f, ok := t.host.Failure(err)
	if err == nil || !ok || f.Callback != callback {
		t.Errorf("error %v tells of a failure: %v, in %q, want one in %s", err, ok, f.Callback, callback)
	}
	return f
}

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
