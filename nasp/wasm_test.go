package nasp

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/libnasp/libnasp/internal/testguest"
)

// TestFailedStartLeavesNoStream: a connection whose filter fails at its start must not leave streams in the VMs, neither that filter's
// nor those of the filters behind it.
func TestFailedStartLeavesNoStream(t *testing.T) {
	var filters []Filter
	for _, configuration := range []string{"", "panic in NewStream", " "} {
		filters = append(filters, Filter{Wasm: testguest.Module(t), Trusted: true, Configuration: []byte(configuration)})
	}
	i, err := New(t.Context(), Config{Filters: filters, Logger: slog.New(slog.DiscardHandler), CacheDir: testguest.CacheDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := i.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	if _, err := i.Client(t.Context(), client); err == nil {
		t.Error("no error though a filter fails at its start")
	}
	for _, f := range i.current.Load().filters {
		if streams := f.plugin.Stats().Streams; streams != 0 {
			t.Errorf("%s: %d streams are left", f.config.Name, streams)
		}
	}
	if m := i.Metrics(); m.Open != 0 || m.Refused != 1 || m.Failed != 0 {
		t.Errorf("%d connections are open, %d refused, %d failed", m.Open, m.Refused, m.Failed)
	}
}

// TestPropertiesOfBothEnds: the source is the client's end, whoever asks.
func TestPropertiesOfBothEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for name, get := range map[string]func([]string) ([]byte, bool){"client": properties(client, false), "server": properties(server, true)} {
		for path, want := range map[string]net.Addr{"source": client.LocalAddr(), "destination": l.Addr(), "upstream": l.Addr()} {
			if got, ok := get([]string{path, "address"}); !ok || string(got) != want.String() {
				t.Errorf("%s: %s.address is %q, want %v", name, path, got, want)
			}
		}
	}
}
