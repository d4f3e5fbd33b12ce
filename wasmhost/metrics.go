package wasmhost

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	maxMetrics     = 10_000
	maxMetricBytes = 1 << 10 // of a name
)

// Metrics holds the metrics that guests define. Its zero value is ready, and its methods may be called from any
// goroutine. Guests that use one Metrics share the values of those with the same name and type.
type Metrics struct {
	mu  sync.RWMutex
	all map[metricKey]*metric
}

type metricKey struct {
	typ  MetricType
	name string
}

type metric struct {
	typ     MetricType
	value   atomic.Uint64
	count   atomic.Uint64
	buckets *[65]atomic.Uint64 // of a histogram
}

// Metric is the value of a metric at one moment.
type Metric struct {
	Name string
	Type MetricType
	// Value of a counter or gauge; the sum of what was recorded in a histogram.
	Value uint64
	// Count is the number of values recorded in a histogram, and Buckets[i] how many of them need i bits: those from
	// 2^(i-1) to 2^i - 1.
	Count   uint64
	Buckets []uint64
}

// Snapshot returns all metrics, sorted by name and type.
func (m *Metrics) Snapshot() []Metric {
	m.mu.RLock()
	defer m.mu.RUnlock()
	list := make([]Metric, 0, len(m.all))
	for key, v := range m.all {
		s := Metric{Name: key.name, Type: key.typ, Value: v.value.Load(), Count: v.count.Load()}
		if v.buckets != nil {
			for i := range v.buckets {
				s.Buckets = append(s.Buckets, v.buckets[i].Load())
			}
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Metric) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
	return list
}

// define returns the metric of this name and type, nil when there are too many or the name is too long.
func (m *Metrics) define(typ MetricType, name []byte) *metric {
	if len(name) > maxMetricBytes {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := metricKey{typ, string(name)}
	if v, ok := m.all[key]; ok || len(m.all) >= maxMetrics {
		return v
	}
	v := &metric{typ: typ}
	if typ == MetricHistogram {
		v.buckets = new([65]atomic.Uint64)
	}
	if m.all == nil {
		m.all = map[metricKey]*metric{}
	}
	m.all[key] = v
	return v
}

// record adds to a counter, sets a gauge, and adds a value to a histogram.
func (m *metric) record(value uint64) {
	switch m.typ {
	case MetricGauge:
		m.value.Store(value)
	case MetricCounter:
		m.value.Add(value)
	default:
		m.value.Add(value)
		m.count.Add(1)
		m.buckets[bits.Len64(value)].Add(1)
	}
}

// increment adds to a counter, which only grows, or to a gauge.
func (m *metric) increment(offset int64) Status {
	if m.typ == MetricHistogram || m.typ == MetricCounter && offset <= 0 {
		return StatusBadArgument
	}
	m.value.Add(uint64(offset))
	return StatusOK
}
