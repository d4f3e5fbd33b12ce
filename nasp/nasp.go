// Package nasp runs Proxy-Wasm filters on the connections of a program, inside its own process. It wraps what a client dials
// with, so nothing else has to run: no proxy, no sidecar, no root.
//
//	n, err := nasp.New(ctx, nasp.Config{}) // masks personal data and secrets in what Kafka clients produce
//	if err != nil {
//		return err
//	}
//	defer n.Close(ctx)
//	dialer := &nasp.Dialer{Interceptor: n}
//	client, err := kgo.NewClient(kgo.Dialer(dialer.DialContext), …)
//
// For sarama there is package naspsarama.
package nasp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/wasmhost"
)

// Interceptor holds the filters and what they run on. One serves any number of connections and clients, from any goroutine.
type Interceptor struct {
	logger      *slog.Logger
	maxBuffered int
	runtime     *wasmhost.Runtime // nil if no filter needs it
	factories   []factory
}

// factory makes one filter's instance for a new connection. A nil filter means that the connection goes on without it.
type factory func(ctx context.Context, nc net.Conn) (conn.Filter, error)

// New loads and configures the filters. Modules are compiled here, which takes a second without a cache of compiled modules. The caller
// closes the Interceptor after the last of its connections.
func New(ctx context.Context, config Config) (*Interceptor, error) {
	c, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	i := &Interceptor{logger: c.Logger, maxBuffered: c.MaxBuffered}
	for _, f := range c.Filters {
		make, err := i.load(ctx, c, f)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("nasp: filter %q: %w", f.Name, err), i.Close(ctx))
		}
		i.factories = append(i.factories, make)
	}
	return i, nil
}

// load prepares one filter.
func (i *Interceptor) load(ctx context.Context, c Config, f Filter) (factory, error) {
	if f.New != nil {
		return func(context.Context, net.Conn) (conn.Filter, error) { return f.New() }, nil
	}
	module, err := f.module()
	if err != nil {
		return nil, err
	}
	if i.runtime == nil {
		if i.runtime, err = newRuntime(ctx, c); err != nil {
			return nil, err
		}
	}
	plugin, err := i.runtime.Load(ctx, module, wasmhost.PluginConfig{
		Name: f.Name, RootID: f.Name, VMID: f.Name, SHA256: f.SHA256, Trusted: f.Trusted, TimeLimit: f.TimeLimit,
		Configuration: f.Configuration, VMs: c.VMs,
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, nc net.Conn) (conn.Filter, error) {
		return newWasmFilter(ctx, plugin, f.Name, nc)
	}, nil
}

// Client wraps a connection that this process made: what it writes is downstream data. ctx bounds the filters' start only. The Conn
// owns nc from then on; on an error the caller does.
func (i *Interceptor) Client(ctx context.Context, nc net.Conn) (*conn.Conn, error) {
	return i.wrap(ctx, nc, false)
}

// Server wraps a connection that this process accepted: what it reads is downstream data. Otherwise it is like Client.
func (i *Interceptor) Server(ctx context.Context, nc net.Conn) (*conn.Conn, error) {
	return i.wrap(ctx, nc, true)
}

func (i *Interceptor) wrap(ctx context.Context, nc net.Conn, server bool) (*conn.Conn, error) {
	filters := make([]conn.Filter, 0, len(i.factories))
	for _, make := range i.factories {
		f, err := make(ctx, nc)
		if err != nil {
			closeAll(filters)
			return nil, fmt.Errorf("nasp: %w", err)
		}
		if f != nil {
			filters = append(filters, f)
		}
	}
	c, err := conn.New(ctx, nc, conn.Config{Filters: filters, Server: server, MaxBuffered: i.maxBuffered})
	if err != nil {
		abandonAll(filters)
		return nil, err
	}
	return c, nil
}

// abandonAll ends the guests' streams of a connection whose start failed. conn has called OnClose of the filters before the one that failed
// only, and closing a stream again does nothing.
func abandonAll(filters []conn.Filter) {
	for _, f := range filters {
		if w, ok := f.(*wasmFilter); ok {
			w.OnClose(conn.PeerLocal)
		}
	}
}

// closeAll ends filters of a connection that never came to be.
func closeAll(filters []conn.Filter) {
	for _, f := range filters {
		f.OnClose(conn.PeerLocal)
	}
}

// Close frees the filters. Connections that are still open fail from then on.
func (i *Interceptor) Close(ctx context.Context) error {
	if i.runtime == nil {
		return nil
	}
	return i.runtime.Close(ctx)
}
