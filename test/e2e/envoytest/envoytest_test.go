package envoytest

import (
	"encoding/json"
	"io"
	"maps"
	"strings"
	"testing"
)

func TestBootstrap(t *testing.T) {
	c := Config{Addr: "127.0.0.1:5", Upstream: "127.0.0.1:6", Module: []byte("\x00asm"), Configuration: `{"a": 1}`}
	b, err := c.bootstrap("m.wasm", "a.sock")
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b) {
		t.Errorf("not JSON: %s", b)
	}
	for _, want := range []string{`"port_value": 5`, `"port_value": 6`, `"filename": "m.wasm"`, `"path": "a.sock"`, `"value": "{\"a\": 1}"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s isn't in\n%s", want, b)
		}
	}
	// Without a configuration the module gets none, which isn't the same as an empty message of a type.
	c.Configuration = ""
	if b, err = c.bootstrap("m", "a"); err != nil || strings.Contains(string(b), "StringValue") {
		t.Errorf("got %s, %v", b, err)
	}
	c.Module = nil
	if b, err = c.bootstrap("m", "a"); err != nil || strings.Contains(string(b), "wasm") || !strings.Contains(string(b), "tcp_proxy") {
		t.Errorf("without a module: %s, %v", b, err)
	}
}

func TestAddressErrors(t *testing.T) {
	for _, addr := range []string{"", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1"} {
		for _, c := range []Config{{Addr: addr, Upstream: "127.0.0.1:1"}, {Addr: "127.0.0.1:1", Upstream: addr}} {
			if _, err := c.bootstrap("m", "a"); err == nil {
				t.Errorf("%q is accepted", addr)
			}
		}
	}
}

func TestParseStats(t *testing.T) {
	got := parseStats("a.b: 3\nwith: colon: 4\ntext: \"x\"\nhistogram: No recorded values\nno value\n")
	if want := map[string]int64{"a.b": 3, "with: colon": 4}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMissingPythonSaysHowToInstallIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	_, err := Start(t.Context(), Config{Progress: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "python3 isn't installed") || !strings.Contains(err.Error(), "apt-get install python3-venv") {
		t.Errorf("got %v", err)
	}
}
