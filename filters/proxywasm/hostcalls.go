package proxywasm

import (
	"errors"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
)

// errTruncated: a host answered OK but gave fewer bytes than it had announced. To go on would be to pass bytes unseen.
var errTruncated = errors.New("proxywasm: the host gave fewer bytes than it announced")

// Log writes a message to the host's log. Never put bytes of a stream into it.
func Log(level LogLevel, msg string) { abi.Log(uint32(level), msg) }

// GetLogLevel returns the lowest level that the host keeps.
func GetLogLevel() (LogLevel, error) {
	l, s := abi.GetLogLevel()
	return LogLevel(l), s.Err()
}

// Now returns the host's time.
func Now() (time.Time, error) {
	ns, s := abi.GetCurrentTimeNanoseconds()
	return time.Unix(0, int64(ns)), s.Err()
}

// SetTickPeriod sets how often OnTick of the root is called (package timer), in whole milliseconds; 0 stops it.
func SetTickPeriod(d time.Duration) error {
	return abi.SetTickPeriodMilliseconds(uint32(d / time.Millisecond)).Err()
}

// ContinueStream resumes a direction of the current stream that the filter paused.
func ContinueStream(t StreamType) error { return abi.ContinueStream(uint32(t)).Err() }

// CloseStream closes the current stream.
func CloseStream(t StreamType) error { return abi.CloseStream(uint32(t)).Err() }

// SetSharedData stores a value that all VMs of the same vm_id see. cas is the version that GetSharedData returned: if the
// value has changed since, the error is ErrCASMismatch; 0 stores in any case.
func SetSharedData(key string, value []byte, cas uint32) error {
	return abi.SetSharedData(key, value, cas).Err()
}

// GetSharedData returns a value and its version. The value is valid until the callback returns.
func GetSharedData(key string) (value []byte, cas uint32, err error) {
	v, cas, s := abi.GetSharedData(key)
	return v, cas, s.Err()
}

// QueueID names a shared queue.
type QueueID uint32

// RegisterSharedQueue makes the queue of that name in this VM's vm_id, or finds it.
func RegisterSharedQueue(name string) (QueueID, error) {
	id, s := abi.RegisterSharedQueue(name)
	return QueueID(id), s.Err()
}

// ResolveSharedQueue finds a queue; an empty vmID means this VM's.
func ResolveSharedQueue(vmID, name string) (QueueID, error) {
	id, s := abi.ResolveSharedQueue(vmID, name)
	return QueueID(id), s.Err()
}

// Enqueue appends a value.
func (q QueueID) Enqueue(value []byte) error { return abi.EnqueueSharedQueue(uint32(q), value).Err() }

// Dequeue takes a value, ErrEmpty if there is none. The value is valid until the callback returns.
func (q QueueID) Dequeue() ([]byte, error) {
	v, s := abi.DequeueSharedQueue(uint32(q))
	return v, s.Err()
}

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
type Counter struct{ id metric }

// DefineCounter makes a counter or finds it by name. Call it from OnVMStart or later.
func DefineCounter(name string) (Counter, error) {
	id, err := defineMetric(metricCounter, name)
	return Counter{id}, err
}

// Add adds n; 0 does nothing.
func (c Counter) Add(n uint64) error {
	if n == 0 {
		return nil
	}
	return abi.IncrementMetric(uint32(c.id), int64(n)).Err()
}

// Get returns the value.
func (c Counter) Get() (uint64, error) { return c.id.get() }

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

// GetProperty returns a property by the parts of its path, for example "source", "address". The value is valid until the
// callback returns. Numbers are 8 bytes little-endian.
func GetProperty(path ...string) ([]byte, error) {
	v, s := abi.GetProperty(joinPath(path))
	return v, s.Err()
}

// SetProperty stores a property of the stream.
func SetProperty(value []byte, path ...string) error {
	return abi.SetProperty(joinPath(path), value).Err()
}

// joinPath separates the parts by NUL, with none at the end.
func joinPath(path []string) string {
	if len(path) == 1 {
		return path[0]
	}
	var b []byte
	for i, p := range path {
		if i > 0 {
			b = append(b, 0)
		}
		b = append(b, p...)
	}
	return string(b)
}

// CallForeignFunction calls a function that the host offers under a name; ErrNotFound if it has none. The result is valid until the
// callback returns.
func CallForeignFunction(name string, arg []byte) ([]byte, error) {
	v, s := abi.CallForeignFunction(name, arg)
	return v, s.Err()
}
