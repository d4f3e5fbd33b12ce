package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// FrameSizeLen is the number of bytes of the size before each frame.
const FrameSizeLen = 4

// DefaultMaxFrame is the size of Kafka's largest request (socket.request.max.bytes) in bytes.
const DefaultMaxFrame = 100 << 20

// FrameSize reads the number of bytes that follow the first four of a frame. It fails if there are more than max, 0 for DefaultMaxFrame: it
// isn't Kafka's protocol then, and the kind says whether it looks like TLS. b has four bytes at least.
func FrameSize(b []byte, max int) (int, error) {
	if max <= 0 {
		max = DefaultMaxFrame
	}
	size := int64(wire.Int32(b))
	if size < 0 || size > int64(max) {
		return 0, badSize(b)
	}
	return int(size), nil
}

// badSize tells TLS from other things that aren't frames: a record of a handshake or an alert begins with 22 or 21, then 3 and a
// minor version up to 4, which as a size is above 336 MiB.
func badSize(b []byte) error {
	kind := TooLarge
	if (b[0] == 0x16 || b[0] == 0x15) && b[1] == 3 && b[2] <= 4 {
		kind = TLS
	}
	return &Error{Kind: kind, Field: "frame size", Offset: 0}
}

// BeginFrame appends room for the size of a frame, and EndFrame writes that of the frame that begins at start.
func BeginFrame(dst []byte) []byte { return append(dst, 0, 0, 0, 0) }

// EndFrame writes the size of the frame that begins at start and ends with b.
func EndFrame(b []byte, start int) []byte {
	wire.PutUint32(b[start:], uint32(len(b)-start-FrameSizeLen))
	return b
}
