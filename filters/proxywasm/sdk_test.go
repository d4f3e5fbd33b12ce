package proxywasm_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/internal/testguest/filter"
	"github.com/libnasp/libnasp/wasmhost"
)

// logs is a logger's output that tests may read while it is written to.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// await waits until something was logged.
func (l *logs) await(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(l.String(), want); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log never says %q:\n%s", want, l.String())
		}
	}
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// host runs the filter of package testguest, natively or in Wasm, in one VM.
type host interface {
	open(t *testing.T) stream
	log() string
}

// stream is a connection of a host.
type stream interface {
	// downstream gives text to the filter and returns what it leaves in the buffer, "" natively when it pauses.
	downstream(t *testing.T, text string) (string, proxywasm.Action)
	upstream(t *testing.T, text string) string
	// end closes the client's side from afar, and then the stream.
	end(t *testing.T)
	closes() int // how often the filter has closed it; natively at most once
	foreign(t *testing.T, function uint32, arg string)
	continued(t *testing.T) // waits until a timer has continued it
}

// properties answers the filter's questions on each host.
func properties(path []string) ([]byte, bool) {
	return []byte("127.0.0.1:9"), strings.Join(path, ".") == "source.address"
}

// onEachHost runs one test natively and in Wasm. load starts the filter with a configuration.
func onEachHost(t *testing.T, test func(t *testing.T, load func(config string) (host, error))) {
	t.Run("native", func(t *testing.T) {
		test(t, func(config string) (host, error) {
			h, err := proxywasmtest.Start(t, filter.NewRoot, proxywasmtest.Config{
				HTTPDestinations: []string{"server"},
				VMID:             "vm", VMConfiguration: []byte("of the vm"), Configuration: []byte(config), Properties: properties,
			})
			return nativeHost{h}, err
		})
	})
	t.Run("wasm", func(t *testing.T) {
		test(t, func(config string) (host, error) {
			p, out, err := load(t, config)
			return wasmHost{p, out}, err
		})
	})
}

// started is the host of a filter that starts.
func started(t *testing.T, h host, err error) host {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type nativeHost struct{ *proxywasmtest.Host }

func (h nativeHost) open(*testing.T) stream { return nativeStream{h.Open(), h.Host} }

func (h nativeHost) log() string {
	var b strings.Builder
	for _, l := range h.Log() {
		b.WriteString(l.Message + "\n")
	}
	return b.String()
}

type nativeStream struct {
	*proxywasmtest.Stream
	host *proxywasmtest.Host
}

func (s nativeStream) downstream(_ *testing.T, text string) (string, proxywasm.Action) {
	b, a := s.Downstream([]byte(text), false)
	return string(b), a
}

func (s nativeStream) upstream(_ *testing.T, text string) string {
	b, _ := s.Upstream([]byte(text), true)
	return string(b)
}

func (s nativeStream) foreign(_ *testing.T, function uint32, arg string) {
	s.ForeignFunction(function, []byte(arg))
}

func (s nativeStream) continued(t *testing.T) {
	t.Helper()
	s.host.Tick()
	if len(s.Resumed(proxywasm.StreamDownstream)) == 0 {
		t.Error("the timer has continued nothing")
	}
}

func (s nativeStream) end(*testing.T) {
	s.DownstreamClosed(proxywasm.PeerRemote)
	s.Close()
}

func (s nativeStream) closes() int {
	if s.Closed() {
		return 1
	}
	return 0
}

// load runs the test guest in Wasm with a configuration in one VM.
func load(t *testing.T, config string) (*wasmhost.Plugin, *logs, error) {
	t.Helper()
	return loadWith(t, config, nil)
}

func loadWith(t *testing.T, config string, destinations map[string]wasmhost.HTTPDestination) (*wasmhost.Plugin, *logs, error) {
	t.Helper()
	out := &logs{}
	r, err := wasmhost.NewRuntime(t.Context(), wasmhost.Config{
		HTTPDestinations: destinations,
		Logger:           slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})), CacheDir: testguest.CacheDir(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p, err := r.Load(t.Context(), testguest.Module(t), wasmhost.PluginConfig{
		Name: "guest", VMID: "vm", VMs: 1, VMConfiguration: []byte("of the vm"), Configuration: []byte(config),
		TimeLimit: time.Minute, // machines are noisy
	})
	return p, out, err
}

type wasmHost struct {
	plugin *wasmhost.Plugin
	logs   *logs
}

func (h wasmHost) log() string { return h.logs.String() }

func (h wasmHost) open(t *testing.T) stream {
	t.Helper()
	e := &events{continued: make(chan wasmhost.StreamType, 10)}
	s, err := h.plugin.NewStream(t.Context(), wasmhost.StreamConfig{Events: e, Properties: properties})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	if _, err := s.OnNewConnection(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &wasmStream{s, e}
}

type wasmStream struct {
	stream *wasmhost.Stream
	events *events
}

// events notes what a guest does to its stream.
type events struct {
	mu        sync.Mutex
	closed    int
	continued chan wasmhost.StreamType
}

func (e *events) ContinueStream(t wasmhost.StreamType) { e.continued <- t }

func (e *events) CloseStream(wasmhost.StreamType) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed++
}

func (s *wasmStream) closes() int {
	s.events.mu.Lock()
	defer s.events.mu.Unlock()
	return s.events.closed
}

func (s *wasmStream) foreign(t *testing.T, function uint32, arg string) {
	t.Helper()
	if err := s.stream.OnForeignFunction(t.Context(), function, []byte(arg)); err != nil {
		t.Error(err)
	}
}

func (s *wasmStream) continued(t *testing.T) {
	t.Helper()
	if got := <-s.events.continued; got != wasmhost.StreamDownstream {
		t.Errorf("the timer has continued %v", got)
	}
}

func (s *wasmStream) downstream(t *testing.T, text string) (string, proxywasm.Action) {
	t.Helper()
	b := fill(t, text)
	a, err := s.stream.OnDownstreamData(t.Context(), b, false)
	if err != nil {
		t.Error(err)
	}
	return string(b.Bytes()), proxywasm.Action(a)
}

func (s *wasmStream) upstream(t *testing.T, text string) string {
	t.Helper()
	b := fill(t, text)
	if _, err := s.stream.OnUpstreamData(t.Context(), b, true); err != nil {
		t.Error(err)
	}
	return string(b.Bytes())
}

func (s *wasmStream) end(t *testing.T) {
	t.Helper()
	if err := s.stream.OnDownstreamConnectionClose(t.Context(), wasmhost.PeerRemote); err != nil {
		t.Error(err)
	}
	s.stream.Close(t.Context())
}

func fill(t *testing.T, text string) *conn.Buffer {
	t.Helper()
	var b conn.Buffer
	if err := b.Splice(0, 0, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestBuffers(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		s := started(t, h, err).open(t)
		for in, want := range map[string]string{
			"Upper":                          "UPPER",
			"nothing":                        "nothing",
			"Again":                          "Again",
			"Deep":                           "Deep",
			"D" + strings.Repeat("x", 9000):  "D" + strings.Repeat("x", 9000),
			"B" + strings.Repeat("x", 9000):  "B" + strings.Repeat("x", 9000),
			"U" + strings.Repeat("y", 3<<20): "U" + strings.Repeat("Y", 3<<20),
		} {
			if got, action := s.downstream(t, in); action != proxywasm.Continue || got != want {
				t.Errorf("%.9s: %d bytes, %v", in, len(got), action)
			}
		}
		if _, action := s.downstream(t, "Hold"); action != proxywasm.Pause {
			t.Errorf("pause: %v", action)
		}
		if got := s.upstream(t, "from the server"); got != "FROM THE SERVER" {
			t.Errorf("upstream: %q", got)
		}
	})
}

func TestHostCalls(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("of the plugin")
		got, _ := started(t, h, err).open(t).downstream(t, "Report")
		const answered = "proxywasm: the host answered: "
		want := []string{
			"vm=of the vm", "config=of the plugin", "opened=true", "len=6", "beyond=proxywasm: the host gave fewer bytes than it announced",
			"source=127.0.0.1:9", "missing=" + answered + "not found", "set=ok", "mine=v",
			"inc=ok", "calls=3", "last=5",
			"put=ok", "got=shared", "cas=ok", "stale=" + answered + "compare-and-swap mismatch",
			"resolve=" + answered + "not found", "enqueue=ok",
			"foreign=" + answered + "not found", "zlib=text", "clock=true", "tick=ok", "level=ok",
		}
		if got != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// TestFailuresEndOneStream: what goes wrong for one stream must not touch another one of the same VM.
func TestFailuresEndOneStream(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		other := started(t, h, err).open(t)
		for in, want := range map[string]string{
			"Panic with secret bytes": "the filter panicked (the value is withheld",
			"Index":                   "index out of range",
			"Error":                   "guest: an error on purpose",
			"S, another context":      "the filter panicked (the value is withheld",
		} {
			s := h.open(t)
			for range 2 { // the second time the filter isn't called any more
				if _, action := s.downstream(t, in); action != proxywasm.Pause {
					t.Errorf("%s: %v; nothing may pass", in, action)
				}
			}
			if n := s.closes(); n != 1 {
				t.Errorf("%s: the stream was closed %d times, want once", in, n)
			}
			if strings.Count(h.log(), want) == 0 {
				t.Errorf("%s: the log doesn't say %q once", in, want)
			}
		}
		if strings.Contains(h.log(), "secret bytes") {
			t.Error("bytes of a stream are in the log")
		}
		if got, _ := other.downstream(t, "Us"); got != "US" || other.closes() != 0 {
			t.Errorf("the other stream: %q", got)
		}
		if w, ok := h.(wasmHost); ok && w.plugin.Stats().Failures != 0 {
			t.Error("VMs were lost")
		}
	})
}

func TestPanicInNewStream(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("panic in NewStream")
		s := started(t, h, err).open(t)
		if got, action := s.downstream(t, "text"); action != proxywasm.Pause {
			t.Errorf("%q passed: %v", got, action)
		}
		if s.closes() == 0 {
			t.Error("the stream wasn't closed")
		}
	})
}

// TestExitCostsTheVM is for Wasm alone: natively it would end the test.
func TestExitCostsTheVM(t *testing.T) {
	p, out, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	s := wasmHost{p, out}.open(t).(*wasmStream)
	_, err = s.stream.OnDownstreamData(t.Context(), fill(t, "Xit"), false)
	var guest *wasmhost.GuestError
	if !errors.As(err, &guest) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationIsRefused(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		for _, config := range []string{"refuse", "panic"} {
			if _, err := load(config); err == nil {
				t.Errorf("%s: no error", config)
			}
		}
	})
}

func TestEndIsTold(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		started(t, h, err).open(t).end(t)
		for _, want := range []string{"closed by 2", "stream ended"} {
			if !strings.Contains(h.log(), want) {
				t.Errorf("the log doesn't say %q", want)
			}
		}
	})
}

// TestEffectiveContext: a timer continues a stream that isn't the one at hand.
func TestEffectiveContext(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		started(t, h, err).open(t)
		s := h.open(t)
		if _, action := s.downstream(t, "Tick"); action != proxywasm.Pause {
			t.Fatalf("%v", action)
		}
		s.continued(t)
	})
}

// TestForeignFunctions: what the host calls, and what becomes of a stream whose function fails.
func TestForeignFunctions(t *testing.T) {
	onEachHost(t, func(t *testing.T, load func(string) (host, error)) {
		h, err := load("")
		s := started(t, h, err).open(t)
		s.foreign(t, 7, "argument")
		s.foreign(t, 8, "")
		for _, want := range []string{"guest: function 7 of argument", "guest: function 8 of "} {
			if !strings.Contains(h.log(), want) {
				t.Errorf("the log doesn't say %q", want)
			}
		}
		if s.foreign(t, 0, ""); s.closes() != 1 {
			t.Error("the stream goes on after an error")
		}
	})
}

// httpAnswer is what the filter logs of the answer to a request.
const httpAnswer = "guest: answer 201 from the server, 2 headers, 1 trailers, ok, proxywasm: the host answered: not found"

func TestHTTPCallsNatively(t *testing.T) {
	h, err := proxywasmtest.Start(t, filter.NewRoot, proxywasmtest.Config{HTTPDestinations: []string{"server"}})
	if err != nil {
		t.Fatal(err)
	}
	s := h.Open()
	const refused = "proxywasm: the host answered: bad argument"
	if got, _ := s.Downstream([]byte("Wnobody"), false); string(got) != refused+", "+refused {
		t.Errorf("an unknown destination: %s", got)
	}
	for range 2 {
		if got, _ := s.Downstream([]byte("Wserver"), false); string(got) != "ok, "+refused {
			t.Errorf("got %s", got)
		}
	}
	calls := h.HTTPCalls()
	if len(calls) != 2 || calls[0].Destination != "server" || string(calls[0].Body) != "request" || calls[0].Timeout != 5*time.Second || len(calls[0].Headers) != 4 {
		t.Fatalf("sent %+v", calls)
	}
	calls[0].Respond(&proxywasmtest.HTTPResponse{
		Headers:  []proxywasm.Header{{Name: ":status", Value: "201"}, {Name: "a", Value: "b"}},
		Trailers: []proxywasm.Header{{Name: "t", Value: "u"}},
		Body:     []byte("from the server"),
	})
	calls[1].Respond(nil)
	for _, want := range []string{httpAnswer, "guest: no answer to 2"} {
		if log := (nativeHost{h}).log(); !strings.Contains(log, want) {
			t.Errorf("the log doesn't say %q:\n%s", want, log)
		}
	}
}

func TestHTTPCallsInWasm(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || string(b) != "request" || r.Method != http.MethodPost || r.URL.Path != "/path" || r.Header.Get("a") != "b" {
			t.Errorf("%s %s with %q, %v", r.Method, r.URL, b, err)
		}
		w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
		w.Header().Set("Trailer", "t")
		w.Header().Set("a", "b")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "from the server")
		w.Header().Set("t", "u")
	}))
	defer server.Close()
	p, out, err := loadWith(t, "", map[string]wasmhost.HTTPDestination{
		"server": {URL: server.URL}, "down": {URL: "http://127.0.0.1:1"},
	})
	s := started(t, wasmHost{p, out}, err).open(t)
	for _, in := range []string{"Wserver", "Wdown"} {
		if got, _ := s.downstream(t, in); !strings.HasPrefix(got, "ok") {
			t.Errorf("%s: %s", in, got)
		}
	}
	for _, want := range []string{httpAnswer, "guest: no answer to 2"} {
		out.await(t, want)
	}
}

// TestTheEndIsDeferred: the root has something to do, and a timer does it.
func TestTheEndIsDeferred(t *testing.T) {
	want := []string{"guest: stream logged", "guest: stream ended", "guest: finished, ok, again proxywasm: the host answered: not found", "guest: root ended"}
	check := func(t *testing.T, log string) {
		t.Helper()
		for _, line := range want {
			if _, log, _ = strings.Cut(log, line); log == "" {
				t.Fatalf("the log doesn't say %q in its place", line)
			}
		}
	}
	t.Run("native", func(t *testing.T) {
		h, err := proxywasmtest.Start(t, filter.NewRoot, proxywasmtest.Config{Configuration: []byte("defer the end")})
		if err != nil {
			t.Fatal(err)
		}
		h.Open()
		h.Close()
		check(t, nativeHost{h}.log()+"end")
	})
	t.Run("wasm", func(t *testing.T) {
		p, out, err := load(t, "defer the end")
		started(t, wasmHost{p, out}, err).open(t)
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, out.String())
	})
}
