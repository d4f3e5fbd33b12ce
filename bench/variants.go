package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspsarama"
)

// variant is one way to send records.
type variant struct {
	name string
	what string
	// filters are what the client's connections are wrapped with, nil for none.
	filters func() []nasp.Filter
	// route says which proxy there is between client and broker.
	route route
	// intercept adds an interceptor of sarama.
	intercept bool
}

type route int

const (
	direct route = iota
	envoyPlain
	envoyWasm
	kroxylicious
	numRoutes
)

const defaultPII = ""

var variants = []variant{
	{name: "plain", what: "sarama alone"},
	{name: "pass", what: "nasp with a Go filter that passes everything", filters: func() []nasp.Filter {
		return []nasp.Filter{{Name: "pass", New: func() (conn.Filter, error) { return pass{}, nil }}}
	}},
	{name: "wasm", what: "nasp with the PII filter in Wasm", filters: func() []nasp.Filter { return []nasp.Filter{nasp.PII(defaultPII)} }},
	{name: "native", what: "nasp with the same filter as Go code", filters: func() []nasp.Filter { return []nasp.Filter{{Name: "native", New: newNativePII}} }},
	{name: "envoy", what: "Envoy forwarding TCP, without a filter", route: envoyPlain},
	{name: "envoy-wasm", what: "Envoy with the same kafka.wasm", route: envoyWasm},
	{name: "kroxylicious", what: "Kroxylicious that upper-cases values: other work than masking", route: kroxylicious},
	{name: "interceptor", what: "an interceptor of sarama that calls the engine: values only, text only", intercept: true},
}

func variantNames() (names []string) {
	for _, v := range variants {
		names = append(names, v.name)
	}
	return names
}

func variantByName(name string) variant {
	for _, v := range variants {
		if v.name == name {
			return v
		}
	}
	panic("no variant " + name)
}

// pass looks at nothing but is shown everything.
type pass struct{}

func (pass) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnDownstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

func (pass) OnClose(conn.Peer) {}

// cacheDir keeps compiled modules of the benchmark.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	return filepath.Join(base, "nasp", "bench-wazero"), err
}

// newInterceptor returns what a variant wraps connections with, nil for none.
func (v variant) newInterceptor(ctx context.Context) (*nasp.Interceptor, error) {
	if v.filters == nil {
		return nil, nil
	}
	dir, err := cacheDir()
	if err != nil {
		return nil, err
	}
	return nasp.New(ctx, nasp.Config{Filters: v.filters(), CacheDir: dir})
}

// clientConfig is the configuration of a variant's producer.
func (v variant) clientConfig(i *nasp.Interceptor, codec string) (*sarama.Config, error) {
	c := sarama.NewConfig()
	c.ClientID = "bench"
	c.Version = sarama.V2_8_0_0
	c.Producer.Return.Successes = true
	c.Producer.Return.Errors = true
	c.Producer.RequiredAcks = sarama.WaitForLocal
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Producer.MaxMessageBytes = 4 << 20
	c.Producer.Compression = map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}[codec]
	c.Net.MaxOpenRequests = 5
	c.ChannelBufferSize = 1024
	if v.intercept {
		in, err := newEngineInterceptor()
		if err != nil {
			return nil, err
		}
		c.Producer.Interceptors = []sarama.ProducerInterceptor{in}
	}
	if i == nil {
		return c, nil
	}
	return naspsarama.Wrap(c, i)
}

// engineInterceptor is what a team would write that has the engine but no wrapper.
type engineInterceptor struct {
	engine *pii.Engine
	found  []pii.Finding
}

func newEngineInterceptor() (*engineInterceptor, error) {
	e, err := pii.New(pii.Config{})
	return &engineInterceptor{engine: e}, err
}

// OnSend masks the value of a message. sarama calls it from one goroutine.
func (e *engineInterceptor) OnSend(m *sarama.ProducerMessage) {
	v, err := m.Value.Encode()
	if err != nil {
		return
	}
	if e.found = e.engine.Find(e.found[:0], v); len(e.found) > 0 {
		v = append([]byte(nil), v...) // the application's
		pii.Mask(v, e.found)
		m.Value = sarama.ByteEncoder(v)
	}
}

// start is what childStart measures.
type start struct {
	New     time.Duration // nasp.New
	Connect time.Duration // the first connection through the filters, to a listener on loopback
	PeakKiB int
}

// childStart measures the start of the PII filter with a cache folder, its argument.
func childStart(args []string) error {
	var out start
	ctx := context.Background()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	began := time.Now()
	i, err := nasp.New(ctx, nasp.Config{CacheDir: args[0]})
	if err != nil {
		return err
	}
	out.New = time.Since(began)
	began = time.Now()
	c, err := (&nasp.Dialer{Interceptor: i}).DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return err
	}
	out.Connect = time.Since(began)
	if out.PeakKiB, err = status(os.Getpid(), "VmHWM"); err != nil {
		return err
	}
	c.Close()
	if err := i.Close(ctx); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}
