package wasmhost

import "fmt"

// Status is what a host call answers to the guest (proxy_status_t).
type Status uint32

// The statuses of the ABI.
const (
	StatusOK                   Status = 0
	StatusNotFound             Status = 1
	StatusBadArgument          Status = 2
	StatusSerializationFailure Status = 3
	StatusParseFailure         Status = 4
	StatusInvalidMemoryAccess  Status = 6
	StatusEmpty                Status = 7
	StatusCasMismatch          Status = 8
	StatusInternalFailure      Status = 10
	StatusUnimplemented        Status = 12
)

// Action is what the guest decides about the bytes that it was shown (proxy_action_t).
type Action uint32

const (
	// ActionContinue hands on all bytes of the buffer.
	ActionContinue Action = 0
	// ActionPause keeps them. Every value other than 0 that a guest returns counts as a pause.
	ActionPause Action = 1
)

// StreamType names a direction of a stream (proxy_stream_type_t).
type StreamType uint32

// The stream types of the ABI. A TCP stream has the last two only.
const (
	StreamRequest    StreamType = 0
	StreamResponse   StreamType = 1
	StreamDownstream StreamType = 2
	StreamUpstream   StreamType = 3
)

// PeerType tells which end closed a connection (proxy_peer_type_t).
type PeerType uint32

// The peer types of the ABI.
const (
	PeerUnknown PeerType = 0
	PeerLocal   PeerType = 1
	PeerRemote  PeerType = 2
)

// bufferType names a buffer of the host (proxy_buffer_type_t).
type bufferType uint32

const (
	bufferRequestBody          bufferType = 0
	bufferResponseBody         bufferType = 1
	bufferDownstreamData       bufferType = 2
	bufferUpstreamData         bufferType = 3
	bufferHTTPCallBody         bufferType = 4
	bufferGRPC                 bufferType = 5
	bufferVMConfiguration      bufferType = 6
	bufferPluginConfiguration  bufferType = 7
	bufferForeignFunctionsArgs bufferType = 8

	// bufferNone is the type of the running callback's buffer when it has none.
	bufferNone bufferType = 0xffffffff
)

// MetricType is the kind of a metric (proxy_metric_type_t).
type MetricType uint32

// The metric types of the ABI.
const (
	MetricCounter   MetricType = 0
	MetricGauge     MetricType = 1
	MetricHistogram MetricType = 2
)

func (a Action) String() string { return nameOf([]string{"Continue", "Pause"}, uint32(a)) }
func (t MetricType) String() string {
	return nameOf([]string{"counter", "gauge", "histogram"}, uint32(t))
}
func (p PeerType) String() string { return nameOf([]string{"unknown", "local", "remote"}, uint32(p)) }
func (t StreamType) String() string {
	return nameOf([]string{"request", "response", "downstream", "upstream"}, uint32(t))
}

func nameOf(names []string, i uint32) string {
	if i < uint32(len(names)) {
		return names[i]
	}
	return fmt.Sprintf("%d", i)
}
