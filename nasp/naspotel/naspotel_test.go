package naspotel_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspotel"
	"github.com/libnasp/libnasp/wasmhost"
)

func ExampleNewProducer() {
	ctx := context.Background()
	n, err := nasp.New(ctx, nasp.Config{Filters: []nasp.Filter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close(ctx)

	reader := metric.NewManualReader(metric.WithProducer(naspotel.NewProducer(n))) // or metric.NewPeriodicReader with your exporter
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	defer func() { _ = provider.Shutdown(ctx) }()

	var out metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &out); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range out.ScopeMetrics[0].Metrics {
		if m.Name == "nasp.streams.opened" {
			fmt.Println(m.Name, m.Data.(metricdata.Sum[float64]).DataPoints[0].Value, m.Unit)
		}
	}
	// Output: nasp.streams.opened 0 {stream}
}

type metrics nasp.Metrics

func (m metrics) Metrics() nasp.Metrics { return nasp.Metrics(m) }

// produce returns the metrics by their names.
func produce(t *testing.T, s naspotel.Source) map[string]metricdata.Metrics {
	t.Helper()
	scopes, err := naspotel.NewProducer(s).Produce(t.Context())
	if err != nil || len(scopes) != 1 || scopes[0].Scope.Name != naspotel.ScopeName {
		t.Fatal(scopes, err)
	}
	all := map[string]metricdata.Metrics{}
	for _, m := range scopes[0].Metrics {
		if _, twice := all[m.Name]; twice {
			t.Errorf("%s comes twice", m.Name)
		}
		all[m.Name] = m
	}
	return all
}

func TestData(t *testing.T) {
	f := nasp.FilterMetrics{Name: "mask", Memory: 4096, Guest: []wasmhost.Metric{
		{Name: "pii.email.value", Value: 7}, {Name: "pii.email.value.left", Value: 1},
		{Name: "x", Value: 1}, {Name: "x", Type: wasmhost.MetricGauge, Value: 2}, // one name, two kinds
	}}
	f.Calls[0] = nasp.Histogram{Count: 3, Sum: 2 * time.Second, Buckets: [12]uint64{1, 1}}
	all := produce(t, metrics{BytesRead: 5, Filters: []nasp.FilterMetrics{f}})
	set := func(pairs ...string) attribute.Set {
		var list []attribute.KeyValue
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, attribute.String(pairs[i], pairs[i+1]))
		}
		return attribute.NewSet(list...)
	}
	point := func(v float64, pairs ...string) metricdata.DataPoint[float64] {
		return metricdata.DataPoint[float64]{Attributes: set(pairs...), Value: v}
	}
	counter := func(points ...metricdata.DataPoint[float64]) metricdata.Aggregation {
		return metricdata.Sum[float64]{Temporality: metricdata.CumulativeTemporality, IsMonotonic: true, DataPoints: points}
	}
	for _, want := range []metricdata.Metrics{
		{Name: "nasp.transferred", Description: "Bytes through the sockets of filtered connections.", Unit: "By", Data: counter(
			point(5, "direction", "read"), point(0, "direction", "written"))},
		{Name: "nasp.filter.memory", Description: "Memory of the virtual machines.", Unit: "By", Data: metricdata.Gauge[float64]{
			DataPoints: []metricdata.DataPoint[float64]{point(4096, "filter", "mask")}}},
		{Name: "nasp.guest.pii.findings", Description: "A metric of the filter's module.", Data: counter(
			point(7, "filter", "mask", "kind", "email", "place", "value", "action", "masked"),
			point(1, "filter", "mask", "kind", "email", "place", "value", "action", "left"))},
		{Name: "nasp.guest.x", Description: "A metric of the filter's module.", Data: counter(point(1, "filter", "mask"))},
	} {
		metricdatatest.AssertEqual(t, want, all[want.Name], metricdatatest.IgnoreTimestamp())
	}
	h := all["nasp.filter.call.duration"].Data.(metricdata.Histogram[float64]).DataPoints[0]
	if h.Count != 3 || h.Sum != 2 || len(h.BucketCounts) != len(h.Bounds)+1 || h.BucketCounts[len(h.Bounds)] != 1 {
		t.Errorf("%+v", h)
	}
}

// TestReal collects from an Interceptor.
func TestReal(t *testing.T) {
	n, err := nasp.New(t.Context(), nasp.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(context.Background())
	if _, ok := produce(t, n)["nasp.guest.pii.findings"]; !ok {
		t.Error("the module's counters are missing")
	}
}
