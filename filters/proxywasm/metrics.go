package proxywasm

import (
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

type metric uint32

const (
	metricCounter   = 0
	metricGauge     = 1
	metricHistogram = 2
)

func defineMetric(kind uint32, name string) (metric, error) {
	id, s := abi.DefineMetric(kind, name)
	return metric(id), s.Err()
}

func (m metric) get() (uint64, error) {
	v, s := abi.GetMetric(uint32(m))
	return v, s.Err()
}

// Counter is a metric that only grows.
type Counter struct{ c *counter }

// counter gathers what is added during a callback, so that the host is called once, however much is found in a buffer.
type counter struct {
	id     metric
	added  uint64
	queued bool // it is in added
}

// added are the counters with something to tell the host.
var added []*counter

func init() { dispatch.AtEnd = flushCounters }

func flushCounters() {
	if len(added) == 0 {
		return
	}
	for _, c := range added {
		_ = c.flush() // a lost count is no reason to end a stream
		c.queued = false
	}
	added = added[:0]
}

func (c *counter) flush() error {
	n := c.added
	c.added = 0
	if n == 0 {
		return nil
	}
	return abi.IncrementMetric(uint32(c.id), int64(n)).Err()
}

// DefineCounter makes a counter or finds it by name. Call it from OnVMStart or later.
func DefineCounter(name string) (Counter, error) {
	id, err := defineMetric(metricCounter, name)
	return Counter{&counter{id: id}}, err
}

// Add adds n. The host learns of it when the callback returns. ErrNotFound if the counter wasn't defined.
func (c Counter) Add(n uint64) error {
	if c.c == nil {
		return ErrNotFound
	}
	if c.c.added += n; !dispatch.Running() {
		return c.c.flush()
	}
	if !c.c.queued {
		c.c.queued = true
		added = append(added, c.c)
	}
	return nil
}

// Get returns the value.
func (c Counter) Get() (uint64, error) {
	if c.c == nil {
		return 0, ErrNotFound
	}
	if err := c.c.flush(); err != nil {
		return 0, err
	}
	return c.c.id.get()
}

// Gauge is a metric that goes up and down.
type Gauge struct{ id metric }

// DefineGauge makes a gauge or finds it by name. Call it from OnVMStart or later.
func DefineGauge(name string) (Gauge, error) {
	id, err := defineMetric(metricGauge, name)
	return Gauge{id}, err
}

// Set stores the value.
func (g Gauge) Set(v uint64) error { return abi.RecordMetric(uint32(g.id), v).Err() }

// Add adds n, which may be negative.
func (g Gauge) Add(n int64) error { return abi.IncrementMetric(uint32(g.id), n).Err() }

// Get returns the value.
func (g Gauge) Get() (uint64, error) { return g.id.get() }

// Histogram is a metric of a distribution.
type Histogram struct{ id metric }

// DefineHistogram makes a histogram or finds it by name. Call it from OnVMStart or later.
func DefineHistogram(name string) (Histogram, error) {
	id, err := defineMetric(metricHistogram, name)
	return Histogram{id}, err
}

// Observe adds a value to the distribution.
func (h Histogram) Observe(v uint64) error { return abi.RecordMetric(uint32(h.id), v).Err() }
