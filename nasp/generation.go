package nasp

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/wasmhost"
)

// generation is a configuration that connections run on. A Reload makes a new one; the old one ends with its last stream.
type generation struct {
	i       *Interceptor
	number  uint64
	config  Config
	budget  *conn.Budget
	runtime *sharedRuntime // nil if no filter is a module
	filters []*loadedFilter
	routes  []*route

	streams int  // guarded by Interceptor.mu
	retired bool // takes no new streams; guarded by Interceptor.mu

	ending sync.Mutex // guards closed
	closed bool
}

// route is a rule with its filters.
type route struct {
	name    string
	matcher matcher
	filters []*loadedFilter
}

// loadedFilter is a filter that can be started for connections.
type loadedFilter struct {
	config Filter
	plugin *wasmhost.Plugin // nil for a filter in Go
	stats  *filterStats
}

// sharedRuntime is used by the generations that have the same settings for all modules: they share the compiler's work and shared data.
type sharedRuntime struct {
	*wasmhost.Runtime
	users int // generations; guarded by Interceptor.mu
}

// newGeneration loads a configuration. old is the one before, or nil. Nothing is left of it on an error.
func (i *Interceptor) newGeneration(ctx context.Context, c Config, old *generation) (*generation, error) {
	g := &generation{i: i, config: c, budget: conn.NewBudget(c.MaxBufferedTotal)}
	for n, f := range c.Filters {
		loaded, err := g.load(ctx, f, old)
		if err != nil {
			err = &ConfigError{"filter", n, f.Name, err}
			return nil, errors.Join(err, g.close(context.WithoutCancel(ctx)))
		}
		g.filters = append(g.filters, loaded)
	}
	rules := c.Rules
	if len(rules) == 0 {
		rules = []Rule{{}}
	}
	for _, r := range rules {
		m, err := r.matcher()
		if err != nil {
			return nil, errors.Join(err, g.close(context.WithoutCancel(ctx)))
		}
		g.routes = append(g.routes, &route{r.Name, m, g.named(r.Filters)})
	}
	return g, nil
}

// named returns the filters with these names in the order of the configuration, all if names is nil.
func (g *generation) named(names []string) []*loadedFilter {
	if names == nil {
		return g.filters
	}
	var list []*loadedFilter
	for _, f := range g.filters {
		if slices.Contains(names, f.config.Name) {
			list = append(list, f)
		}
	}
	return list
}

// load prepares one filter.
func (g *generation) load(ctx context.Context, f Filter, old *generation) (*loadedFilter, error) {
	loaded := &loadedFilter{config: f, stats: g.i.statsOf(f.Name)}
	if f.New != nil {
		return loaded, nil
	}
	var err error
	if loaded.plugin, err = g.loadPlugin(ctx, f, &loaded.stats.guest, old); err != nil {
		g.i.releaseStats(loaded)
		return nil, err
	}
	return loaded, nil
}

func (g *generation) loadPlugin(ctx context.Context, f Filter, metrics *wasmhost.Metrics, old *generation) (*wasmhost.Plugin, error) {
	module, err := f.module()
	if err != nil {
		return nil, err
	}
	configuration, err := f.configuration()
	if err != nil {
		return nil, err
	}
	if err := g.needRuntime(ctx, old); err != nil {
		return nil, err
	}
	vms := f.VMs
	if vms == 0 {
		vms = g.config.VMs
	}
	return g.runtime.Load(ctx, module, wasmhost.PluginConfig{
		Name: f.Name, RootID: f.Name, VMID: f.Name, SHA256: f.SHA256, Trusted: f.Trusted, TimeLimit: f.TimeLimit,
		Configuration: configuration, VMConfiguration: f.VMConfiguration, VMs: vms, Metrics: metrics,
		LogLines: f.LogLines, LogBytes: f.LogBytes, RecycleBytes: f.RecycleBytes, MinBackoff: f.MinBackoff, MaxBackoff: f.MaxBackoff,
	})
}

// needRuntime makes sure that there is a runtime: the one of old if its settings are the same.
func (g *generation) needRuntime(ctx context.Context, old *generation) error {
	if g.runtime != nil {
		return nil
	}
	if old != nil && old.runtime != nil && sameRuntime(old.config, g.config) {
		g.i.mu.Lock()
		defer g.i.mu.Unlock()
		old.runtime.users++
		g.runtime = old.runtime
		return nil
	}
	r, err := newRuntime(ctx, g.config)
	if err != nil {
		return err
	}
	g.runtime = &sharedRuntime{r, 1}
	return nil
}

func sameRuntime(a, b Config) bool {
	return a.Logger == b.Logger && a.CacheDir == b.CacheDir && a.MemoryLimit == b.MemoryLimit &&
		a.SharedDataLimit == b.SharedDataLimit && a.QueueLimit == b.QueueLimit && a.ShutdownTimeout == b.ShutdownTimeout &&
		maps.Equal(a.HTTPDestinations, b.HTTPDestinations) && slices.Equal(a.TrustedSHA256, b.TrustedSHA256)
}

// route returns what becomes of a connection to t, nil if no rule matches.
func (g *generation) route(t target) *route {
	for _, r := range g.routes {
		if r.matcher.matches(t) {
			return r
		}
	}
	return nil
}

// closeAndLog ends a generation whose last stream has gone.
func (g *generation) closeAndLog() {
	if err := g.close(context.Background()); err != nil {
		g.config.Logger.LogAttrs(context.Background(), slog.LevelError, "nasp: an old configuration can't be freed yet",
			slog.Uint64("configuration", g.number), slog.String("error", err.Error()))
		return
	}
	g.config.Logger.LogAttrs(context.Background(), slog.LevelInfo, "nasp: the last connection of an old configuration has ended",
		slog.Uint64("configuration", g.number))
}

// close frees the filters. It may be called more than once, and again after an error.
func (g *generation) close(ctx context.Context) error {
	g.ending.Lock()
	defer g.ending.Unlock()
	if g.closed {
		return nil
	}
	var errs []error
	for _, f := range g.filters {
		if f.plugin != nil {
			errs = append(errs, f.plugin.Close(ctx))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if g.runtime != nil && g.i.lastUser(g.runtime) {
		if err := g.runtime.Close(ctx); err != nil {
			return err
		}
	}
	g.closed = true
	g.i.dropGeneration(g)
	return nil
}

// lastUser gives back a use of r, and tells whether it was the last.
func (i *Interceptor) lastUser(r *sharedRuntime) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.users > 0 { // else a Close of it has failed, and is tried again
		r.users--
	}
	return r.users == 0
}

func (i *Interceptor) dropGeneration(g *generation) {
	for _, f := range g.filters {
		i.releaseStats(f)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.generations, g)
}

// start makes the filter's instance for a connection. A nil filter means that the connection goes on without it.
func (f *loadedFilter) start(ctx context.Context, nc net.Conn, server bool) (conn.Filter, error) {
	if f.plugin != nil {
		return newWasmFilter(ctx, f.plugin, f.config.Name, nc, server)
	}
	return f.config.New()
}
