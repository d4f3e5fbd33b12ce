package wasmhost

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"io"
)

const (
	// maxUncompressed bounds the result of uncompress, and what compress takes.
	maxUncompressed = 64 << 20
	maxFunctionName = 1 << 10
)

// ForeignFunction is a function of the embedder that guests may call by name. It runs while the VM is locked, so it must
// not call the plugin. arg is a view of guest memory: it is valid during the call only, must not be written to, and may
// be a part of the result. ctx is that of the caller whose data the guest is working on.
type ForeignFunction func(ctx context.Context, arg []byte) (result []byte, status Status)

// foreignFunc is a foreign function as the host calls it.
type foreignFunc func(v *vm, arg []byte) ([]byte, Status)

// foreignFunctions adds the built-in functions to those of the embedder, which may replace them.
func foreignFunctions(own map[string]ForeignFunction) map[string]foreignFunc {
	all := map[string]foreignFunc{"compress": compress, "uncompress": uncompress}
	for name, fn := range own {
		all[name] = func(v *vm, arg []byte) ([]byte, Status) { return fn(v.callCtx.Context, arg) }
	}
	return all
}

func proxyCallForeignFunction(v *vm, s []uint64) uint32 {
	name, ok1 := v.read(u32(s, 0), u32(s, 1))
	arg, ok2 := v.read(u32(s, 2), u32(s, 3))
	if !ok1 || !ok2 {
		return uint32(StatusInvalidMemoryAccess)
	}
	if len(name) > maxFunctionName {
		return uint32(StatusNotFound)
	}
	addrPtr, sizePtr := u32(s, 4), u32(s, 5)
	result, status := v.callForeign(string(name), arg)
	if status != StatusOK {
		return uint32(status)
	}
	return v.give(result, addrPtr, sizePtr)
}

// callForeign asks the stream first, then the runtime.
func (v *vm) callForeign(name string, arg []byte) ([]byte, Status) {
	if stream := v.streams[v.effective]; stream != nil {
		if own, ok := stream.cfg.Events.(StreamFunctions); ok {
			if result, status := own.CallForeignFunction(name, arg); status != StatusNotFound {
				return result, status
			}
		}
	}
	fn := v.plugin.runtime.foreign[name]
	if fn == nil {
		return nil, StatusNotFound
	}
	return fn(v, arg)
}

// compress and uncompress are Envoy's: a zlib stream (RFC 1950) with no length before it.
func compress(_ *vm, arg []byte) ([]byte, Status) {
	if len(arg) > maxUncompressed {
		return nil, StatusInternalFailure
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write(arg)
	if errors.Join(err, w.Close()) != nil {
		return nil, StatusSerializationFailure
	}
	return b.Bytes(), StatusOK
}

func uncompress(_ *vm, arg []byte) ([]byte, Status) {
	r, err := zlib.NewReader(bytes.NewReader(arg))
	if err != nil {
		return nil, StatusSerializationFailure
	}
	p, err := io.ReadAll(io.LimitReader(r, maxUncompressed+1))
	switch {
	case err != nil:
		return nil, StatusSerializationFailure
	case len(p) > maxUncompressed:
		return nil, StatusInternalFailure
	}
	return p, StatusOK
}
