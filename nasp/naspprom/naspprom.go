// Package naspprom gives the metrics of nasp to Prometheus.
//
//	prometheus.MustRegister(naspprom.NewCollector(n))
//
// Names are those of nasp.Sample with underscores, the unit and _total behind them as Prometheus wants it, for example
// nasp_filter_call_duration_seconds or nasp_guest_pii_findings_total{filter="pii",kind="email",place="value",action="masked"}.
package naspprom

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/libnasp/libnasp/nasp"
)

// Source is an Interceptor, or whatever else has metrics.
type Source interface{ Metrics() nasp.Metrics }

// NewCollector returns a collector of the metrics of n. Programs with several Interceptors register each through prometheus.WrapRegistererWith, with a label.
func NewCollector(n Source) prometheus.Collector { return &collector{n} }

type collector struct{ source Source }

// Describe says nothing: which metrics modules have shows when they run.
func (*collector) Describe(chan<- *prometheus.Desc) {}

// Collect takes a snapshot. What a module has given the name or labels of something else is left out, since one bad name would spoil all.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	m := c.source.Metrics()
	seen := map[string]bool{}
	kinds := map[string]nasp.SampleKind{}
	for _, s := range m.Samples() {
		name := metricName(&s)
		names, values := labels(s.Labels)
		id := identity(name, names, values)
		if kind, known := kinds[name]; seen[id] || known && kind != s.Kind {
			continue
		}
		seen[id], kinds[name] = true, s.Kind
		out <- constMetric(&s, prometheus.NewDesc(name, s.Help, names, nil), values)
	}
}

func constMetric(s *nasp.Sample, d *prometheus.Desc, values []string) prometheus.Metric {
	var m prometheus.Metric
	var err error
	switch s.Kind {
	case nasp.Distribution:
		buckets := map[float64]uint64{}
		sum := uint64(0)
		for i, bound := range s.Histogram.Bounds {
			sum += s.Histogram.Counts[i]
			buckets[bound] = sum
		}
		m, err = prometheus.NewConstHistogram(d, s.Histogram.Count, s.Histogram.Sum, buckets, values...)
	case nasp.Gauge:
		m, err = prometheus.NewConstMetric(d, prometheus.GaugeValue, s.Value, values...)
	default:
		m, err = prometheus.NewConstMetric(d, prometheus.CounterValue, s.Value, values...)
	}
	if err != nil {
		return prometheus.NewInvalidMetric(d, err)
	}
	return m
}

// identity tells time series apart, whatever the order of their labels.
func identity(name string, names, values []string) string {
	pairs := make([]string, len(names))
	for i := range names {
		pairs[i] = names[i] + "\x00" + values[i]
	}
	slices.Sort(pairs)
	return name + "\x00" + strings.Join(pairs, "\x00")
}

var unitSuffix = map[string]string{"By": "_bytes", "s": "_seconds"}

func metricName(s *nasp.Sample) string {
	name := legal(s.Name) + unitSuffix[s.Unit]
	if s.Kind == nasp.Counter && !strings.HasSuffix(name, "_total") {
		name += "_total"
	}
	return name
}

func labels(list []nasp.Label) (names, values []string) {
	for _, l := range list {
		name := legal(l.Name)
		for slices.Contains(names, name) || name == "" || strings.HasPrefix(name, "__") {
			name = "guest_" + name
		}
		names, values = append(names, name), append(values, strings.ToValidUTF8(l.Value, "\uFFFD"))
	}
	return names, values
}

// legal makes a name of letters, digits and underscores that doesn't begin with a digit.
func legal(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, s)
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return s
}
