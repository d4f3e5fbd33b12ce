package wasmhosttest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// RunSDK checks that a guest built with an SDK works on streams. What the guest does depends on the first word of the bytes from the client:
//
//	pause     waits until they end in a dot, or in the end of the stream
//	hold      waits until a tick resumes them
//	start     puts < before them
//	end       puts > behind them
//	middle    makes the first # of them [middle]
//	replace   makes them "replaced"
//	shared    adds one to a number in shared data, checks that an outdated CAS is refused, and answers with the number
//	queue     puts them into a queue, and counts in interop.dequeued what a callback takes from it
//	metrics   uses each kind of metric, and answers with the values
//	property  answers with the client's address
//	close     closes the connection
//
// Other bytes pass; those from the server become upper-case. Connections, their ends and ticks are counted in metrics named interop.…; the
// configurations are logged, and the plugin configuration "refuse" is refused.
func RunSDK(t *testing.T, host Host, module []byte) {
	for _, c := range []struct {
		name string
		run  func(t *sdkTest)
	}{
		{"edits", sdkEdits},
		{"pause", sdkPause},
		{"tick resumes", sdkTick},
		{"close", sdkClose},
		{"metrics", sdkMetrics},
		{"life of a stream", sdkLife},
		{"shared data", sdkSharedData},
		{"queue", sdkQueue},
		{"configuration", sdkConfiguration},
		{"many streams", sdkManyStreams},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(&sdkTest{T: &T{T: t, host: host}, module: module}) })
	}
}

type sdkTest struct {
	*T
	module []byte
}

func (t *sdkTest) guest(cfg PluginConfig) Plugin {
	t.Helper()
	return t.load(nil, setup{module: t.module, plugin: cfg})
}

// connection keeps the bytes of a stream while its guest pauses.
type connection struct {
	Stream
	t      *sdkTest
	held   Buffer
	events *eventLog
}

const clientAddress = "192.0.2.7:4711"

func (t *sdkTest) connect(p Plugin) *connection {
	t.Helper()
	c := &connection{t: t, events: newEventLog()}
	c.Stream = t.stream(p, StreamConfig{Event: c.events.add, Properties: func(path []string) ([]byte, bool) {
		return []byte(clientAddress), slices.Equal(path, []string{"source", "address"})
	}})
	t.want(Continue)(c.OnNewConnection(t.Context()))
	return c
}

// send shows the guest more bytes from the client, and returns what goes on to the server.
func (c *connection) send(text string, end bool) (string, Action) {
	c.t.Helper()
	c.held.Data = append(c.held.Data, text...)
	a, err := c.OnDownstreamData(c.t.Context(), &c.held, end)
	c.t.must(err)
	if a != Continue {
		return "", a
	}
	out := c.held.String()
	c.held.Data = nil
	return out, a
}

func (c *connection) expect(sent, want string) {
	c.t.Helper()
	if got, a := c.send(sent, false); got != want || a != Continue {
		c.t.Errorf("%.40q became %.40q (%d bytes), action %d; want %.40q (%d bytes)", sent, got, len(got), a, want, len(want))
	}
}

// metric returns the metric of that name, or a zero one.
func metric(p Plugin, name string) Metric {
	all := p.Metrics()
	if i := slices.IndexFunc(all, func(m Metric) bool { return m.Name == name }); i >= 0 {
		return all[i]
	}
	return Metric{}
}

func sdkEdits(t *sdkTest) {
	c := t.connect(t.guest(PluginConfig{}))
	long := strings.Repeat("many bytes ", 300_000)
	for _, tt := range []struct{ sent, want string }{
		{"as it is", "as it is"},
		{"start of all", "<start of all"},
		{"end of all", "end of all>"},
		{"middle # of # all", "middle [middle] of # all"},
		{"replace all", "replaced"},
		{"property", clientAddress},
		{"start " + long, "<start " + long},
		{"end " + long, "end " + long + ">"},
		{"middle " + long + "#" + long, "middle " + long + "[middle]" + long},
		{"replace " + long, "replaced"},
		{"", ""},
	} {
		c.expect(tt.sent, tt.want)
	}
	up := data("from the Server")
	t.want(Continue)(c.OnUpstreamData(t.Context(), up, false))
	if up.String() != "FROM THE SERVER" {
		t.Errorf("upstream: %q", up)
	}
}

func sdkPause(t *sdkTest) {
	c := t.connect(t.guest(PluginConfig{}))
	type step struct {
		sent, want string
		end        bool
	}
	for _, steps := range [][]step{
		{{sent: "pause one"}, {sent: " two"}, {sent: " three.", want: "pause one two three."}},
		{{sent: "pause once.", want: "pause once."}},
		{{sent: "pause one"}, {sent: "", end: true, want: "pause one"}},
	} {
		for _, s := range steps {
			if got, a := c.send(s.sent, s.end); got != s.want || (a == Pause) != (s.want == "") {
				t.Errorf("%q: %q, action %d; want %q", s.sent, got, a, s.want)
			}
		}
	}
}

func sdkTick(t *sdkTest) {
	p := t.guest(PluginConfig{})
	one, other := t.connect(p), t.connect(p)
	for range 3 {
		if _, a := one.send("hold this", false); a != Pause {
			t.Fatalf("action %d, want a pause", a)
		}
		if e := receive(t.T, "a tick", one.events.signal); e.String() != "continue downstream" {
			t.Errorf("event %v", e)
		}
		one.held.Data = nil // it has gone on
	}
	if other.events.String() != "" {
		t.Errorf("events of a stream that holds nothing: %v", other.events)
	}
	t.eventually("more ticks", func() bool { return metric(p, "interop.ticks").Value > 10 })
}

func sdkClose(t *sdkTest) {
	c := t.connect(t.guest(PluginConfig{}))
	c.send("close this", false)
	if e := receive(t.T, "the end", c.events.signal); e.String() != "close downstream" {
		t.Errorf("event %v", e)
	}
}

func sdkMetrics(t *sdkTest) {
	p := t.guest(PluginConfig{})
	c := t.connect(p)
	c.expect("metrics", "counter=2 gauge=2")
	c.expect("metrics", "counter=4 gauge=4")
	for _, want := range []Metric{
		{Name: "interop.counter", Type: 0, Value: 4}, {Name: "interop.gauge", Type: 1, Value: 4},
		{Name: "interop.histogram", Type: 2, Value: uint64(2 * len("metrics")), Count: 2},
	} {
		if got := metric(p, want.Name); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// sdkLife counts the callbacks of a connection's life.
func sdkLife(t *sdkTest) {
	p := t.guest(PluginConfig{})
	c := t.connect(p)
	expect := func(name string, want uint64) {
		t.Helper()
		if got := metric(p, name).Value; got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	expect("interop.connections", 1)
	t.must(c.OnUpstreamConnectionClose(t.Context(), 2))
	t.must(c.OnDownstreamConnectionClose(t.Context(), 1))
	expect("interop.upstream.2", 1)
	expect("interop.downstream.1", 1)
	expect("interop.done", 0)
	c.Close(t.Context())
	c.Close(t.Context())
	expect("interop.done", 1)
}

// sdkSharedData has two plugins and three VMs that count together, and one that counts alone.
func sdkSharedData(t *sdkTest) {
	r := t.runtime(nil, RuntimeConfig{})
	guest := func(vmID string, vms int) Plugin {
		return t.loadInto(r, setup{module: t.module, plugin: PluginConfig{VMID: vmID, VMs: vms}})
	}
	p, q := guest("together", 2), guest("together", 1)
	for i, c := range []*connection{t.connect(p), t.connect(p), t.connect(q)} {
		c.expect("shared", fmt.Sprintf("n=%d mismatch", i+1))
	}
	t.connect(guest("apart", 1)).expect("shared", "n=1 mismatch")
}

func sdkQueue(t *sdkTest) {
	p := t.guest(PluginConfig{VMs: 2})
	const item, n = "queue item", 20
	connections := []*connection{t.connect(p), t.connect(p)}
	for i := range n {
		connections[i%len(connections)].expect(item, item)
	}
	t.eventually("the queue to be read", func() bool { return metric(p, "interop.dequeued").Value == uint64(n*len(item)) })
}

func sdkConfiguration(t *sdkTest) {
	var log messageLog
	r := t.runtime(nil, RuntimeConfig{Log: log.add, LogLevel: 2})
	s := setup{module: t.module, plugin: PluginConfig{VMConfiguration: []byte("of-vm"), Configuration: []byte("of-plugin")}}
	t.loadInto(r, s)
	all := strings.Join(log.messages(), "\n")
	for _, want := range []string{"vm=of-vm", "plugin=of-plugin"} {
		if !strings.Contains(all, want) {
			t.Errorf("the guest didn't log %q", want)
		}
	}
	s.plugin.Configuration = []byte("refuse")
	if _, err := r.Load(t.Context(), s.module, s.pluginConfig()); err == nil {
		t.Error("a configuration that the guest refuses is accepted")
	}
}

// sdkManyStreams runs streams at the same time, each with bytes of its own.
func sdkManyStreams(t *sdkTest) {
	const streams, rounds = 20, 50
	p := t.guest(PluginConfig{VMs: 2})
	var done sync.WaitGroup
	for i := range streams {
		c := t.connect(p)
		done.Go(func() {
			for j := range rounds {
				sent := fmt.Sprintf("start %d.%d", i, j)
				b := data(sent)
				if _, err := c.OnDownstreamData(t.Context(), b, false); err != nil || b.String() != "<"+sent {
					t.Errorf("%q became %q, %v", sent, b, err)
					return
				}
			}
		})
	}
	done.Wait()
	if n := metric(p, "interop.connections").Value; n != streams {
		t.Errorf("the guest saw %d connections, want %d", n, streams)
	}
}
