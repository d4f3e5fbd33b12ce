//go:build wasip1

package abi

import "unsafe"

// Out-parameters of host calls are package-level variables, never locals: a host call that returns bytes calls back into
// proxy_on_memory_allocate on this goroutine's stack, which may move the stack, and the host would write to where the
// locals were. One call is under way at a time, so one set is enough.
var (
	outPtr  uint32
	outSize uint32
	outU32  uint32
	outU64  uint64
)

//go:wasmimport env proxy_log
func proxyLog(level uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_log_level
func proxyGetLogLevel(level *uint32) uint32

//go:wasmimport env proxy_get_current_time_nanoseconds
func proxyGetCurrentTimeNanoseconds(t *uint64) uint32

//go:wasmimport env proxy_set_tick_period_milliseconds
func proxySetTickPeriodMilliseconds(ms uint32) uint32

//go:wasmimport env proxy_done
func proxyDone() uint32

//go:wasmimport env proxy_set_effective_context
func proxySetEffectiveContext(id uint32) uint32

//go:wasmimport env proxy_get_buffer_bytes
func proxyGetBufferBytes(buffer, start, max uint32, p *uint32, n *uint32) uint32

//go:wasmimport env proxy_get_header_map_pairs
func proxyGetHeaderMapPairs(kind uint32, p *uint32, n *uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func proxyGetHeaderMapValue(kind uint32, name unsafe.Pointer, nameLen uint32, p *uint32, n *uint32) uint32

//go:wasmimport env proxy_set_header_map_pairs
func proxySetHeaderMapPairs(kind uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_add_header_map_value
func proxyAddHeaderMapValue(kind uint32, name unsafe.Pointer, nameLen uint32, value unsafe.Pointer, valueLen uint32) uint32

//go:wasmimport env proxy_replace_header_map_value
func proxyReplaceHeaderMapValue(kind uint32, name unsafe.Pointer, nameLen uint32, value unsafe.Pointer, valueLen uint32) uint32

//go:wasmimport env proxy_remove_header_map_value
func proxyRemoveHeaderMapValue(kind uint32, name unsafe.Pointer, nameLen uint32) uint32

//go:wasmimport env proxy_send_local_response
func proxySendLocalResponse(status uint32, details unsafe.Pointer, detailsLen uint32, body unsafe.Pointer, bodyLen uint32,
	headers unsafe.Pointer, headersLen uint32, grpc int32) uint32

//go:wasmimport env proxy_http_call
func proxyHTTPCall(to unsafe.Pointer, toLen uint32, headers unsafe.Pointer, headersLen uint32, body unsafe.Pointer, bodyLen uint32,
	trailers unsafe.Pointer, trailersLen uint32, timeout uint32, token *uint32) uint32

//go:wasmimport env proxy_set_buffer_bytes
func proxySetBufferBytes(buffer, start, size uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_buffer_status
func proxyGetBufferStatus(buffer uint32, size, flags *uint32) uint32

//go:wasmimport env proxy_continue_stream
func proxyContinueStream(stream uint32) uint32

//go:wasmimport env proxy_close_stream
func proxyCloseStream(stream uint32) uint32

//go:wasmimport env proxy_set_shared_data
func proxySetSharedData(key unsafe.Pointer, keyLen uint32, p unsafe.Pointer, n, cas uint32) uint32

//go:wasmimport env proxy_get_shared_data
func proxyGetSharedData(key unsafe.Pointer, keyLen uint32, p *uint32, n, cas *uint32) uint32

//go:wasmimport env proxy_register_shared_queue
func proxyRegisterSharedQueue(name unsafe.Pointer, nameLen uint32, id *uint32) uint32

//go:wasmimport env proxy_resolve_shared_queue
func proxyResolveSharedQueue(vm unsafe.Pointer, vmLen uint32, name unsafe.Pointer, nameLen uint32, id *uint32) uint32

//go:wasmimport env proxy_enqueue_shared_queue
func proxyEnqueueSharedQueue(id uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_dequeue_shared_queue
func proxyDequeueSharedQueue(id uint32, p *uint32, n *uint32) uint32

//go:wasmimport env proxy_define_metric
func proxyDefineMetric(kind uint32, name unsafe.Pointer, nameLen uint32, id *uint32) uint32

//go:wasmimport env proxy_record_metric
func proxyRecordMetric(id uint32, v uint64) uint32

//go:wasmimport env proxy_increment_metric
func proxyIncrementMetric(id uint32, v int64) uint32

//go:wasmimport env proxy_get_metric
func proxyGetMetric(id uint32, v *uint64) uint32

//go:wasmimport env proxy_get_property
func proxyGetProperty(path unsafe.Pointer, pathLen uint32, p *uint32, n *uint32) uint32

//go:wasmimport env proxy_set_property
func proxySetProperty(path unsafe.Pointer, pathLen uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_call_foreign_function
func proxyCallForeignFunction(name unsafe.Pointer, nameLen uint32, arg unsafe.Pointer, argLen uint32, p *uint32, n *uint32) uint32

func bytesPtr(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))
}

func stringPtr(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

func clearOut() { outPtr, outSize = 0, 0 }

// out finds the bytes that the host filled. They came from Allocate, and stay valid until the arena is reset.
func out(status uint32) ([]byte, Status) {
	if Status(status) != OK {
		return nil, Status(status)
	}
	if outSize == 0 {
		return nil, OK
	}
	b, ok := memory.find(outPtr, outSize)
	if !ok {
		return nil, InvalidMemoryAccess
	}
	return b, OK
}

// Log writes one message.
func Log(level uint32, msg string) Status {
	p, n := stringPtr(msg)
	return Status(proxyLog(level, p, n))
}

// GetLogLevel returns the lowest level that the host keeps.
func GetLogLevel() (uint32, Status) {
	s := proxyGetLogLevel(&outU32)
	return outU32, Status(s)
}

// GetCurrentTimeNanoseconds returns the time since the Unix epoch.
func GetCurrentTimeNanoseconds() (uint64, Status) {
	s := proxyGetCurrentTimeNanoseconds(&outU64)
	return outU64, Status(s)
}

// SetTickPeriodMilliseconds sets the timer of the root context, 0 stops it.
func SetTickPeriodMilliseconds(ms uint32) Status { return Status(proxySetTickPeriodMilliseconds(ms)) }

// Done ends a context that deferred its end.
func Done() Status { return Status(proxyDone()) }

// SetEffectiveContext makes the following calls act for another context.
func SetEffectiveContext(id uint32) Status { return Status(proxySetEffectiveContext(id)) }

// GetBufferBytes returns up to max bytes from start, in arena memory.
func GetBufferBytes(buffer, start, max uint32) ([]byte, Status) {
	clearOut()
	return out(proxyGetBufferBytes(buffer, start, max, &outPtr, &outSize))
}

// ReadBufferBytes fills dst by bytes from start, and returns how many there were.
func ReadBufferBytes(buffer, start uint32, dst []byte) (int, Status) {
	clearOut()
	memory.target = dst
	b, s := out(proxyGetBufferBytes(buffer, start, uint32(len(dst)), &outPtr, &outSize))
	if memory.target = nil; len(b) > 0 && unsafe.SliceData(b) != unsafe.SliceData(dst) {
		copy(dst, b) // from memory that the host has asked for in another way
	}
	return len(b), s
}

// GetHeaderMapPairs returns a header map as it is serialised, in arena memory.
func GetHeaderMapPairs(kind uint32) ([]byte, Status) {
	clearOut()
	return out(proxyGetHeaderMapPairs(kind, &outPtr, &outSize))
}

// GetHeaderMapValue returns the first value of a name, in arena memory.
func GetHeaderMapValue(kind uint32, name string) ([]byte, Status) {
	p, n := stringPtr(name)
	clearOut()
	return out(proxyGetHeaderMapValue(kind, p, n, &outPtr, &outSize))
}

// SetHeaderMapPairs replaces a header map by a serialised one.
func SetHeaderMapPairs(kind uint32, b []byte) Status {
	p, n := bytesPtr(b)
	return Status(proxySetHeaderMapPairs(kind, p, n))
}

// AddHeaderMapValue adds a line.
func AddHeaderMapValue(kind uint32, name, value string) Status {
	p, n := stringPtr(name)
	v, vn := stringPtr(value)
	return Status(proxyAddHeaderMapValue(kind, p, n, v, vn))
}

// ReplaceHeaderMapValue makes a line the only one of its name.
func ReplaceHeaderMapValue(kind uint32, name, value string) Status {
	p, n := stringPtr(name)
	v, vn := stringPtr(value)
	return Status(proxyReplaceHeaderMapValue(kind, p, n, v, vn))
}

// RemoveHeaderMapValue removes all lines of a name.
func RemoveHeaderMapValue(kind uint32, name string) Status {
	p, n := stringPtr(name)
	return Status(proxyRemoveHeaderMapValue(kind, p, n))
}

// SendLocalResponse answers a request.
func SendLocalResponse(status uint32, details string, headers, body []byte) Status {
	const noGRPC = -1
	d, dn := stringPtr(details)
	b, bn := bytesPtr(body)
	h, hn := bytesPtr(headers)
	return Status(proxySendLocalResponse(status, d, dn, b, bn, h, hn, noGRPC))
}

// HTTPCall sends a request, whose headers and trailers are serialised, and returns what names it.
func HTTPCall(to string, headers, body, trailers []byte, milliseconds uint32) (token uint32, s Status) {
	t, tn := stringPtr(to)
	h, hn := bytesPtr(headers)
	b, bn := bytesPtr(body)
	r, rn := bytesPtr(trailers)
	status := proxyHTTPCall(t, tn, h, hn, b, bn, r, rn, milliseconds, &outU32)
	return outU32, Status(status)
}

// SetBufferBytes replaces size bytes from start.
func SetBufferBytes(buffer, start, size uint32, b []byte) Status {
	p, n := bytesPtr(b)
	return Status(proxySetBufferBytes(buffer, start, size, p, n))
}

// GetBufferStatus returns a buffer's size.
func GetBufferStatus(buffer uint32) (uint32, Status) {
	s := proxyGetBufferStatus(buffer, &outSize, &outU32)
	return outSize, Status(s)
}

// ContinueStream resumes a paused stream.
func ContinueStream(stream uint32) Status { return Status(proxyContinueStream(stream)) }

// CloseStream closes a stream.
func CloseStream(stream uint32) Status { return Status(proxyCloseStream(stream)) }

// SetSharedData stores a value.
func SetSharedData(key string, b []byte, cas uint32) Status {
	k, kn := stringPtr(key)
	p, n := bytesPtr(b)
	return Status(proxySetSharedData(k, kn, p, n, cas))
}

// GetSharedData returns a value, in arena memory, and its version.
func GetSharedData(key string) ([]byte, uint32, Status) {
	k, kn := stringPtr(key)
	clearOut()
	b, s := out(proxyGetSharedData(k, kn, &outPtr, &outSize, &outU32))
	return b, outU32, s
}

// RegisterSharedQueue makes or finds a queue of this VM.
func RegisterSharedQueue(name string) (uint32, Status) {
	p, n := stringPtr(name)
	s := proxyRegisterSharedQueue(p, n, &outU32)
	return outU32, Status(s)
}

// ResolveSharedQueue finds a queue by VM and name.
func ResolveSharedQueue(vm, name string) (uint32, Status) {
	v, vn := stringPtr(vm)
	p, n := stringPtr(name)
	s := proxyResolveSharedQueue(v, vn, p, n, &outU32)
	return outU32, Status(s)
}

// EnqueueSharedQueue appends to a queue.
func EnqueueSharedQueue(id uint32, b []byte) Status {
	p, n := bytesPtr(b)
	return Status(proxyEnqueueSharedQueue(id, p, n))
}

// DequeueSharedQueue takes from a queue, into arena memory.
func DequeueSharedQueue(id uint32) ([]byte, Status) {
	clearOut()
	return out(proxyDequeueSharedQueue(id, &outPtr, &outSize))
}

// DefineMetric makes or finds a metric.
func DefineMetric(kind uint32, name string) (uint32, Status) {
	p, n := stringPtr(name)
	s := proxyDefineMetric(kind, p, n, &outU32)
	return outU32, Status(s)
}

// RecordMetric sets or observes a value.
func RecordMetric(id uint32, v uint64) Status { return Status(proxyRecordMetric(id, v)) }

// IncrementMetric adds to a value.
func IncrementMetric(id uint32, v int64) Status { return Status(proxyIncrementMetric(id, v)) }

// GetMetric returns a value.
func GetMetric(id uint32) (uint64, Status) {
	s := proxyGetMetric(id, &outU64)
	return outU64, Status(s)
}

// GetProperty returns a property, in arena memory.
func GetProperty(path string) ([]byte, Status) {
	p, n := stringPtr(path)
	clearOut()
	return out(proxyGetProperty(p, n, &outPtr, &outSize))
}

// SetProperty stores a property.
func SetProperty(path string, b []byte) Status {
	k, kn := stringPtr(path)
	p, n := bytesPtr(b)
	return Status(proxySetProperty(k, kn, p, n))
}

// CallForeignFunction calls a function of the host, the result is in arena memory.
func CallForeignFunction(name string, arg []byte) ([]byte, Status) {
	k, kn := stringPtr(name)
	p, n := bytesPtr(arg)
	clearOut()
	return out(proxyCallForeignFunction(k, kn, p, n, &outPtr, &outSize))
}
