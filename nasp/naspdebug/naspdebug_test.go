package naspdebug_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspdebug"
	"github.com/libnasp/libnasp/wasmhost"
)

func ExampleHandler() {
	ctx := context.Background()
	n, err := nasp.New(ctx, nasp.Config{Filters: []nasp.Filter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer n.Close(ctx)
	mux := http.NewServeMux()
	mux.Handle("/debug/nasp", naspdebug.Handler(n))
	// go http.ListenAndServe("localhost:6060", mux)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/debug/nasp", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}

// get asks for the page.
func get(t *testing.T, n naspdebug.Source, method, query string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	naspdebug.Handler(n).ServeHTTP(w, httptest.NewRequest(method, "/debug/nasp"+query, nil))
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// source is what a busy Interceptor may say.
type source struct{}

func (source) Metrics() nasp.Metrics {
	f := nasp.FilterMetrics{Name: "<script>mask", Streams: 3, Traps: 1, VMs: 2, Memory: 3 << 20, Guest: []wasmhost.Metric{
		{Name: "pii.email.value", Value: 71}, {Name: "pii.card.value"}, {Name: "h", Type: wasmhost.MetricHistogram, Value: 40, Count: 4, Buckets: []uint64{4}},
	}}
	f.Calls[conn.Downstream] = nasp.Histogram{Count: 4, Sum: 8 * time.Microsecond, Buckets: [12]uint64{1, 2}}
	return nasp.Metrics{Configuration: 2, Draining: 1, Open: 1, BytesWritten: 5 << 30, Filters: []nasp.FilterMetrics{f}}
}

func (source) Streams() []nasp.StreamInfo {
	list := make([]nasp.StreamInfo, 501)
	for i := range list {
		list[i] = nasp.StreamInfo{ID: uint64(i), Remote: "192.0.2.1:9092", Rule: "ours", Filters: []string{"a", "b"}, Failure: "<b>why"}
	}
	return list
}

func TestPage(t *testing.T) {
	r := get(t, source{}, "GET", "")
	page := body(t, r)
	for _, want := range []string{
		"5.0 GiB", "3.0 MiB", "4 calls, 2µs on average", "≤ 1µs", "≤ 4.1µs", "longer", "pii.findings", "kind=email place=value action=masked", ">71<",
		"4 values, sum 40", "192.0.2.1:9092", "a, b", "no. 2", "The oldest 500; 1 more are open", "&lt;b&gt;why", "&lt;script&gt;mask",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't show %q", want)
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "kind=card") {
		t.Error("the page has a script, or a counter that has counted nothing")
	}
	if csp := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("the policy is %q", csp)
	}
}

func TestOtherRequests(t *testing.T) {
	if r := get(t, source{}, "POST", ""); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", r.Status)
	}
	r := get(t, source{}, "GET", "?format=json")
	var got struct {
		Metrics nasp.Metrics
		Streams []nasp.StreamInfo
	}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.Metrics.Open != 1 || len(got.Streams) != 500 || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("JSON: %v, %+v", err, got.Metrics)
	}
}

// TestNoBytesOfStreams: a connection in use shows, and nothing of what it carries.
func TestNoBytesOfStreams(t *testing.T) {
	n, err := nasp.New(t.Context(), nasp.Config{Logger: slog.New(slog.DiscardHandler), CacheDir: testguest.CacheDir(t), Rules: []nasp.Rule{{Name: "brokers"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(context.Background())
	client, server := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, server) }()
	c, err := n.Client(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text("My email is example@email.com")...))); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"", "?format=json"} {
		page := body(t, get(t, n, "GET", query))
		if !strings.Contains(page, "brokers") || query == "" && !strings.Contains(page, "topic=t kind=email") {
			t.Error("the connection isn't shown")
		}
		if strings.Contains(page, "example@") || strings.Contains(page, "My email") {
			t.Error("the page shows bytes of a stream")
		}
	}
}
