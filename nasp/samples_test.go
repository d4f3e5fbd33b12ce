package nasp

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost"
)

func TestParseMetricName(t *testing.T) {
	for in, want := range map[string][]Label{
		"pii.email.value":                {{"", "pii.findings"}, {"kind", "email"}, {"place", "value"}, {"action", "masked"}},
		"pii.email.value.left":           {{"", "pii.findings"}, {"kind", "email"}, {"place", "value"}, {"action", "left"}},
		"pii.topic.my.orders.email.mask": {{"", "pii.topic.findings"}, {"topic", "my.orders"}, {"kind", "email"}, {"operator", "mask"}},
		"pii.topic.my.orders.records":    {{"", "pii.topic.records"}, {"topic", "my.orders"}},
		"pii.refused":                    {{"", "pii.refused"}},
		"pii.email.value.other":          {{"", "pii.email.value.other"}},
		"calls":                          {{"", "calls"}},
		"a.b.c":                          {{"", "a.b.c"}},
		"":                               {{"", ""}},
		"topic=.=a.b;.;pii.card.key":     {{"", "pii.findings"}, {"topic", "a.b"}, {"kind", "card"}, {"place", "key"}, {"action", "masked"}},
		"reporter=.=source;.;code=.=200;.;_istio_requests_total": {{"", "istio_requests_total"}, {"reporter", "source"}, {"code", "200"}},
		"a=.=;.;b": {{"", "b"}, {"a", ""}},
		"a;.;b":    {{"", "a;.;b"}},
	} {
		name, labels := ParseMetricName(in)
		if got := append([]Label{{"", name}}, labels...); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

// TestSamples: every field of the snapshot is in a sample, and the numbers of a histogram add up.
func TestSamples(t *testing.T) {
	m := Metrics{Filters: []FilterMetrics{{Name: "f"}}}
	plain := len(m.Samples())
	value := 1.0
	set := func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.Int, reflect.Int64:
				f.SetInt(int64(value))
				value++
			case reflect.Uint64:
				f.SetUint(uint64(value))
				value++
			}
		}
	}
	set(reflect.ValueOf(&m).Elem())
	set(reflect.ValueOf(&m.Filters[0]).Elem())
	m.Pauses = [2]uint64{101, 102}
	var h histogram
	for _, d := range []time.Duration{time.Microsecond, time.Millisecond, time.Hour} {
		h.observe(d)
	}
	m.Filters[0].Calls[1] = h.snapshot()
	m.Filters[0].Guest = []wasmhost.Metric{
		{Name: "g", Type: wasmhost.MetricGauge, Value: ^uint64(0)},
		{Name: "h", Type: wasmhost.MetricHistogram, Value: 9, Count: 3, Buckets: []uint64{1, 0, 0, 2, 0}},
	}
	samples := m.Samples()
	if len(samples) != plain+2 {
		t.Errorf("%d samples, and %d of an empty snapshot", len(samples), plain)
	}
	seen := map[float64]bool{}
	for _, s := range samples {
		seen[s.Value] = true
		switch {
		case s.Help == "" || (s.Kind == Distribution) != (s.Histogram != nil):
			t.Errorf("%+v", s)
		case s.Name == "nasp.guest.g" && s.Value != -1:
			t.Errorf("a gauge below zero is %v", s.Value)
		case s.Name == "nasp.guest.h" && !(slices.Equal(s.Histogram.Bounds, []float64{0, 1, 3, 7}) && slices.Equal(s.Histogram.Counts, []uint64{1, 0, 0, 2, 0})):
			t.Errorf("%+v", s.Histogram)
		case s.Name == "nasp.filter.call.duration":
			sum := uint64(0)
			for _, n := range s.Histogram.Counts {
				sum += n
			}
			if sum != s.Histogram.Count || len(s.Histogram.Counts) != len(s.Histogram.Bounds)+1 {
				t.Errorf("%+v", s.Histogram)
			}
		}
	}
	for v := 1.0; v < value; v++ {
		if !seen[v] {
			t.Errorf("the %vth field is in no sample", v)
		}
	}
	if !seen[101] || !seen[102] {
		t.Error("pauses are missing")
	}
}
