package wasmhosttest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var propertyChecks = []check{
	{"properties/get and set", []string{"property-path", "property-values"}, properties},
	{"properties/root context", nil, rootProperties},
	{"foreign functions/call", nil, foreignFunctions},
	{"foreign functions/compress", []string{"compress"}, compressFunctions},
	{"foreign functions/callback", []string{"proxy_on_foreign_function"}, foreignCallback},
}

func properties(t *T) {
	values := map[string]string{
		"source\x00address": "192.0.2.1:9", "empty": "", "source\x00port": string(binary.LittleEndian.AppendUint64(nil, 4711)), "connection\x00mtls": "\x01",
		"request\x00headers": serialise([]Header{{"a", "b"}}),
	}
	get := func(path []string) ([]byte, bool) {
		v, ok := values[strings.Join(path, "\x00")]
		return []byte(v), ok
	}
	t.run(setup{stream: StreamConfig{Properties: get}}, data(""), func(g *puppet.Call) {
		expect := func(path string, status Status, want string) {
			t.Helper()
			ptr, size := g.Put(puppet.ArgA, path)
			g.Want(status, "proxy_get_property", ptr, size, puppet.OutA, puppet.OutB)
			if status == puppet.OK && g.Result() != want {
				t.Errorf("%q is %q, want %q", path, g.Result(), want)
			}
		}
		for name, value := range values {
			expect(name, puppet.OK, value)
		}
		expect("source\x00address\x00", puppet.OK, "192.0.2.1:9") // some SDKs end a path like this
		expect("source", puppet.NotFound, "")
		expect("source.address", puppet.NotFound, "") // one part
		expect("", puppet.SerializationFailure, "")

		set := func(path, value string) {
			t.Helper()
			ptr, size := g.Put(puppet.ArgA, path)
			vptr, vsize := g.Put(puppet.ArgB, value)
			g.Want(puppet.OK, "proxy_set_property", ptr, size, vptr, vsize)
		}
		for _, value := range []string{"one", "two", ""} {
			set("my\x00own", value)
			expect("my\x00own", puppet.OK, value)
		}
		ptr, size := g.Put(puppet.ArgA, "empty")
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_property", all, 4, puppet.OutA, puppet.OutB)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_property", ptr, size, all, puppet.OutB)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_property", ptr, size, puppet.OutA, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_property", all, 4, ptr, size)
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_property", ptr, size, all, 4)
	})
}

// rootProperties: the plugin's own are there in each context, and those of a stream only in its own.
func rootProperties(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{plugin: PluginConfig{Name: "the name", RootID: "the root", VMID: "the vm"}})
	var root uint32
	p.On("proxy_on_context_create", func(_ *puppet.Call, params [5]uint32) uint32 { root = params[1]; return 0 })
	s := t.stream(plugin, StreamConfig{Properties: func(path []string) ([]byte, bool) { return []byte("x"), path[0] == "stream" }})
	t.onData(p, s, data(""), func(g *puppet.Call) {
		for _, id := range []uint64{0, uint64(root)} {
			g.Want(puppet.OK, "proxy_set_effective_context", id)
			for name, want := range map[string]string{"plugin_name": "the name", "plugin_root_id": "the root", "plugin_vm_id": "the vm"} {
				ptr, size := g.Put(puppet.ArgA, name)
				g.Want(puppet.OK, "proxy_get_property", ptr, size, puppet.OutA, puppet.OutB)
				if got := g.Result(); got != want {
					t.Errorf("%s is %q", name, got)
				}
			}
		}
		ptr, size := g.Put(puppet.ArgA, "stream")
		g.Want(puppet.NotFound, "proxy_get_property", ptr, size, puppet.OutA, puppet.OutB)
		g.Want(puppet.NotFound, "proxy_set_property", ptr, size, ptr, size)
	})
}

func foreignFunctions(t *T) {
	functions := map[string]func([]byte) ([]byte, Status){
		"echo": func(arg []byte) ([]byte, Status) { return slices.Clone(arg), puppet.OK },
		"deny": func([]byte) ([]byte, Status) { return []byte("x"), 42 },
	}
	t.run(setup{runtime: RuntimeConfig{ForeignFunctions: functions}}, data(""), func(g *puppet.Call) {
		call := func(status Status, name, arg string) {
			t.Helper()
			ptr, size := g.Put(puppet.ArgA, name)
			aptr, asize := g.Put(puppet.ArgB, arg)
			g.Want(status, "proxy_call_foreign_function", ptr, size, aptr, asize, puppet.OutA, puppet.OutB)
			if status == puppet.OK && g.Result() != arg {
				t.Errorf("%s(%q) = %q", name, arg, g.Result())
			}
		}
		call(puppet.OK, "echo", "hi")
		call(puppet.OK, "echo", "")
		call(42, "deny", "")
		call(puppet.NotFound, "missing", "")
		g.SetAllocator(puppet.AllocateGrow)
		call(puppet.OK, "echo", "while memory moves")
		ptr, size := g.Put(puppet.ArgA, "echo")
		wrong := func(args ...uint64) {
			t.Helper()
			g.Want(puppet.InvalidMemoryAccess, "proxy_call_foreign_function", args...)
		}
		wrong(all, 4, ptr, size, puppet.OutA, puppet.OutB)
		wrong(ptr, size, all, 4, puppet.OutA, puppet.OutB)
		wrong(ptr, size, ptr, size, all, puppet.OutB)
		wrong(ptr, size, ptr, size, puppet.OutA, all)
	})
}

// compressFunctions are Envoy's: zlib streams without a length in front.
func compressFunctions(t *T) {
	text := strings.Repeat("compress me ", 100)
	t.run(setup{}, data(""), func(g *puppet.Call) {
		call := func(status Status, name, arg string) string {
			t.Helper()
			ptr, size := g.Put(puppet.ArgA, name)
			aptr, asize := g.Put(puppet.ArgB, arg)
			g.Want(status, "proxy_call_foreign_function", ptr, size, aptr, asize, puppet.OutA, puppet.OutB)
			return g.Result()
		}
		packed := call(puppet.OK, "compress", text)
		r, err := zlib.NewReader(strings.NewReader(packed))
		if err != nil {
			t.Error(err)
			return
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != text {
			t.Errorf("compress made %d bytes that unpack to %d, %v", len(packed), len(got), err)
		}
		var other bytes.Buffer
		w := zlib.NewWriter(&other)
		if _, err := io.WriteString(w, "other text"); err != nil || w.Close() != nil {
			t.Error(err)
		}
		if got := call(puppet.OK, "uncompress", other.String()); got != "other text" {
			t.Errorf("uncompress gave %q", got)
		}
		call(puppet.SerializationFailure, "uncompress", packed[:len(packed)-1])
		call(puppet.SerializationFailure, "uncompress", "rubbish")
	})
}

func foreignCallback(t *T) {
	p := t.puppet()
	s := t.stream(t.load(p, setup{}), StreamConfig{})
	called := false
	p.On("proxy_on_foreign_function", func(g *puppet.Call, params [5]uint32) uint32 {
		called = params[1] == 77 && params[2] == 5
		g.Want(puppet.OK, "proxy_get_buffer_bytes", 8, 1, all, puppet.OutA, puppet.OutB)
		if got := g.Result(); got != "ello" {
			t.Errorf("argument %q", got)
		}
		g.Want(puppet.BadArgument, "proxy_set_buffer_bytes", 8, 0, 0, 0, 1)
		return 0
	})
	t.must(s.OnForeignFunction(t.Context(), 77, []byte("hello")))
	if !called {
		t.Error("not called, or with other parameters")
	}
}
