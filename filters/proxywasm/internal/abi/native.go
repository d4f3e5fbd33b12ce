//go:build !wasip1

package abi

// Caller is a host made of Go: the same calls as the functions of this package.
type Caller interface {
	Log(level uint32, msg string) Status
	GetLogLevel() (uint32, Status)
	GetCurrentTimeNanoseconds() (uint64, Status)
	SetTickPeriodMilliseconds(ms uint32) Status
	Done() Status
	SetEffectiveContext(id uint32) Status
	GetBufferBytes(buffer, start, max uint32) ([]byte, Status)
	GetHeaderMapPairs(kind uint32) ([]byte, Status)
	GetHeaderMapValue(kind uint32, name string) ([]byte, Status)
	SetHeaderMapPairs(kind uint32, b []byte) Status
	AddHeaderMapValue(kind uint32, name, value string) Status
	ReplaceHeaderMapValue(kind uint32, name, value string) Status
	RemoveHeaderMapValue(kind uint32, name string) Status
	SendLocalResponse(status uint32, details string, headers, body []byte) Status
	HTTPCall(to string, headers, body, trailers []byte, milliseconds uint32) (token uint32, s Status)
	SetBufferBytes(buffer, start, size uint32, b []byte) Status
	GetBufferStatus(buffer uint32) (uint32, Status)
	ContinueStream(stream uint32) Status
	CloseStream(stream uint32) Status
	SetSharedData(key string, b []byte, cas uint32) Status
	GetSharedData(key string) ([]byte, uint32, Status)
	RegisterSharedQueue(name string) (uint32, Status)
	ResolveSharedQueue(vm, name string) (uint32, Status)
	EnqueueSharedQueue(id uint32, b []byte) Status
	DequeueSharedQueue(id uint32) ([]byte, Status)
	DefineMetric(kind uint32, name string) (uint32, Status)
	RecordMetric(id uint32, v uint64) Status
	IncrementMetric(id uint32, v int64) Status
	GetMetric(id uint32) (uint64, Status)
	GetProperty(path string) ([]byte, Status)
	SetProperty(path string, b []byte) Status
	CallForeignFunction(name string, arg []byte) ([]byte, Status)
}

// Host is where host calls go outside of Wasm. Package proxywasmtest sets it.
var Host Caller

// The functions below are those of wasip1.go, which documents them.

func Log(level uint32, msg string) Status                  { return Host.Log(level, msg) }
func GetLogLevel() (uint32, Status)                        { return Host.GetLogLevel() }
func GetCurrentTimeNanoseconds() (uint64, Status)          { return Host.GetCurrentTimeNanoseconds() }
func SetTickPeriodMilliseconds(ms uint32) Status           { return Host.SetTickPeriodMilliseconds(ms) }
func Done() Status                                         { return Host.Done() }
func SetEffectiveContext(id uint32) Status                 { return Host.SetEffectiveContext(id) }
func GetBufferBytes(b, start, max uint32) ([]byte, Status) { return Host.GetBufferBytes(b, start, max) }
func ReadBufferBytes(buffer, start uint32, dst []byte) (int, Status) {
	b, s := Host.GetBufferBytes(buffer, start, uint32(len(dst)))
	return copy(dst, b), s
}
func GetHeaderMapPairs(kind uint32) ([]byte, Status) { return Host.GetHeaderMapPairs(kind) }
func GetHeaderMapValue(kind uint32, name string) ([]byte, Status) {
	return Host.GetHeaderMapValue(kind, name)
}
func SetHeaderMapPairs(kind uint32, b []byte) Status { return Host.SetHeaderMapPairs(kind, b) }
func AddHeaderMapValue(kind uint32, name, value string) Status {
	return Host.AddHeaderMapValue(kind, name, value)
}
func ReplaceHeaderMapValue(kind uint32, name, value string) Status {
	return Host.ReplaceHeaderMapValue(kind, name, value)
}
func RemoveHeaderMapValue(kind uint32, name string) Status {
	return Host.RemoveHeaderMapValue(kind, name)
}
func SendLocalResponse(status uint32, details string, headers, body []byte) Status {
	return Host.SendLocalResponse(status, details, headers, body)
}
func HTTPCall(to string, headers, body, trailers []byte, milliseconds uint32) (uint32, Status) {
	return Host.HTTPCall(to, headers, body, trailers, milliseconds)
}
func SetBufferBytes(buffer, start, size uint32, b []byte) Status {
	return Host.SetBufferBytes(buffer, start, size, b)
}
func GetBufferStatus(buffer uint32) (uint32, Status) { return Host.GetBufferStatus(buffer) }
func ContinueStream(stream uint32) Status            { return Host.ContinueStream(stream) }
func CloseStream(stream uint32) Status               { return Host.CloseStream(stream) }
func SetSharedData(key string, b []byte, cas uint32) Status {
	return Host.SetSharedData(key, b, cas)
}
func GetSharedData(key string) ([]byte, uint32, Status)      { return Host.GetSharedData(key) }
func RegisterSharedQueue(name string) (uint32, Status)       { return Host.RegisterSharedQueue(name) }
func ResolveSharedQueue(vm, name string) (uint32, Status)    { return Host.ResolveSharedQueue(vm, name) }
func EnqueueSharedQueue(id uint32, b []byte) Status          { return Host.EnqueueSharedQueue(id, b) }
func DequeueSharedQueue(id uint32) ([]byte, Status)          { return Host.DequeueSharedQueue(id) }
func DefineMetric(kind uint32, name string) (uint32, Status) { return Host.DefineMetric(kind, name) }
func RecordMetric(id uint32, v uint64) Status                { return Host.RecordMetric(id, v) }
func IncrementMetric(id uint32, v int64) Status              { return Host.IncrementMetric(id, v) }
func GetMetric(id uint32) (uint64, Status)                   { return Host.GetMetric(id) }
func GetProperty(path string) ([]byte, Status)               { return Host.GetProperty(path) }
func SetProperty(path string, b []byte) Status               { return Host.SetProperty(path, b) }
func CallForeignFunction(name string, arg []byte) ([]byte, Status) {
	return Host.CallForeignFunction(name, arg)
}
