package wasmhost_test

import (
	"context"
	"fmt"

	"github.com/libnasp/libnasp/wasmhost"
)

// data is the simplest Buffer.
type data struct{ b []byte }

func (d *data) Len() int      { return len(d.b) }
func (d *data) Bytes() []byte { return d.b }
func (d *data) Splice(start, n int, p []byte) error {
	d.b = append(d.b[:start:start], append(append([]byte(nil), p...), d.b[start+n:]...)...)
	return nil
}

func Example() {
	ctx := context.Background()
	runtime, err := wasmhost.NewRuntime(ctx, wasmhost.Config{})
	if err != nil {
		panic(err)
	}
	defer runtime.Close(ctx)

	plugin, err := runtime.LoadFile(ctx, "testdata/xor.wasm", wasmhost.PluginConfig{Name: "xor"})
	if err != nil {
		panic(err)
	}
	stream, err := plugin.NewStream(ctx, wasmhost.StreamConfig{})
	if err != nil {
		panic(err)
	}
	defer stream.Close(ctx)

	bytes := &data{b: []byte("Hello")}
	action, err := stream.OnDownstreamData(ctx, bytes, false)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v %s\n", action, bytes.b)
	// Output: Continue hELLO
}
