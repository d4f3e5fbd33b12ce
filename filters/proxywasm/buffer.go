package proxywasm

import (
	"math"

	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
)

// Buffer is one of the host's buffers: the bytes that a data callback is called for, or a configuration. It exists during
// the callback only.
type Buffer uint32

// The buffers that hosts know and this package uses.
const (
	BufferRequestBody         Buffer = 0
	BufferResponseBody        Buffer = 1
	BufferDownstreamData      Buffer = 2
	BufferUpstreamData        Buffer = 3
	BufferHTTPCallBody        Buffer = 4
	BufferVMConfiguration     Buffer = 6
	BufferPluginConfiguration Buffer = 7
	BufferCallData            Buffer = 8
)

// Bytes copies n bytes from start out of the host. The slice is the guest's own: it may be changed, which doesn't change the
// buffer, and is valid until the callback returns. It is an error if the buffer has fewer.
func (b Buffer) Bytes(start, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	if start < 0 || n < 0 || int64(start) > math.MaxUint32 || int64(n) > math.MaxUint32 {
		return nil, ErrBadArgument
	}
	p, s := abi.GetBufferBytes(uint32(b), uint32(start), uint32(n))
	if s != abi.OK {
		return nil, s
	}
	if len(p) != n {
		return nil, errTruncated
	}
	return p, nil
}

// Read fills dst by bytes from start. It needs no memory besides dst, so it is the way to take more bytes than a callback should have twice.
// It is an error if the buffer has fewer.
func (b Buffer) Read(dst []byte, start int) error {
	if len(dst) == 0 {
		return nil
	}
	if start < 0 || int64(start) > math.MaxUint32 || int64(len(dst)) > math.MaxUint32 {
		return ErrBadArgument
	}
	n, s := abi.ReadBufferBytes(uint32(b), uint32(start), dst)
	if s != abi.OK {
		return s
	}
	if n != len(dst) {
		return errTruncated
	}
	return nil
}

// All copies the whole buffer out of the host, empty if there is none.
func (b Buffer) All() ([]byte, error) {
	p, s := abi.GetBufferBytes(uint32(b), 0, math.MaxUint32)
	if s == abi.NotFound {
		return nil, nil
	}
	return p, s.Err()
}

// ReplacePrefix replaces the first n bytes by p. It is the only edit in the middle that all hosts have: Envoy refuses to
// replace bytes that don't begin at 0.
func (b Buffer) ReplacePrefix(n int, p []byte) error {
	return abi.SetBufferBytes(uint32(b), 0, uint32(n), p).Err()
}

// Append adds p at the end.
func (b Buffer) Append(p []byte) error {
	return abi.SetBufferBytes(uint32(b), math.MaxUint32, 0, p).Err()
}

// Len returns the number of bytes.
func (b Buffer) Len() (int, error) {
	n, s := abi.GetBufferStatus(uint32(b))
	return int(n), s.Err()
}
