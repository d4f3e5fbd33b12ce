// Package naspotel gives the metrics of nasp to OpenTelemetry.
//
//	reader := metric.NewPeriodicReader(exporter, metric.WithProducer(naspotel.NewProducer(n)))
//	provider := metric.NewMeterProvider(metric.WithReader(reader))
//
// A producer is how OpenTelemetry takes what is measured elsewhere: instruments of a meter can't report the histograms that nasp keeps, nor metrics that
// a module defines later.
package naspotel

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/libnasp/libnasp/nasp"
)

// ScopeName is that of the instrumentation scope.
const ScopeName = "github.com/libnasp/libnasp/nasp"

// Source is an Interceptor, or whatever else has metrics.
type Source interface{ Metrics() nasp.Metrics }

// NewProducer returns a producer of the metrics of n. Names are those of nasp.Sample, temporality is cumulative, from now on.
func NewProducer(n Source) metric.Producer { return &producer{n, time.Now()} }

type producer struct {
	source Source
	start  time.Time
}

// Produce takes a snapshot.
func (p *producer) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	now := time.Now()
	m := p.source.Metrics()
	var list []metricdata.Metrics
	index := map[string]int{}
	kinds := map[string]nasp.SampleKind{}
	for _, s := range m.Samples() {
		i, known := index[s.Name]
		switch {
		case !known:
			i = len(list)
			index[s.Name], kinds[s.Name] = i, s.Kind
			list = append(list, metricdata.Metrics{Name: s.Name, Description: s.Help, Unit: s.Unit})
		case kinds[s.Name] != s.Kind:
			continue // a module has given it the name of something else
		}
		list[i].Data = p.add(list[i].Data, &s, now)
	}
	return []metricdata.ScopeMetrics{{Scope: instrumentation.Scope{Name: ScopeName}, Metrics: list}}, nil
}

// add adds a point to the data of a metric, nil for its first.
func (p *producer) add(data metricdata.Aggregation, s *nasp.Sample, now time.Time) metricdata.Aggregation {
	set := attributes(s.Labels)
	switch s.Kind {
	case nasp.Distribution:
		d, _ := data.(metricdata.Histogram[float64])
		d.Temporality = metricdata.CumulativeTemporality
		d.DataPoints = append(d.DataPoints, metricdata.HistogramDataPoint[float64]{
			Attributes: set, StartTime: p.start, Time: now,
			Count: s.Histogram.Count, Sum: s.Histogram.Sum, Bounds: s.Histogram.Bounds, BucketCounts: s.Histogram.Counts,
		})
		return d
	case nasp.Gauge:
		d, _ := data.(metricdata.Gauge[float64])
		d.DataPoints = append(d.DataPoints, metricdata.DataPoint[float64]{Attributes: set, Time: now, Value: s.Value})
		return d
	}
	d, _ := data.(metricdata.Sum[float64])
	d.Temporality, d.IsMonotonic = metricdata.CumulativeTemporality, true
	d.DataPoints = append(d.DataPoints, metricdata.DataPoint[float64]{Attributes: set, StartTime: p.start, Time: now, Value: s.Value})
	return d
}

func attributes(labels []nasp.Label) attribute.Set {
	list := make([]attribute.KeyValue, len(labels))
	for i, l := range labels {
		list[i] = attribute.String(strings.ToValidUTF8(l.Name, "\uFFFD"), strings.ToValidUTF8(l.Value, "\uFFFD"))
	}
	return attribute.NewSet(list...)
}
