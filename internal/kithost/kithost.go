// Package kithost is the adapter that runs the conformance kit on package wasmhost.
package kithost

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/libnasp/libnasp/wasmhost"
	"github.com/libnasp/libnasp/wasmhost/wasmhosttest"
)

// Host is a wasmhosttest.Host.
type Host struct {
	// CacheDir keeps compiled guests, see wasmhost.Config.
	CacheDir string
	// Trusted runs the guests without termination checks.
	Trusted bool
}

var _ wasmhosttest.Host = Host{}

// StopsLoops implements wasmhosttest.Host.
func (h Host) StopsLoops() bool { return !h.Trusted }

// Failure implements wasmhosttest.Host.
func (Host) Failure(err error) (wasmhosttest.Failure, bool) {
	var guest *wasmhost.GuestError
	if !errors.As(err, &guest) {
		return wasmhosttest.Failure{}, false
	}
	return wasmhosttest.Failure{Callback: guest.Callback, Cause: guest.Err.Error(), TimeLimit: errors.Is(err, wasmhost.ErrTimeLimit)}, true
}

// NewRuntime implements wasmhosttest.Host.
func (h Host) NewRuntime(cfg wasmhosttest.RuntimeConfig) (wasmhosttest.Runtime, error) {
	functions := map[string]wasmhost.ForeignFunction{}
	for name, fn := range cfg.ForeignFunctions {
		functions[name] = func(_ context.Context, arg []byte) ([]byte, wasmhost.Status) {
			result, status := fn(arg)
			return result, wasmhost.Status(status)
		}
	}
	destinations := map[string]wasmhost.HTTPDestination{}
	for name, url := range cfg.HTTPDestinations {
		destinations[name] = wasmhost.HTTPDestination{URL: url}
	}
	r, err := wasmhost.NewRuntime(context.Background(), wasmhost.Config{
		Logger:               slog.New(logHandler{cfg.Log, levels[cfg.LogLevel]}),
		CacheDir:             h.CacheDir,
		MemoryLimitBytes:     cfg.MemoryLimitBytes,
		SharedDataLimitBytes: cfg.StorageLimitBytes,
		QueueLimitBytes:      cfg.StorageLimitBytes,
		ShutdownTimeout:      2 * time.Second,
		ForeignFunctions:     functions,
		HTTPDestinations:     destinations,
	})
	return runtime{r, h}, err
}

// levels are slog's for those of the ABI.
var levels = []slog.Level{slog.LevelDebug - 4, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slog.LevelError + 4}

// logHandler passes on what guests log, and not what the host says about them: only the former has a source.
type logHandler struct {
	log   func(level uint32, message string)
	level slog.Level
}

func (l logHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }
func (l logHandler) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l logHandler) WithGroup(string) slog.Handler                    { return l }
func (l logHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "source" {
			l.log(uint32(slices.Index(levels, r.Level)), r.Message)
		}
		return true
	})
	return nil
}

type runtime struct {
	*wasmhost.Runtime
	host Host
}

func (r runtime) Load(ctx context.Context, module []byte, cfg wasmhosttest.PluginConfig) (wasmhosttest.Plugin, error) {
	backoff := time.Hour
	if cfg.Replace {
		backoff = time.Millisecond
	}
	p, err := r.Runtime.Load(ctx, module, wasmhost.PluginConfig{
		Name: cfg.Name, RootID: cfg.RootID, VMID: cfg.VMID,
		VMConfiguration: cfg.VMConfiguration, Configuration: cfg.Configuration,
		VMs: cfg.VMs, TimeLimit: cfg.TimeLimit, Trusted: r.host.Trusted, MinBackoff: backoff, MaxBackoff: backoff,
	})
	if err != nil {
		return nil, err
	}
	return plugin{p}, nil
}

type plugin struct{ *wasmhost.Plugin }

func (p plugin) NewStream(ctx context.Context, cfg wasmhosttest.StreamConfig) (wasmhosttest.Stream, error) {
	s, err := p.Plugin.NewStream(ctx, streamConfig(cfg))
	if err != nil {
		return nil, err
	}
	return stream{s}, nil
}

func (p plugin) NewHTTPStream(ctx context.Context, cfg wasmhosttest.StreamConfig) (wasmhosttest.HTTPStream, error) {
	s, err := p.Plugin.NewHTTPStream(ctx, streamConfig(cfg))
	if err != nil {
		return nil, err
	}
	return &httpStream{HTTPStream: s}, nil
}

func (p plugin) Metrics() (all []wasmhosttest.Metric) {
	for _, m := range p.Plugin.Metrics().Snapshot() {
		all = append(all, wasmhosttest.Metric{Name: m.Name, Type: uint32(m.Type), Value: m.Value, Count: m.Count})
	}
	return all
}

func streamConfig(cfg wasmhosttest.StreamConfig) wasmhost.StreamConfig {
	return wasmhost.StreamConfig{Properties: cfg.Properties, Events: events(cfg.Event)}
}

// events is wasmhost.StreamEvents with all its optional parts.
type events func(wasmhosttest.Event)

func (e events) ContinueStream(t wasmhost.StreamType) {
	e(wasmhosttest.Event{Kind: wasmhosttest.EventContinue, Stream: uint32(t)})
}

func (e events) CloseStream(t wasmhost.StreamType) {
	e(wasmhosttest.Event{Kind: wasmhosttest.EventClose, Stream: uint32(t)})
}

func (e events) StreamFailed(error) { e(wasmhosttest.Event{Kind: wasmhosttest.EventFailed}) }

func (e events) SendLocalResponse(l wasmhost.LocalResponse) {
	e(wasmhosttest.Event{Kind: wasmhosttest.EventLocalResponse, Response: &wasmhosttest.LocalResponse{
		Status: l.Status, Details: l.Details, Headers: fromHeaders(l.Headers), Body: string(l.Body), GRPCStatus: l.GRPCStatus,
	}})
}

type stream struct{ *wasmhost.Stream }

func action(a wasmhost.Action, err error) (wasmhosttest.Action, error) {
	return wasmhosttest.Action(a), err
}

func (s stream) OnNewConnection(ctx context.Context) (wasmhosttest.Action, error) {
	return action(s.Stream.OnNewConnection(ctx))
}

func (s stream) OnDownstreamData(ctx context.Context, b *wasmhosttest.Buffer, end bool) (wasmhosttest.Action, error) {
	return action(s.Stream.OnDownstreamData(ctx, b, end))
}

func (s stream) OnUpstreamData(ctx context.Context, b *wasmhosttest.Buffer, end bool) (wasmhosttest.Action, error) {
	return action(s.Stream.OnUpstreamData(ctx, b, end))
}

func (s stream) OnDownstreamConnectionClose(ctx context.Context, peer uint32) error {
	return s.Stream.OnDownstreamConnectionClose(ctx, wasmhost.PeerType(peer))
}

func (s stream) OnUpstreamConnectionClose(ctx context.Context, peer uint32) error {
	return s.Stream.OnUpstreamConnectionClose(ctx, wasmhost.PeerType(peer))
}

// httpStream keeps the header maps of the host beside those of the kit, which follow after each call.
type httpStream struct {
	*wasmhost.HTTPStream
	maps []headerMap
}

type headerMap struct {
	kit  *[]wasmhosttest.Header
	host *wasmhost.Headers
}

func (h *httpStream) headers(kit *[]wasmhosttest.Header) *wasmhost.Headers {
	m := headerMap{kit: kit, host: new(wasmhost.Headers)}
	for _, e := range *kit {
		*m.host = append(*m.host, wasmhost.Header(e))
	}
	h.maps = append(h.maps, m)
	return m.host
}

func fromHeaders(h wasmhost.Headers) (all []wasmhosttest.Header) {
	for _, e := range h {
		all = append(all, wasmhosttest.Header(e))
	}
	return all
}

func (h *httpStream) after(a wasmhost.Action, err error) (wasmhosttest.Action, error) {
	for _, m := range h.maps {
		*m.kit = fromHeaders(*m.host)
	}
	return action(a, err)
}

func (h *httpStream) OnRequestHeaders(ctx context.Context, headers *[]wasmhosttest.Header, end bool) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnRequestHeaders(ctx, h.headers(headers), end))
}

func (h *httpStream) OnRequestBody(ctx context.Context, b *wasmhosttest.Buffer, end bool) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnRequestBody(ctx, b, end))
}

func (h *httpStream) OnRequestTrailers(ctx context.Context, trailers *[]wasmhosttest.Header) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnRequestTrailers(ctx, h.headers(trailers)))
}

func (h *httpStream) OnResponseHeaders(ctx context.Context, headers *[]wasmhosttest.Header, end bool) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnResponseHeaders(ctx, h.headers(headers), end))
}

func (h *httpStream) OnResponseBody(ctx context.Context, b *wasmhosttest.Buffer, end bool) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnResponseBody(ctx, b, end))
}

func (h *httpStream) OnResponseTrailers(ctx context.Context, trailers *[]wasmhosttest.Header) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnResponseTrailers(ctx, h.headers(trailers)))
}

func (h *httpStream) OnRequestMetadata(ctx context.Context, entries int) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnRequestMetadata(ctx, entries))
}

func (h *httpStream) OnResponseMetadata(ctx context.Context, entries int) (wasmhosttest.Action, error) {
	return h.after(h.HTTPStream.OnResponseMetadata(ctx, entries))
}
