package nasp

import (
	"strings"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/wasmhost"
)

// Sample is one value of Metrics, as systems that collect metrics want it.
type Sample struct {
	// Name is in the manner of OpenTelemetry: words with dots, without the unit. That of a metric that a module defines begins with "nasp.guest.".
	Name string
	// Help says in a line what is counted.
	Help string
	// Unit is that of UCUM, as in OpenTelemetry: "By", "s", or a thing in braces.
	Unit string
	Kind SampleKind
	// Labels tell samples of one name apart. Samples of one name have the same ones, but for those of modules.
	Labels []Label
	// Value is that of a counter or a gauge.
	Value float64
	// Histogram is that of a histogram.
	Histogram *SampleHistogram
}

// SampleKind tells what a Sample is.
type SampleKind uint8

// The kinds of samples.
const (
	Counter SampleKind = iota // never falls
	Gauge
	Distribution // has a histogram
)

// Label is a name and a value.
type Label struct{ Name, Value string }

// SampleHistogram has the number of values up to each bound that are above the bound before; the last count, which has no bound, is that of the others.
type SampleHistogram struct {
	Count  uint64
	Sum    float64
	Bounds []float64
	Counts []uint64
}

// Samples returns all values.
func (m *Metrics) Samples() []Sample {
	var c collector
	c.add("nasp.configuration", "Number of the configuration that new connections get.", "", Gauge, float64(m.Configuration))
	c.add("nasp.configurations.draining", "Older configurations that connections still run on.", "{configuration}", Gauge, float64(m.Draining))
	c.add("nasp.reloads.refused", "Configurations that could not be used.", "{configuration}", Counter, float64(m.RefusedReloads))
	c.add("nasp.streams.open", "Filtered connections now.", "{stream}", Gauge, float64(m.Open))
	c.add("nasp.streams.opened", "Filtered connections so far.", "{stream}", Counter, float64(m.Opened))
	c.add("nasp.streams.refused", "Connections whose filters could not start.", "{stream}", Counter, float64(m.Refused))
	c.add("nasp.streams.failed", "Connections that a filter ended by an error.", "{stream}", Counter, float64(m.Failed))
	c.add("nasp.streams.untouched", "Connections that no filter was for.", "{stream}", Counter, float64(m.Passed))
	c.add("nasp.transferred", "Bytes through the sockets of filtered connections.", "By", Counter, float64(m.BytesRead), Label{"direction", "read"})
	c.add("nasp.transferred", "Bytes through the sockets of filtered connections.", "By", Counter, float64(m.BytesWritten), Label{"direction", "written"})
	for _, d := range directions {
		c.add("nasp.pauses", "Calls after which a filter held bytes back.", "{call}", Counter, float64(m.Pauses[d]), Label{"direction", d.String()})
	}
	c.add("nasp.buffered", "Bytes that connections hold.", "By", Gauge, float64(m.Buffered))
	for i := range m.Filters {
		c.filter(&m.Filters[i])
	}
	return c.samples
}

var directions = []conn.Direction{conn.Downstream, conn.Upstream}

type collector struct{ samples []Sample }

func (c *collector) add(name, help, unit string, kind SampleKind, value float64, labels ...Label) {
	c.samples = append(c.samples, Sample{Name: name, Help: help, Unit: unit, Kind: kind, Labels: labels, Value: value})
}

func (c *collector) filter(f *FilterMetrics) {
	name := Label{"filter", f.Name}
	c.add("nasp.filter.streams", "Connections that the filter was started for.", "{stream}", Counter, float64(f.Streams), name)
	c.add("nasp.filter.skipped", "Connections that went on without the filter.", "{stream}", Counter, float64(f.Skipped), name)
	for _, d := range directions {
		h := f.Calls[d].sample()
		c.samples = append(c.samples, Sample{
			Name: "nasp.filter.call.duration", Help: "Times of the filter's calls with data.", Unit: "s", Kind: Distribution,
			Labels: []Label{name, {"direction", d.String()}}, Histogram: h,
		})
	}
	c.add("nasp.filter.vms", "Virtual machines that work.", "{vm}", Gauge, float64(f.VMs), name)
	c.add("nasp.filter.memory", "Memory of the virtual machines.", "By", Gauge, float64(f.Memory), name)
	c.add("nasp.filter.traps", "Failures of the module, each of which cost a virtual machine.", "{trap}", Counter, float64(f.Traps), name)
	c.add("nasp.filter.restarts", "Virtual machines that took the place of failed ones.", "{vm}", Counter, float64(f.Restarts), name)
	c.add("nasp.filter.recycled", "Virtual machines that were replaced for the size of their memory.", "{vm}", Counter, float64(f.Recycled), name)
	c.add("nasp.filter.log.dropped", "Messages of the module beyond what it may log.", "{message}", Counter, float64(f.LogDropped), name)
	for i := range f.Guest {
		c.guest(name, &f.Guest[i])
	}
}

func (h *Histogram) sample() *SampleHistogram {
	s := &SampleHistogram{Count: h.Count, Sum: h.Sum.Seconds()}
	rest := h.Count
	for i, bound := range HistogramBounds() {
		s.Bounds = append(s.Bounds, bound.Seconds())
		s.Counts = append(s.Counts, h.Buckets[i])
		rest -= h.Buckets[i]
	}
	s.Counts = append(s.Counts, rest)
	return s
}

func (c *collector) guest(filter Label, m *wasmhost.Metric) {
	name, labels := ParseMetricName(m.Name)
	s := Sample{Name: "nasp.guest." + name, Help: "A metric of the filter's module.", Labels: append([]Label{filter}, labels...), Value: float64(m.Value)}
	switch m.Type {
	case wasmhost.MetricGauge:
		s.Kind, s.Value = Gauge, float64(int64(m.Value)) // a gauge may have been decremented below zero
	case wasmhost.MetricHistogram:
		s.Kind, s.Histogram = Distribution, guestHistogram(m)
	}
	c.samples = append(c.samples, s)
}

// guestHistogram turns numbers of bits into bounds, up to the largest that was seen.
func guestHistogram(m *wasmhost.Metric) *SampleHistogram {
	s := &SampleHistogram{Count: m.Count, Sum: float64(m.Value)}
	last := 0
	for i, n := range m.Buckets {
		if n > 0 {
			last = i
		}
	}
	for i := 0; i <= last && i < len(m.Buckets); i++ {
		s.Bounds = append(s.Bounds, float64(uint64(1)<<i-1))
		s.Counts = append(s.Counts, m.Buckets[i])
	}
	s.Counts = append(s.Counts, 0)
	return s
}

// ParseMetricName finds labels in the name of a metric that a module has defined, which has none of its own in Proxy-Wasm. Two forms are known: the one that
// Istio's filters use, of label=.=value;.; before the name as often as needed, and that of nasp's PII filter: pii.KIND.PLACE for what was masked,
// pii.KIND.PLACE.left for what was left as it is, pii.topic.TOPIC.KIND.OPERATOR, and pii.topic.TOPIC.records for the records that were looked at.
func ParseMetricName(s string) (name string, labels []Label) {
	for {
		label, rest, ok := strings.Cut(s, ";.;")
		key, value, isLabel := strings.Cut(label, "=.=")
		if !ok || !isLabel {
			break
		}
		labels, s = append(labels, Label{key, value}), rest
	}
	s = strings.TrimPrefix(s, "_")
	if topic, ok := strings.CutPrefix(s, "pii.topic."); ok && strings.HasSuffix(topic, ".records") {
		return "pii.topic.records", append(labels, Label{"topic", strings.TrimSuffix(topic, ".records")})
	}
	if p := strings.Split(s, "."); len(p) >= 5 && p[0] == "pii" && p[1] == "topic" { // a topic may have dots
		k := len(p) - 2
		return "pii.topic.findings", append(labels, Label{"topic", strings.Join(p[2:k], ".")}, Label{"kind", p[k]}, Label{"operator", p[k+1]})
	}
	if p := strings.Split(s, "."); p[0] == "pii" && (len(p) == 3 || len(p) == 4 && p[3] == "left") {
		action := "masked"
		if len(p) == 4 {
			action = "left"
		}
		return "pii.findings", append(labels, Label{"kind", p[1]}, Label{"place", p[2]}, Label{"action", action})
	}
	return s, labels
}
