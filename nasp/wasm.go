package nasp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/wasmhost"
)

// failStream is the foreign function by which guests of our SDK say why they end a stream.
const failStream = "nasp_fail_stream"

// newRuntime makes what a generation's modules run on.
func newRuntime(ctx context.Context, c Config) (*wasmhost.Runtime, error) {
	return wasmhost.NewRuntime(ctx, wasmhost.Config{
		Logger: c.Logger, CacheDir: c.CacheDir, MemoryLimitBytes: c.MemoryLimit,
		SharedDataLimitBytes: c.SharedDataLimit, QueueLimitBytes: c.QueueLimit, ShutdownTimeout: c.ShutdownTimeout,
		HTTPDestinations: c.HTTPDestinations, TrustedSHA256: append([]string{builtIn()}, c.TrustedSHA256...),
	})
}

// builtIn is the digest of the module that is a part of nasp, which is trusted.
func builtIn() string {
	sum := sha256.Sum256(kafkawasm.Module)
	return hex.EncodeToString(sum[:])
}

// wasmFilter is a stream of a Wasm plugin as a filter of a connection.
type wasmFilter struct {
	name       string
	stream     *wasmhost.Stream
	plugin     *wasmhost.Plugin
	controller conn.Controller
	failure    atomic.Pointer[error] // why the guest ended the stream
}

var (
	_ conn.Filter              = (*wasmFilter)(nil)
	_ conn.Interested          = (*wasmFilter)(nil)
	_ wasmhost.StreamEvents    = (*wasmFilter)(nil)
	_ wasmhost.StreamFailed    = (*wasmFilter)(nil)
	_ wasmhost.StreamFunctions = (*wasmFilter)(nil)
	_ wasmhost.Buffer          = (*conn.Buffer)(nil)
)

// newWasmFilter makes a stream for nc.
func newWasmFilter(ctx context.Context, plugin *wasmhost.Plugin, name string, nc net.Conn, server bool) (conn.Filter, error) {
	f := &wasmFilter{name: name, plugin: plugin}
	stream, err := plugin.NewStream(ctx, wasmhost.StreamConfig{Properties: properties(nc, server), Events: f})
	if err != nil {
		return nil, err
	}
	f.stream = stream
	return f, nil
}

// Wants tells whether the module has a callback for the direction.
func (f *wasmFilter) Wants(d conn.Direction) bool {
	if d == conn.Downstream {
		return f.plugin.HandlesDownstream()
	}
	return f.plugin.HandlesUpstream()
}

// OnNewConnection tells the guest of the connection.
func (f *wasmFilter) OnNewConnection(ctx context.Context, c conn.Controller) (conn.Action, error) {
	f.controller = c
	a, err := f.stream.OnNewConnection(ctx)
	return f.result(a, err)
}

// OnDownstreamData shows the guest bytes from the client.
func (f *wasmFilter) OnDownstreamData(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	a, err := f.stream.OnDownstreamData(ctx, b, end)
	return f.result(a, err)
}

// OnUpstreamData shows the guest bytes from the server.
func (f *wasmFilter) OnUpstreamData(ctx context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	a, err := f.stream.OnUpstreamData(ctx, b, end)
	return f.result(a, err)
}

// result turns what a call of the guest gave into what a filter gives. A stream that the guest has ended gives the guest's reason.
func (f *wasmFilter) result(a wasmhost.Action, err error) (conn.Action, error) {
	if err != nil {
		return conn.Pause, fmt.Errorf("nasp: filter %q: %w", f.name, err)
	}
	if p := f.failure.Load(); p != nil {
		return conn.Pause, *p
	}
	if a == wasmhost.ActionContinue {
		return conn.Continue, nil
	}
	return conn.Pause, nil
}

// closeTimeout bounds the wait for a VM at the end of a stream. After it the guest learns of the end in the background.
const closeTimeout = time.Second

// OnClose ends the guest's stream.
func (f *wasmFilter) OnClose(peer conn.Peer) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	p := wasmhost.PeerType(peer) // the numbers are Proxy-Wasm's in both packages
	// An error means that the guest is gone, and then there is nobody to tell.
	_ = f.stream.OnDownstreamConnectionClose(ctx, p)
	_ = f.stream.OnUpstreamConnectionClose(ctx, p)
	f.stream.Close(ctx)
}

// ContinueStream resumes a direction that the guest paused.
func (f *wasmFilter) ContinueStream(t wasmhost.StreamType) {
	if f.controller == nil {
		return
	}
	if t == wasmhost.StreamDownstream {
		f.controller.Continue(conn.Downstream)
	} else {
		f.controller.Continue(conn.Upstream)
	}
}

// CloseStream closes the connection for the guest.
func (f *wasmFilter) CloseStream(wasmhost.StreamType) {
	if f.controller == nil {
		return
	}
	var reason error
	if p := f.failure.Load(); p != nil {
		reason = *p
	}
	f.controller.CloseConnection(reason)
}

// StreamFailed closes the connection when its guest died outside of a call for it: what is paused would wait for ever.
func (f *wasmFilter) StreamFailed(err error) {
	f.fail(err)
	f.CloseStream(wasmhost.StreamDownstream)
}

// CallForeignFunction lets the guest say why it ends the stream.
func (f *wasmFilter) CallForeignFunction(name string, arg []byte) ([]byte, wasmhost.Status) {
	if name != failStream {
		return nil, wasmhost.StatusNotFound
	}
	f.fail(errors.New(string(arg)))
	return nil, wasmhost.StatusOK
}

// fail notes why the stream ends. The first reason stays.
func (f *wasmFilter) fail(err error) {
	err = fmt.Errorf("nasp: filter %q ended the connection: %w", f.name, err)
	f.failure.CompareAndSwap(nil, &err)
}

// properties are those that Envoy gives to network filters: the source is the client's end.
func properties(nc net.Conn, server bool) func(path []string) ([]byte, bool) {
	source, destination := nc.LocalAddr, nc.RemoteAddr
	if server {
		source, destination = destination, source
	}
	return func(path []string) ([]byte, bool) {
		if len(path) != 2 || path[1] != "address" {
			return nil, false
		}
		switch path[0] {
		case "source":
			return []byte(source().String()), true
		case "destination", "upstream":
			return []byte(destination().String()), true
		}
		return nil, false
	}
}
