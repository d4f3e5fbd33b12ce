package wasmhost

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

func TestLoadErrors(t *testing.T) {
	r := newTestRuntime(t, Config{MemoryLimitBytes: 4 << 20})
	for _, tt := range []struct {
		name string
		wasm []byte
		cfg  PluginConfig
		want string
	}{
		{"empty", nil, PluginConfig{}, "not a WebAssembly module"},
		{"text", []byte("#!/bin/sh\n"), PluginConfig{}, "not a WebAssembly module"},
		{"wat", []byte("(module)"), PluginConfig{}, "not a WebAssembly module"},
		{"only magic", []byte("\x00asm"), PluginConfig{}, "not a WebAssembly module"},
		{"component", []byte("\x00asm\x0d\x00\x01\x00"), PluginConfig{}, "component"},
		{"dishonest count", []byte("\x00asm\x01\x00\x00\x00\a\x05\xf2\xf2\xf2\xf2\x0f"), PluginConfig{}, "a section is malformed"},
		{"cut off", guest(t, "puppet")[:100], PluginConfig{}, "a section is malformed"},
		{"invalid code", bytes.Replace(guest(t, "bad_start"), []byte{0x00, 0x0b}, []byte{0x6a, 0x0b}, 1), PluginConfig{}, "cannot compile"},
		{"no marker", []byte("\x00asm\x01\x00\x00\x00"), PluginConfig{}, "not a Proxy-Wasm module: it exports no function proxy_abi_version"},
		{"unknown version", guest(t, "bad_version"), PluginConfig{}, "unknown version of the ABI: proxy_abi_version_9_9_9"},
		{"no memory", guest(t, "bad_no_memory"), PluginConfig{}, `no memory named "memory"`},
		{"imported memory", guest(t, "bad_imported_memory"), PluginConfig{}, "imports a memory"},
		{"too much memory", guest(t, "bad_big_memory"), PluginConfig{}, "memory"},
		{"export type", guest(t, "bad_export"), PluginConfig{}, "export proxy_on_downstream_data has type (i32, i64) -> i32, expected (i32, i32, i32) -> i32"},
		{"import type", guest(t, "bad_import_type"), PluginConfig{}, "import env.proxy_log has type (i32), expected (i32, i32, i32) -> i32"},
		{"unknown import", guest(t, "bad_import"), PluginConfig{}, "imports env.proxy_launch_missiles, which is no part of the Proxy-Wasm ABI"},
		{"start traps", guest(t, "bad_start"), PluginConfig{}, "failed in _initialize: wasm error: unreachable"},
		{"start section traps", guest(t, "bad_start_section"), PluginConfig{}, "instantiation"},
		{"start makes a forbidden call", guest(t, "start_call"), PluginConfig{}, "proxy_define_metric may not be called while the module starts"},
		{"start exits", guest(t, "bad_exit"), PluginConfig{}, "failed in _start"},
		{"digest", guest(t, "empty"), PluginConfig{SHA256: strings.Repeat("00", 32)}, "SHA-256"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Name = "the plugin"
			p, err := r.Load(t.Context(), tt.wasm, tt.cfg)
			if err == nil {
				t.Fatalf("loaded %v", p)
			}
			if !strings.HasPrefix(err.Error(), `wasmhost: cannot load plugin "the plugin": `) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want one with %q", err, tt.want)
			}
			if len(r.plugins) != 0 {
				t.Error("the plugin is still known")
			}
		})
	}
}

func TestDigest(t *testing.T) {
	sum := sha256.Sum256(guest(t, "empty"))
	p := load(t, newTestRuntime(t, Config{}), "empty", PluginConfig{SHA256: strings.ToUpper(hex.EncodeToString(sum[:]))})
	if !p.Exports("proxy_on_downstream_data") || p.Exports("proxy_on_tick") {
		t.Error("Exports is wrong")
	}
	if !p.HandlesDownstream() || p.HandlesUpstream() {
		t.Error("Handles… is wrong")
	}
}

func TestConfigurationRefused(t *testing.T) {
	for _, tt := range []struct{ callback, says, want string }{
		{"vm_start", "", "the guest doesn't say why"},
		{"configure", "no such field: kyes", "no such field: kyes"},
	} {
		pup := newPuppet(t)
		pup.set(tt.callback, func(g *puppetCall, _ [3]uint32) uint32 {
			if ptr, size := g.Put(argA, tt.says); size > 0 {
				g.want(StatusOK, "log", 4, ptr, size)
				g.want(StatusOK, "log", 2, argB, 1) // not an error
			}
			return 0
		})
		r := newTestRuntime(t, Config{})
		r.foreign[puppet.FunctionName] = pup.foreign
		_, err := r.Load(t.Context(), guest(t, "puppet"), PluginConfig{})
		if err == nil || !strings.Contains(err.Error(), "proxy_on_"+tt.callback+" returned false: "+tt.want) {
			t.Errorf("%s: %v", tt.callback, err)
		}
	}
}

// TestCloseEndsStreams: a plugin that is closed ends its streams first; their own Close does nothing then.
func TestCloseEndsStreams(t *testing.T) {
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{}, PluginConfig{VMs: 1})
	var events eventRecorder
	s := newStream(t, p, StreamConfig{Events: &events})
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := events.String(); got != "failed" {
		t.Errorf("events %q", got)
	}
	if _, err := s.OnDownstreamData(t.Context(), buffer("x"), false); !errors.Is(err, ErrClosed) {
		t.Errorf("a call after the plugin's Close: %v", err)
	}
	s.Close(t.Context())
	if got := pup.Calls(); !strings.HasSuffix(got, "context_create(2) done(2) log(2) delete(2) done(1) log(1) delete(1)") {
		t.Errorf("calls %s", got)
	}
}

func TestRuntimeClose(t *testing.T) {
	r := newTestRuntime(t, Config{})
	p := load(t, r, "empty", PluginConfig{})
	if err := errors.Join(r.Close(t.Context()), r.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := p.NewStream(t.Context(), StreamConfig{}); !errors.Is(err, ErrClosed) {
		t.Errorf("NewStream: %v", err)
	}
	if _, err := r.Load(t.Context(), guest(t, "empty"), PluginConfig{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Load: %v", err)
	}
}

func TestCacheDir(t *testing.T) {
	dir := t.TempDir() + "/made/here"
	load(t, newTestRuntime(t, Config{CacheDir: dir}), "empty", PluginConfig{})
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("cache folder %v, %v", info, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) == 0 {
		t.Errorf("nothing cached: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRuntime(t.Context(), Config{CacheDir: dir}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a cache folder that anybody may write to: %v", err)
	}
	if _, err := NewRuntime(t.Context(), Config{CacheDir: "plugin_test.go"}); err == nil {
		t.Error("a file was taken for a cache folder")
	}
}

// TestCacheDirOfAnotherUser needs the right to give a folder away.
func TestCacheDirOfAnotherUser(t *testing.T) {
	dir := t.TempDir() + "/cache"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 12345, -1); err != nil {
		t.Skip(err)
	}
	if _, err := NewRuntime(t.Context(), Config{CacheDir: dir}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a cache folder of somebody else: %v", err)
	}
}

func TestLoadFile(t *testing.T) {
	r := newTestRuntime(t, Config{})
	p, err := r.LoadFile(t.Context(), "testdata/xor.wasm", PluginConfig{})
	if err != nil {
		t.Fatal(err)
	}
	newStream(t, p, StreamConfig{})
	if _, err := r.LoadFile(t.Context(), "testdata/missing.wasm", PluginConfig{Name: "p"}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), `"p"`) {
		t.Errorf("a file that isn't there: %v", err)
	}
}

func TestZeroConfig(t *testing.T) {
	r, err := NewRuntime(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Load(t.Context(), guest(t, "empty"), PluginConfig{})
	if err != nil {
		t.Fatal(err)
	}
	newStream(t, p, StreamConfig{})
	if err := r.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
