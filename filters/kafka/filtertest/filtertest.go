//go:build !wasip1

// Package filtertest tests filters of Kafka by tables of frames: what the client sends and what the broker gets then, what the broker sends and what the
// client gets. Each table runs natively, in wazero as a module, and in whatever other host is given (test/e2e has Envoy), each frame whole and byte by
// byte.
package filtertest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/kafka/kafkaguest"
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/wasmhost"
)

// Case is a connection.
type Case struct {
	Name          string
	Configuration string // of the module
	Steps         []Step
}

// Step is something that one end sends, and what the other gets: nothing of both may be left out, but may be empty.
type Step struct {
	Client []byte // sent by the client, if it isn't nil
	Broker []byte // sent by the broker, otherwise
	Want   []byte // what the other end gets
}

// Conn is a connection through a filter, in some host.
type Conn interface {
	// Client and Broker send bytes from one end and return what the other gets. want is how much that should be, for hosts that must wait for it.
	Client(b []byte, want int) ([]byte, error)
	Broker(b []byte, want int) ([]byte, error)
}

// Host opens a connection through a filter with a configuration. What it holds ends with the test.
type Host func(t testing.TB, configuration string) (Conn, error)

// Run runs all cases in all hosts.
func Run(t *testing.T, hosts map[string]Host, cases []Case) {
	for name, host := range hosts {
		for _, c := range cases {
			for cut, piece := range map[string]int{"whole": 0, "bytes": 1} {
				t.Run(name+"/"+c.Name+"/"+cut, func(t *testing.T) { c.run(t, host, piece) })
			}
		}
	}
}

func (c Case) run(t *testing.T, host Host, piece int) {
	conn, err := host(t, c.Configuration)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range c.Steps {
		who, in, send := "the client", s.Client, conn.Client
		if in == nil {
			who, in, send = "the broker", s.Broker, conn.Broker
		}
		var got []byte
		n := piece
		if n == 0 {
			n = max(len(in), 1)
		}
		for ; len(in) > 0; in = in[min(n, len(in)):] {
			b, err := send(in[:min(n, len(in))], len(s.Want)-len(got))
			if err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			got = append(got, b...)
		}
		if !bytes.Equal(got, s.Want) {
			t.Errorf("step %d: of what %s sends the other end gets\n%q, want\n%q", i, who, got, s.Want)
		}
	}
}

// Request returns the frame of a request with the client id "test".
func Request(t testing.TB, key kafkaproto.APIKey, version int16, correlationID int32, m kafkaproto.Message) []byte {
	t.Helper()
	h := kafkaproto.RequestHeader{APIKey: key, APIVersion: version, CorrelationID: correlationID, ClientID: []byte("test")}
	b, err := h.AppendTo(kafkaproto.BeginFrame(nil))
	return finish(t, b, err, m, version)
}

// Substitute returns what the broker gets instead of a refused request.
func Substitute(correlationID int32) []byte {
	return kafkaproto.AppendEmptyMetadataRequest(nil, correlationID, []byte("test"))
}

// Response returns the frame of a response.
func Response(t testing.TB, key kafkaproto.APIKey, version int16, correlationID int32, m kafkaproto.Message) []byte {
	t.Helper()
	h := kafkaproto.ResponseHeader{CorrelationID: correlationID}
	b, err := h.AppendTo(kafkaproto.BeginFrame(nil), key, version)
	return finish(t, b, err, m, version)
}

func finish(t testing.TB, b []byte, err error, m kafkaproto.Message, version int16) []byte {
	t.Helper()
	if err == nil {
		b, err = m.AppendTo(b, version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return kafkaproto.EndFrame(b, 0)
}

// Native runs filters as they are registered with kafkaguest.Register, without Wasm.
func Native(newFilters func(configuration []byte) (kafka.Config, error)) Host {
	return func(t testing.TB, configuration string) (Conn, error) {
		h, err := proxywasmtest.Start(t, func() proxywasm.Root { return kafkaguest.New(newFilters) }, proxywasmtest.Config{Configuration: []byte(configuration)})
		if err != nil {
			return nil, err
		}
		return native{h.Open()}, nil
	}
}

type native struct{ s *proxywasmtest.Stream }

func (n native) Client(b []byte, _ int) ([]byte, error) {
	passed, _ := n.s.Downstream(b, false)
	return bytes.Clone(passed), n.err()
}

func (n native) Broker(b []byte, _ int) ([]byte, error) {
	passed, _ := n.s.Upstream(b, false)
	return bytes.Clone(passed), n.err()
}

func (n native) err() error {
	if f := n.s.Failure(); f != "" {
		return fmt.Errorf("filtertest: the filter ended the connection: %s", f)
	}
	return nil
}

// Module builds the module of the package in a folder, "." for that of the test.
func Module(t testing.TB, folder string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "filter.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, ".")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("filtertest: building the module: %v\n%s", err, b)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// Wasm runs a module in wazero, as package nasp does.
func Wasm(t testing.TB, module []byte) Host {
	t.Helper()
	r, err := wasmhost.NewRuntime(t.Context(), wasmhost.Config{CacheDir: cacheDir(t), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(context.Background()) })
	return func(t testing.TB, configuration string) (Conn, error) {
		p, err := r.Load(t.Context(), module, wasmhost.PluginConfig{Trusted: true, VMs: 1, Configuration: []byte(configuration)})
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { p.Close(context.Background()) })
		s, err := p.NewStream(t.Context(), wasmhost.StreamConfig{})
		if err != nil {
			return nil, err
		}
		return inWasm{t, s}, nil
	}
}

// cacheDir keeps compiled modules, which takes seconds, from one run to the next.
func cacheDir(t testing.TB) string {
	base, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	dir := filepath.Join(base, "nasp-test", "filtertest")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

type inWasm struct {
	t testing.TB
	s *wasmhost.Stream
}

func (w inWasm) Client(b []byte, _ int) ([]byte, error) { return w.call(w.s.OnDownstreamData, b) }
func (w inWasm) Broker(b []byte, _ int) ([]byte, error) { return w.call(w.s.OnUpstreamData, b) }

func (w inWasm) call(f func(context.Context, wasmhost.Buffer, bool) (wasmhost.Action, error), b []byte) ([]byte, error) {
	var buf conn.Buffer
	if err := buf.Splice(0, 0, b); err != nil {
		return nil, err
	}
	_, err := f(w.t.Context(), &buf, false)
	return bytes.Clone(buf.Bytes()), err
}
