package wasmhosttest

import (
	"bytes"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var loadChecks = []check{
	{"load/modules that can't run", []string{"bad-modules"}, badModules},
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
