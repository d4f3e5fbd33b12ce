// Command goguest is the guest of this module's tests by the official Go SDK. The documentation of wasmhosttest.RunSDK says what it does.
package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) OnVMStart(size int) types.OnVMStartStatus {
	b, err := proxywasm.GetVMConfiguration()
	if size > 0 {
		must(err)
	}
	proxywasm.LogInfof("vm=%s", b)
	return types.OnVMStartStatusOK
}

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

// plugin is what the streams of a VM share.
type plugin struct {
	types.DefaultPluginContext
	queue     uint32
	counter   proxywasm.MetricCounter
	gauge     proxywasm.MetricGauge
	histogram proxywasm.MetricHistogram
	dequeued  proxywasm.MetricCounter
	ticks     proxywasm.MetricCounter
	held      []uint32 // streams whose bytes the next tick resumes
}

func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	configuration, err := proxywasm.GetPluginConfiguration()
	if size > 0 {
		must(err)
	}
	proxywasm.LogInfof("plugin=%s", configuration)
	if string(configuration) == "refuse" {
		return types.OnPluginStartStatusFailed
	}
	p.counter = proxywasm.DefineCounterMetric("interop.counter")
	p.gauge = proxywasm.DefineGaugeMetric("interop.gauge")
	p.histogram = proxywasm.DefineHistogramMetric("interop.histogram")
	p.dequeued = proxywasm.DefineCounterMetric("interop.dequeued")
	p.ticks = proxywasm.DefineCounterMetric("interop.ticks")
	p.queue, err = proxywasm.RegisterSharedQueue("interop")
	must(err)
	must(proxywasm.SetTickPeriodMilliSeconds(5))
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnTick() {
	p.ticks.Increment(1)
	for _, id := range p.held {
		must(proxywasm.SetEffectiveContext(id))
		must(proxywasm.ContinueTcpStream())
	}
	p.held = p.held[:0]
}

func (p *plugin) OnQueueReady(id uint32) {
	if id != p.queue {
		panic("another queue")
	}
	for {
		item, err := proxywasm.DequeueSharedQueue(id)
		if errors.Is(err, types.ErrorStatusEmpty) {
			return
		}
		must(err)
		p.dequeued.Increment(uint64(len(item)))
	}
}

func (p *plugin) NewTcpContext(id uint32) types.TcpContext { return &stream{id: id, plugin: p} }

type stream struct {
	types.DefaultTcpContext
	id     uint32
	plugin *plugin
}

func (*stream) OnNewConnection() types.Action {
	count("interop.connections")
	return types.ActionContinue
}

func (s *stream) OnDownstreamData(size int, end bool) types.Action {
	if size == 0 {
		return types.ActionContinue // to this SDK no bytes are an error
	}
	b, err := proxywasm.GetDownstreamData(0, size)
	must(err)
	data := string(b)
	command, _, _ := strings.Cut(data, " ")
	switch command {
	case "pause":
		if !end && !strings.HasSuffix(data, ".") {
			return types.ActionPause
		}
	case "hold":
		s.plugin.held = append(s.plugin.held, s.id)
		return types.ActionPause
	case "start":
		must(proxywasm.PrependDownstreamData([]byte("<")))
	case "end":
		must(proxywasm.AppendDownstreamData([]byte(">")))
	case "middle": // the SDK replaces only all
		must(proxywasm.ReplaceDownstreamData([]byte(strings.Replace(data, "#", "[middle]", 1))))
	case "replace":
		must(proxywasm.ReplaceDownstreamData([]byte("replaced")))
	case "shared":
		must(proxywasm.ReplaceDownstreamData([]byte(share())))
	case "queue":
		must(proxywasm.EnqueueSharedQueue(s.plugin.queue, b))
	case "metrics":
		must(proxywasm.ReplaceDownstreamData([]byte(s.plugin.measure(size))))
	case "property":
		address, err := proxywasm.GetProperty([]string{"source", "address"})
		must(err)
		must(proxywasm.ReplaceDownstreamData(address))
	case "close":
		must(proxywasm.CloseDownstream())
	}
	return types.ActionContinue
}

func (*stream) OnUpstreamData(size int, _ bool) types.Action {
	b, err := proxywasm.GetUpstreamData(0, size)
	must(err)
	must(proxywasm.ReplaceUpstreamData([]byte(strings.ToUpper(string(b)))))
	return types.ActionContinue
}

func (*stream) OnDownstreamClose(peer types.PeerType) {
	count(fmt.Sprintf("interop.downstream.%d", peer))
}

func (*stream) OnUpstreamClose(peer types.PeerType) {
	count(fmt.Sprintf("interop.upstream.%d", peer))
}

func (*stream) OnStreamDone() { count("interop.done") }

// share adds one to a number that all VMs share, then tries to with the CAS value of before.
func share() string {
	old, cas, err := proxywasm.GetSharedData("n")
	n := 0
	if !errors.Is(err, types.ErrorStatusNotFound) {
		must(err)
		n, err = strconv.Atoi(string(old))
		must(err)
	}
	n++
	value := []byte(strconv.Itoa(n))
	must(proxywasm.SetSharedData("n", value, cas))
	_, cas, err = proxywasm.GetSharedData("n")
	must(err)
	must(proxywasm.SetSharedData("n", value, cas))
	if err := proxywasm.SetSharedData("n", []byte("0"), cas); !errors.Is(err, types.ErrorStatusCasMismatch) {
		return fmt.Sprintf("n=%d %v", n, err)
	}
	return fmt.Sprintf("n=%d mismatch", n)
}

func (p *plugin) measure(size int) string {
	p.counter.Increment(2)
	p.gauge.Add(5)
	p.gauge.Add(-3)
	p.histogram.Record(uint64(size))
	return fmt.Sprintf("counter=%d gauge=%d", p.counter.Value(), p.gauge.Value())
}

func count(name string) {
	c := proxywasm.DefineCounterMetric(name)
	c.Increment(1)
}

// must makes an unexpected answer of the host a trap, which fails the test.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
