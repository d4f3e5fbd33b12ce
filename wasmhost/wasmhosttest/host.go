package wasmhosttest

import (
	"context"
	"fmt"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// Status is what a host call answers.
type Status = puppet.Status

// Host is the host under test. Its adapter translates; it decides nothing.
type Host interface {
	// NewRuntime makes what plugins share: shared data, queues, foreign functions.
	NewRuntime(RuntimeConfig) (Runtime, error)
	// Failure tells whether an error of a Runtime, Plugin or Stream means that the guest failed, and how.
	Failure(error) (Failure, bool)
	// StopsLoops tells whether a time limit ends a guest that makes no host call.
	StopsLoops() bool
}

// RuntimeConfig is what a check wants of a Runtime.
type RuntimeConfig struct {
	// Log gets each message that the guests log at LogLevel (0 trace to 5 critical) or above, what they write to standard output (level 2)
	// and to standard error (level 4) line by line. It may be called from any goroutine. Never nil.
	Log      func(level uint32, message string)
	LogLevel uint32
	// ForeignFunctions can be called by guests, besides compress and uncompress. The argument is valid during the call only.
	ForeignFunctions map[string]func(arg []byte) (result []byte, status Status)
	// HTTPDestinations are the URLs, of http and without a path, of where guests may send requests to, by the names that guests use.
	HTTPDestinations map[string]string
	// MemoryLimitBytes bounds the memory of each VM. Never 0.
	MemoryLimitBytes uint64
	// StorageLimitBytes bounds what guests keep in shared data, and likewise in queues. Never 0.
	StorageLimitBytes uint64
}

// Runtime is a running host.
type Runtime interface {
	// Load starts a guest. Its error tells why the guest can't run, or that it refused its configuration.
	Load(ctx context.Context, module []byte, cfg PluginConfig) (Plugin, error)
	// Close closes all plugins first.
	Close(ctx context.Context) error
}

// PluginConfig is what a check wants of a plugin.
type PluginConfig struct {
	Name, RootID, VMID             string
	VMConfiguration, Configuration []byte
	// VMs is how many VMs there are when there are as many streams; each stream belongs to one. Never 0.
	VMs int
	// TimeLimit bounds each call into the guest; starting a VM may take ten times as long. Never 0.
	TimeLimit time.Duration
	// Replace has a VM that failed replaced within a second. Otherwise it isn't, as long as the check runs.
	Replace bool
}

// Plugin is a guest that runs.
type Plugin interface {
	ABIVersion() string // "0.2.1"
	NewStream(ctx context.Context, cfg StreamConfig) (Stream, error)
	NewHTTPStream(ctx context.Context, cfg StreamConfig) (HTTPStream, error)
	// Metrics returns the metrics that the guest has defined.
	Metrics() []Metric
	// Close ends the streams, then the root contexts.
	Close(ctx context.Context) error
}

// Metric is the value of a metric.
type Metric struct {
	Name string
	Type uint32 // 0 counter, 1 gauge, 2 histogram
	// Value of a counter or a gauge, the sum of a histogram. Count is the number of values recorded in a histogram.
	Value, Count uint64
}

// StreamConfig is what a check wants of a TCP stream or HTTP request.
type StreamConfig struct {
	// Properties answers proxy_get_property. Never nil.
	Properties func(path []string) (value []byte, ok bool)
	// Event is told what the guest does to its stream, after the guest's call has returned. It may be called from any goroutine. Never nil.
	Event func(Event)
}

// Event is something that a guest did to its stream.
type Event struct {
	Kind EventKind
	// Stream is what is continued or closed: 0 request, 1 response, 2 downstream, 3 upstream.
	Stream uint32
	// Response is the answer of EventLocalResponse.
	Response *LocalResponse
}

// EventKind is the kind of an event.
type EventKind int

const (
	// EventContinue resumes a direction that is paused, outside of the callback that decides on it.
	EventContinue EventKind = iota
	// EventClose closes the connection.
	EventClose
	// EventLocalResponse answers an HTTP request in place of the server.
	EventLocalResponse
	// EventFailed tells that the guest of the stream failed outside of a call for it, or that the plugin was closed.
	EventFailed
)

func (e Event) String() string {
	names := [...]string{"continue", "close", "answer", "failed"}
	if e.Kind == EventContinue || e.Kind == EventClose {
		return fmt.Sprintf("%s %s", names[e.Kind], [...]string{"request", "response", "downstream", "upstream"}[e.Stream])
	}
	return names[e.Kind]
}

// LocalResponse is a guest's answer to an HTTP request.
type LocalResponse struct {
	Status     uint32
	Details    string
	Headers    []Header
	Body       string
	GRPCStatus int32
}

// Header is a line of a header map.
type Header struct{ Name, Value string }

// Action is what a guest decides.
type Action uint32

// The actions. Every other value that a guest returns is a pause.
const (
	Continue Action = 0
	Pause    Action = 1
)

// Stream is a TCP connection as its guest sees it. A callback that the guest doesn't have continues. After a call that failed the check
// makes no other, but Close.
type Stream interface {
	OnNewConnection(ctx context.Context) (Action, error)
	// OnDownstreamData shows the guest the buffer, which it may change.
	OnDownstreamData(ctx context.Context, b *Buffer, end bool) (Action, error)
	OnUpstreamData(ctx context.Context, b *Buffer, end bool) (Action, error)
	// The peer is 0 unknown, 1 local, 2 remote.
	OnDownstreamConnectionClose(ctx context.Context, peer uint32) error
	OnUpstreamConnectionClose(ctx context.Context, peer uint32) error
	OnForeignFunction(ctx context.Context, function uint32, arg []byte) error
	// Close ends the stream. It may be called more than once.
	Close(ctx context.Context)
}

// HTTPStream is an HTTP request with its response as its guest sees it.
type HTTPStream interface {
	// The guest may change the headers until the first callback of that direction that continues.
	OnRequestHeaders(ctx context.Context, headers *[]Header, end bool) (Action, error)
	OnRequestBody(ctx context.Context, b *Buffer, end bool) (Action, error)
	OnRequestTrailers(ctx context.Context, trailers *[]Header) (Action, error)
	OnResponseHeaders(ctx context.Context, headers *[]Header, end bool) (Action, error)
	OnResponseBody(ctx context.Context, b *Buffer, end bool) (Action, error)
	OnResponseTrailers(ctx context.Context, trailers *[]Header) (Action, error)
	// OnRequestMetadata tells that a METADATA frame of HTTP/2 came.
	OnRequestMetadata(ctx context.Context, entries int) (Action, error)
	OnResponseMetadata(ctx context.Context, entries int) (Action, error)
	Close(ctx context.Context)
}

// Failure tells how a guest failed.
type Failure struct {
	Callback string // the export that failed, "instantiation" for the start section
	Cause    string // in words
	// TimeLimit tells that the call took too long.
	TimeLimit bool
}

// Buffer holds the bytes of a stream.
type Buffer struct {
	Data []byte
	// Max bounds Data; 0 doesn't.
	Max int
}

// Len returns the number of bytes.
func (b *Buffer) Len() int { return len(b.Data) }

// Bytes returns the bytes.
func (b *Buffer) Bytes() []byte { return b.Data }

// Splice replaces n bytes at start by a copy of p.
func (b *Buffer) Splice(start, n int, p []byte) error {
	if start < 0 || n < 0 || start > len(b.Data) || n > len(b.Data)-start {
		return fmt.Errorf("wasmhosttest: splice of [%d,+%d) in %d bytes", start, n, len(b.Data))
	}
	if size := len(b.Data) - n + len(p); b.Max > 0 && size > b.Max {
		return fmt.Errorf("wasmhosttest: %d bytes are too many for the buffer, which has room for %d", size, b.Max)
	}
	b.Data = append(append(append([]byte(nil), b.Data[:start]...), p...), b.Data[start+n:]...)
	return nil
}

func (b *Buffer) String() string { return string(b.Data) }
