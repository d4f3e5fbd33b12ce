package wasmhosttest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var loadChecks = []check{
	{"load/modules that can't run", []string{"bad-modules"}, badModules},
	{"load/type of each export", []string{"export-types"}, exportTypes},
	{"load/type of each import", []string{"import-types"}, importTypes},
	{"load/each import while starting", []string{"start-calls"}, importsWhileStarting},
	{"load/guests that fail while they start", []string{"bad-start"}, badStart},
}

// badModules: an error that tells, and the runtime goes on.
func badModules(t *T) {
	r := t.runtime(nil, RuntimeConfig{MemoryLimitBytes: 4 << 20})
	load := func(name string, module []byte) {
		t.Helper()
		s := setup{module: module}
		if _, err := r.Load(t.Context(), module, s.pluginConfig()); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	load("nothing", nil)
	load("a script", []byte("#!/bin/sh\n"))
	load("text", []byte("(module)"))
	load("a part of the magic number", []byte("\x00asm"))
	load("a component", []byte("\x00asm\x0d\x00\x01\x00"))
	load("cut off", puppet.Module("0.2.1")[:100])
	load("no marker", []byte("\x00asm\x01\x00\x00\x00"))
	load("invalid code", bytes.Replace(Guest("bad_start"), []byte{0x00, 0x0b}, []byte{0x6a, 0x0b}, 1))
	for _, name := range []string{
		"bad_version", "bad_no_memory", "bad_imported_memory", "bad_big_memory", "bad_export", "bad_import_type", "bad_import",
	} {
		load(name, Guest(name))
	}
	t.loadInto(r, setup{module: Guest("nothing")})
}

func badStart(t *T) {
	r := t.runtime(nil, RuntimeConfig{})
	for name, where := range map[string]string{"bad_start": "_initialize", "bad_start_section": "instantiation", "bad_exit": "_start"} {
		s := setup{module: Guest(name)}
		_, err := r.Load(t.Context(), s.guest(), s.pluginConfig())
		t.failed(err, where)
	}
	t.loadInto(r, setup{module: Guest("nothing")})
}

// loads tells whether a guest can be loaded.
func (t *T) loads(r Runtime, m smallModule) (Failure, bool) {
	t.Helper()
	s := setup{module: m.bytes()}
	plugin, err := r.Load(t.Context(), s.module, s.pluginConfig())
	if err != nil {
		f, _ := t.host.Failure(err)
		return f, false
	}
	t.must(plugin.Close(t.Context()))
	return Failure{}, true
}

// otherTypes are types that the function doesn't have.
func otherTypes(f puppet.Function) (all []puppet.Function) {
	longer, wider, result := f, f, f
	longer.Params += "i"
	wider.Params = strings.Replace(f.Params, "i", "I", 1)
	result.Results = map[string]string{"": "i", "i": ""}[f.Results]
	for _, other := range []puppet.Function{longer, wider, result} {
		if other != f {
			all = append(all, other)
		}
	}
	return all
}

// exportTypes: a callback that can't be called is an error at once, and not when its time comes.
func exportTypes(t *T) {
	r := t.runtime(nil, RuntimeConfig{})
	start := []puppet.Function{
		{Name: "_initialize"}, {Name: "_start"}, {Name: "main", Params: "ii", Results: "i"}, {Name: "__main_void", Results: "i"},
		{Name: "malloc", Params: "i", Results: "i"}, {Name: "proxy_on_memory_allocate", Params: "i", Results: "i"},
	}
	for _, f := range append(start, puppet.Callbacks()...) {
		if _, ok := t.loads(r, smallModule{exported: f}); !ok {
			t.Errorf("a guest with %s doesn't load", f.Name)
		}
		for _, other := range otherTypes(f) {
			if _, ok := t.loads(r, smallModule{exported: other}); ok {
				t.Errorf("a guest loads whose %s has parameters %q and results %q", other.Name, other.Params, other.Results)
			}
		}
	}
}

func importTypes(t *T) {
	void := []string{"proxy_continue_request", "proxy_continue_response", "proxy_clear_route_cache"} // in 0.1.0
	r := t.runtime(nil, RuntimeConfig{})
	for _, f := range puppet.Imports() {
		for _, other := range otherTypes(f) {
			if slices.Contains(void, f.Name) && other.Params == f.Params {
				continue
			}
			if failure, ok := t.loads(r, smallModule{imported: other}); ok || failure.Callback != "" {
				t.Errorf("a guest starts that imports %s with parameters %q and results %q", other.Name, other.Params, other.Results)
			}
		}
	}
}

// importsWhileStarting: of the host's own calls a guest may make only proxy_log in _initialize. What WASI has besides clocks, random numbers,
// arguments, environment and output is left to the host.
func importsWhileStarting(t *T) {
	allowed := []string{
		"proxy_log", "fd_write", "args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "clock_time_get", "clock_res_get", "random_get",
	}
	r := t.runtime(nil, RuntimeConfig{})
	for _, f := range puppet.Imports() {
		want := slices.Contains(allowed, f.Name)
		if !want && !strings.HasPrefix(f.Name, "proxy_") {
			continue
		}
		if failure, ok := t.loads(r, smallModule{imported: f}); ok != want || !want && failure.Callback != "_initialize" {
			t.Errorf("%s.%s in _initialize: the guest loads: %v, it failed in %q", f.Module, f.Name, ok, failure.Callback)
		}
	}
}
