package naspprom_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspprom"
	"github.com/libnasp/libnasp/wasmhost"
)

func ExampleNewCollector() {
	ctx := context.Background()
	n, err := nasp.New(ctx, nasp.Config{Filters: []nasp.Filter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close(ctx)

	registry := prometheus.NewRegistry()
	registry.MustRegister(naspprom.NewCollector(n))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{})) // your /metrics
	defer server.Close()

	resp, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, "nasp_streams_open") {
			fmt.Print(line)
		}
	}
	// Output:
	// nasp_streams_open 0
	// nasp_streams_opened_total 0
}

// metrics is a Source.
type metrics nasp.Metrics

func (m metrics) Metrics() nasp.Metrics { return nasp.Metrics(m) }

// TestNames compares what Prometheus gets.
func TestNames(t *testing.T) {
	f := nasp.FilterMetrics{Name: "mask", Traps: 2, Memory: 4096, Guest: []wasmhost.Metric{
		{Name: "pii.email.value", Value: 7}, {Name: "pii.email.value.left", Value: 1},
		{Name: "topic=.=orders;.;pii.email.value", Value: 3},
		{Name: "size", Type: wasmhost.MetricHistogram, Value: 6, Count: 2, Buckets: []uint64{0, 0, 1, 1}},
	}}
	f.Calls[0] = nasp.Histogram{Count: 3, Sum: 2e9, Buckets: [12]uint64{1, 1}}
	c := naspprom.NewCollector(metrics{BytesRead: 5, Filters: []nasp.FilterMetrics{f}})
	want := `
# HELP nasp_filter_memory_bytes Memory of the virtual machines.
# TYPE nasp_filter_memory_bytes gauge
nasp_filter_memory_bytes{filter="mask"} 4096
# HELP nasp_filter_traps_total Failures of the module, each of which cost a virtual machine.
# TYPE nasp_filter_traps_total counter
nasp_filter_traps_total{filter="mask"} 2
# HELP nasp_guest_pii_findings_total A metric of the filter's module.
# TYPE nasp_guest_pii_findings_total counter
nasp_guest_pii_findings_total{action="left",filter="mask",kind="email",place="value"} 1
nasp_guest_pii_findings_total{action="masked",filter="mask",kind="email",place="value"} 7
nasp_guest_pii_findings_total{action="masked",filter="mask",kind="email",place="value",topic="orders"} 3
# HELP nasp_guest_size A metric of the filter's module.
# TYPE nasp_guest_size histogram
nasp_guest_size_bucket{filter="mask",le="0"} 0
nasp_guest_size_bucket{filter="mask",le="1"} 0
nasp_guest_size_bucket{filter="mask",le="3"} 1
nasp_guest_size_bucket{filter="mask",le="7"} 2
nasp_guest_size_bucket{filter="mask",le="+Inf"} 2
nasp_guest_size_sum{filter="mask"} 6
nasp_guest_size_count{filter="mask"} 2
# HELP nasp_transferred_bytes_total Bytes through the sockets of filtered connections.
# TYPE nasp_transferred_bytes_total counter
nasp_transferred_bytes_total{direction="read"} 5
nasp_transferred_bytes_total{direction="written"} 0
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want), "nasp_transferred_bytes_total", "nasp_filter_memory_bytes", "nasp_filter_traps_total",
		"nasp_guest_pii_findings_total", "nasp_guest_size"); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.CollectAndLint(c); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	families, err := gather(c)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(families, `name:"nasp_filter_call_duration_seconds"`) || !strings.Contains(families, "sample_sum:2 ") {
		t.Error("the times of calls are missing")
	}
}

func gather(c prometheus.Collector) (string, error) {
	r := prometheus.NewRegistry()
	if err := r.Register(c); err != nil {
		return "", err
	}
	families, err := r.Gather()
	return fmt.Sprint(families), err
}

// FuzzGuestNames: whatever a module calls its metrics, the others are collected.
func FuzzGuestNames(f *testing.F) {
	f.Add("a.b", "a_b", uint8(0), uint8(1))
	f.Add("filter=.=x;.;9", "__a=.=\xff;.;", uint8(2), uint8(2))
	f.Add("le=.=1;.;h", "transferred", uint8(2), uint8(0))
	f.Fuzz(func(t *testing.T, a, b string, ka, kb uint8) {
		kind := func(k uint8) wasmhost.MetricType { return wasmhost.MetricType(k % 3) }
		m := metrics{Filters: []nasp.FilterMetrics{{Name: a, Guest: []wasmhost.Metric{{Name: a, Type: kind(ka)}, {Name: b, Type: kind(kb)}}}}}
		if out, err := gather(naspprom.NewCollector(m)); err != nil || !strings.Contains(out, "nasp_streams_open") {
			t.Errorf("%q, %q: %v", a, b, err)
		}
	})
}

// TestReal collects from an Interceptor.
func TestReal(t *testing.T) {
	n, err := nasp.New(t.Context(), nasp.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(context.Background())
	out, err := gather(naspprom.NewCollector(n))
	if err != nil || !strings.Contains(out, "nasp_guest_pii_findings_total") {
		t.Errorf("the module's counters are missing: %v", err)
	}
}
