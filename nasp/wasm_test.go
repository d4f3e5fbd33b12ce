package nasp

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/wasmhost"
)

// TestFailedStartLeavesNoStream: a connection whose filter fails at its start must not leave streams in the VMs, neither that filter's
// nor those of the filters behind it.
func TestFailedStartLeavesNoStream(t *testing.T) {
	config, err := Config{Logger: slog.New(slog.DiscardHandler), CacheDir: testguest.CacheDir(t)}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRuntime(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	i := &Interceptor{runtime: r, logger: config.Logger}
	defer func() {
		if err := i.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	var plugins []*wasmhost.Plugin
	for _, c := range []string{"", "panic in NewStream", ""} {
		p, err := r.Load(t.Context(), testguest.Module(t), wasmhost.PluginConfig{Name: c, Configuration: []byte(c), Trusted: true})
		if err != nil {
			t.Fatal(err)
		}
		plugins = append(plugins, p)
		i.factories = append(i.factories, func(ctx context.Context, nc net.Conn) (conn.Filter, error) {
			return newWasmFilter(ctx, p, c, nc)
		})
	}
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	if _, err := i.Client(t.Context(), client); err == nil {
		t.Error("no error though a filter fails at its start")
	}
	for n, p := range plugins {
		if streams := p.Stats().Streams; streams != 0 {
			t.Errorf("filter %d: %d streams are left", n, streams)
		}
	}
}
