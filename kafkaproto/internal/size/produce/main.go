//go:build wasip1

// Command produce is a guest that decodes and encodes Produce requests and their headers.
package main

import (
	"unsafe"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

func main() {}

var (
	header  kafkaproto.RequestHeader
	request messages.ProduceRequest
	out     []byte
)

// handle decodes a frame without its size and encodes it again. It returns the number of bytes, or minus 1.
//
//go:wasmexport handle
func handle(frame unsafe.Pointer, size uint32) int32 {
	body, err := header.Parse(unsafe.Slice((*byte)(frame), size))
	if err != nil {
		return fail(err)
	}
	if err := request.Decode(body, header.APIVersion); err != nil {
		return fail(err)
	}
	if out, err = header.AppendTo(out[:0]); err != nil {
		return fail(err)
	}
	if out, err = request.AppendTo(out, header.APIVersion); err != nil {
		return fail(err)
	}
	return int32(len(out))
}

func fail(err error) int32 {
	println(err.Error())
	return -1
}
