//go:build !wasip1

package proxywasmtest

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// calls are the host calls, with the statuses of wasmhost.
type calls struct{ h *Host }

var _ abi.Caller = calls{}

func (c calls) Log(level uint32, msg string) abi.Status {
	if level > uint32(proxywasm.LogCritical) {
		return abi.BadArgument
	}
	c.h.log = append(c.h.log, LogLine{proxywasm.LogLevel(level), strings.Clone(msg)})
	return abi.OK
}

func (c calls) GetLogLevel() (uint32, abi.Status) { return uint32(proxywasm.LogTrace), abi.OK }

func (c calls) GetCurrentTimeNanoseconds() (uint64, abi.Status) {
	return uint64(c.h.config.Now().UnixNano()), abi.OK
}

func (c calls) SetTickPeriodMilliseconds(ms uint32) abi.Status {
	c.h.period = time.Duration(ms) * time.Millisecond
	return abi.OK
}

func (c calls) Done() abi.Status {
	if !c.h.ending || c.h.done {
		return abi.NotFound
	}
	c.h.done = true
	return abi.OK
}

func (c calls) SetEffectiveContext(id uint32) abi.Status {
	switch id {
	case 0:
		c.h.current = c.h.running
		return abi.OK
	case rootID:
		c.h.current = nil
		return abi.OK
	}
	s := c.h.streams[id]
	if s == nil {
		return abi.BadArgument
	}
	c.h.current = s
	return abi.OK
}

// buffer returns the bytes of a buffer, and its direction if it is of a stream.
func (c calls) buffer(n uint32) ([]byte, *direction, abi.Status) {
	var d *direction
	switch b := proxywasm.Buffer(n); {
	case b == proxywasm.BufferVMConfiguration:
		return c.h.config.VMConfiguration, nil, abi.OK
	case b == proxywasm.BufferPluginConfiguration:
		return c.h.config.Configuration, nil, abi.OK
	case b == proxywasm.BufferHTTPCallBody && c.h.answer != nil:
		return c.h.answer.Body, nil, abi.OK
	case b == proxywasm.BufferCallData && c.h.data != nil:
		return c.h.data, nil, abi.OK
	case c.h.current == nil:
	case c.h.current.http != nil && b <= proxywasm.BufferResponseBody:
		d = &c.h.current.directions[b]
	case c.h.current.http == nil && (b == proxywasm.BufferDownstreamData || b == proxywasm.BufferUpstreamData):
		d = &c.h.current.directions[b-proxywasm.BufferDownstreamData]
	}
	if d == nil || !d.visible {
		return nil, nil, abi.NotFound
	}
	return d.buffer, d, abi.OK
}

func (c calls) GetBufferBytes(buffer, start, most uint32) ([]byte, abi.Status) {
	b, _, s := c.buffer(buffer)
	if s != abi.OK || uint64(start) >= uint64(len(b)) || most == 0 {
		return nil, s
	}
	b = b[start:]
	return c.h.give(b[:min(uint64(most), uint64(len(b)))]), abi.OK
}

// SetBufferBytes refuses what Envoy refuses: to replace bytes that don't begin at 0.
func (c calls) SetBufferBytes(buffer, start, size uint32, p []byte) abi.Status {
	b, d, s := c.buffer(buffer)
	if s != abi.OK {
		return s
	}
	if d == nil {
		return abi.BadArgument // a configuration
	}
	switch {
	case start == 0:
		d.buffer = slices.Concat(p, b[min(uint64(size), uint64(len(b))):])
	case uint64(start) >= uint64(len(b)):
		d.buffer = slices.Concat(b, p)
	default:
		return abi.BadArgument
	}
	return abi.OK
}

func (c calls) GetBufferStatus(buffer uint32) (uint32, abi.Status) {
	b, _, s := c.buffer(buffer)
	return uint32(len(b)), s
}

func (c calls) ContinueStream(stream uint32) abi.Status {
	if c.h.current == nil {
		return abi.BadArgument
	}
	d := c.h.current.direction(stream)
	if d == nil {
		return abi.BadArgument
	}
	d.resume = true
	return abi.OK
}

func (c calls) CloseStream(stream uint32) abi.Status {
	if c.h.current == nil || c.h.current.direction(stream) == nil {
		return abi.BadArgument
	}
	c.h.current.closed = true
	return abi.OK
}

// sharedValue is a value of shared data.
type sharedValue struct {
	b   []byte
	cas uint32
}

func (c calls) SetSharedData(key string, b []byte, cas uint32) abi.Status {
	old, ok := c.h.shared[key]
	if ok && cas != 0 && cas != old.cas {
		return abi.CASMismatch
	}
	c.h.lastCAS++
	c.h.shared[strings.Clone(key)] = sharedValue{bytes.Clone(b), c.h.lastCAS}
	return abi.OK
}

func (c calls) GetSharedData(key string) ([]byte, uint32, abi.Status) {
	v, ok := c.h.shared[key]
	if !ok {
		return nil, 0, abi.NotFound
	}
	return c.h.give(v.b), v.cas, abi.OK
}

// queue is a shared queue; its id is its index + 1.
type queue struct {
	name  string
	items [][]byte
}

func (c calls) RegisterSharedQueue(name string) (uint32, abi.Status) {
	if id, s := c.ResolveSharedQueue("", name); s == abi.OK {
		return id, s
	}
	c.h.queues = append(c.h.queues, &queue{name: strings.Clone(name)})
	return uint32(len(c.h.queues)), abi.OK
}

func (c calls) ResolveSharedQueue(vm, name string) (uint32, abi.Status) {
	i := slices.IndexFunc(c.h.queues, func(q *queue) bool { return q.name == name })
	if i < 0 || vm != "" && vm != c.h.config.VMID {
		return 0, abi.NotFound
	}
	return uint32(i + 1), abi.OK
}

func (c calls) queue(id uint32) *queue {
	if id == 0 || uint64(id) > uint64(len(c.h.queues)) {
		return nil
	}
	return c.h.queues[id-1]
}

func (c calls) EnqueueSharedQueue(id uint32, b []byte) abi.Status {
	q := c.queue(id)
	if q == nil {
		return abi.NotFound
	}
	q.items = append(q.items, bytes.Clone(b))
	c.h.waiting = append(c.h.waiting, id)
	return abi.OK
}

func (c calls) DequeueSharedQueue(id uint32) ([]byte, abi.Status) {
	q := c.queue(id)
	if q == nil {
		return nil, abi.NotFound
	}
	if len(q.items) == 0 {
		return nil, abi.Empty
	}
	b := q.items[0]
	q.items = q.items[1:]
	return c.h.give(b), abi.OK
}

func (c calls) DefineMetric(kind uint32, name string) (uint32, abi.Status) {
	return c.h.metrics.define(kind, name)
}

func (c calls) RecordMetric(id uint32, v uint64) abi.Status { return c.h.metrics.record(id, v) }

func (c calls) IncrementMetric(id uint32, v int64) abi.Status { return c.h.metrics.increment(id, v) }

func (c calls) GetMetric(id uint32) (uint64, abi.Status) { return c.h.metrics.get(id) }

func (c calls) GetProperty(path string) ([]byte, abi.Status) {
	if path == "" {
		return nil, abi.SerializationFailure
	}
	if s := c.h.current; s != nil {
		if b, ok := s.properties[path]; ok {
			return c.h.give(b), abi.OK
		}
	}
	if c.h.config.Properties != nil {
		if b, ok := c.h.config.Properties(strings.Split(path, "\x00")); ok {
			return c.h.give(b), abi.OK
		}
	}
	return nil, abi.NotFound
}

func (c calls) SetProperty(path string, b []byte) abi.Status {
	if c.h.current == nil {
		return abi.NotFound
	}
	c.h.current.properties[strings.Clone(path)] = bytes.Clone(b)
	return abi.OK
}

func (c calls) CallForeignFunction(name string, arg []byte) ([]byte, abi.Status) {
	if name == dispatch.FailStream && c.h.current != nil {
		c.h.current.failure = string(arg)
		return nil, abi.OK
	}
	f := c.h.config.ForeignFunctions[name]
	if f == nil {
		f = map[string]func([]byte) ([]byte, error){"compress": compress, "uncompress": uncompress}[name]
	}
	if f == nil {
		return nil, abi.NotFound
	}
	b, err := f(bytes.Clone(arg))
	if err != nil {
		return nil, abi.InternalFailure
	}
	return c.h.give(b), abi.OK
}

func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func uncompress(b []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, math.MaxInt32))
}
