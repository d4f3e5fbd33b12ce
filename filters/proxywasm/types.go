package proxywasm

import "github.com/libnasp/libnasp/filters/proxywasm/internal/abi"

// Action is the answer of a callback about the bytes that it was called for.
type Action uint32

const (
	// Continue hands the buffered bytes on.
	Continue Action = 0
	// Pause keeps them; the next callback sees the accumulated size. Beware: a proxy like Envoy stops reading at its buffer
	// limit, so a filter that waits for more than that waits for ever. Take the bytes out of the buffer instead.
	Pause Action = 1
)

// Peer tells which end closed a connection.
type Peer uint32

// The ends of a connection.
const (
	PeerUnknown Peer = 0
	PeerLocal   Peer = 1
	PeerRemote  Peer = 2
)

// StreamType names a direction of a stream for ContinueStream and CloseStream.
type StreamType uint32

// The directions of an HTTP request, and those of a network stream: downstream is the client's side.
const (
	StreamRequest    StreamType = 0
	StreamResponse   StreamType = 1
	StreamDownstream StreamType = 2
	StreamUpstream   StreamType = 3
)

// LogLevel is the severity of a message.
type LogLevel uint32

// The levels that hosts know.
const (
	LogTrace LogLevel = iota
	LogDebug
	LogInfo
	LogWarn
	LogError
	LogCritical
)

// The statuses of host calls, as errors: compare with errors.Is or ==.
const (
	ErrNotFound             = abi.NotFound
	ErrBadArgument          = abi.BadArgument
	ErrSerializationFailure = abi.SerializationFailure
	ErrParseFailure         = abi.ParseFailure
	ErrInvalidMemoryAccess  = abi.InvalidMemoryAccess
	ErrEmpty                = abi.Empty
	ErrCASMismatch          = abi.CASMismatch
	ErrInternalFailure      = abi.InternalFailure
	ErrUnimplemented        = abi.Unimplemented
)
