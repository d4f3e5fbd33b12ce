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

// SetEffectiveContext makes the following host calls act for another context, until the callback returns: so a timer can continue a stream. 0 goes
// back to the context of the callback. ErrBadArgument if there is no such context.
func SetEffectiveContext(id ContextID) error { return abi.SetEffectiveContext(uint32(id)).Err() }

// Done ends the filter after a Deferrer has deferred it. ErrNotFound if the host doesn't wait for it.
func Done() error { return abi.Done().Err() }

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
