package wasmhosttest

import (
	"encoding/binary"
	"slices"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var headerChecks = []check{
	{"headers/read and edit", []string{"proxy_on_request_headers", "repeated-keys"}, editHeaders},
	{"headers/pairs", []string{"pairs", "proxy_on_request_headers", "proxy_on_request_body", "proxy_on_response_headers"}, setPairs},
	{"headers/malformed pairs", []string{"pairs-malformed"}, malformedPairs},
	{"headers/trailers", []string{"proxy_on_request_trailers", "proxy_on_response_trailers"}, trailers},
	{"headers/missing is empty in 0.1.0", []string{"proxy_on_request_headers", "abi-0.1.0-missing-header"}, missingHeaderOld},
	{"headers/no end of stream in 0.1.0", []string{"proxy_on_request_headers", "proxy_on_response_headers", "abi-0.1.0-headers"}, headersOld},
	{"headers/no map on a TCP stream", nil, noHeaders},
	{"headers/invalid memory", nil, invalidHeaderMemory},
}

// serialise writes pairs as they are passed: how many, the lengths of each, then each with NULs.
func serialise(h []Header) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(h)))
	for _, e := range h {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Name)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Value)))
	}
	for _, e := range h {
		b = append(append(b, e.Name...), 0)
		b = append(append(b, e.Value...), 0)
	}
	return string(b)
}

// getPairs reads a header map as the guest.
func (t *T) getPairs(g *puppet.Call, typ uint64) string {
	t.Helper()
	g.Want(puppet.OK, "proxy_get_header_map_pairs", typ, puppet.OutA, puppet.OutB)
	return g.Result()
}

func editHeaders(t *T) {
	headers := []Header{{":method", "GET"}, {"a", "1"}, {"B", "x"}, {"a", "2"}}
	t.runHTTP(setup{}, &headers, func(g *puppet.Call) {
		if got := t.getPairs(g, 0); got != serialise(headers) {
			t.Errorf("pairs %q", got)
		}
		g.Want(puppet.OK, "proxy_get_header_map_size", 0, puppet.OutA)
		if got := g.Uint32(puppet.OutA); got != uint32(len(":methodGETa1Bxa2")) {
			t.Errorf("size %d", got)
		}
		value := func(key string, status Status, want string) {
			t.Helper()
			ptr, size := g.Put(puppet.ArgA, key)
			g.Want(status, "proxy_get_header_map_value", 0, ptr, size, puppet.OutA, puppet.OutB)
			if status == puppet.OK && g.Result() != want {
				t.Errorf("%s is %q, want %q", key, g.Result(), want)
			}
		}
		value("a", puppet.OK, "1")
		value("b", puppet.OK, "x")
		value("c", puppet.NotFound, "")
		edit := func(call, key, val string) {
			t.Helper()
			ptr, size := g.Put(puppet.ArgA, key)
			vptr, vsize := g.Put(puppet.ArgB, val)
			g.Want(puppet.OK, call, 0, ptr, size, vptr, vsize)
		}
		edit("proxy_add_header_map_value", "new", "n")
		edit("proxy_add_header_map_value", "b", "y")
		edit("proxy_replace_header_map_value", "a", "3")
		edit("proxy_replace_header_map_value", "z", "")
		value("z", puppet.OK, "")
		ptr, size := g.Put(puppet.ArgA, "B")
		g.Want(puppet.OK, "proxy_remove_header_map_value", 0, ptr, size)
		g.Want(puppet.OK, "proxy_remove_header_map_value", 0, ptr, size) // it is gone already
	})
	want := []Header{{":method", "GET"}, {"a", "3"}, {"new", "n"}, {"z", ""}}
	if !slices.Equal(headers, want) {
		t.Errorf("headers %v, want %v", headers, want)
	}
}

// setPairs also checks that headers may be changed until they are handed on, and read later on.
func setPairs(t *T) {
	p := t.puppet()
	h := t.httpStream(t.load(p, setup{}), StreamConfig{})
	two := []Header{{"x", "1"}, {"x", "2"}}
	p.On("proxy_on_request_headers", func(_ *puppet.Call, params [5]uint32) uint32 {
		if params[1] != 1 || params[2] != 0 {
			t.Errorf("parameters %v", params)
		}
		return 1
	})
	set := func(status Status) puppet.Hook {
		return func(g *puppet.Call, _ [5]uint32) uint32 {
			ptr, size := g.Put(puppet.ArgA, serialise(two))
			g.Want(status, "proxy_set_header_map_pairs", 0, ptr, size)
			if got := t.getPairs(g, 0); got != serialise(two) {
				t.Errorf("pairs %q", got)
			}
			return 0
		}
	}
	p.On("proxy_on_request_body", set(puppet.OK))
	p.On("proxy_on_response_headers", set(puppet.BadArgument))
	headers := []Header{{"a", "b"}}
	ctx := t.Context()
	t.want(Pause)(h.OnRequestHeaders(ctx, &headers, false))
	t.want(Continue)(h.OnRequestBody(ctx, data("body"), true))
	if !slices.Equal(headers, two) {
		t.Errorf("headers %v", headers)
	}
	t.want(Continue)(h.OnResponseHeaders(ctx, &[]Header{{":status", "200"}}, false))
}

func malformedPairs(t *T) {
	headers := []Header{{"a", "b"}}
	t.runHTTP(setup{}, &headers, func(g *puppet.Call) {
		good := serialise([]Header{{"name", "value"}})
		for _, bad := range []string{
			"\x01", "\xff\xff\xff\xff", good[:len(good)-1], good + "\x00", good[:12],
			"\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00a.b\x00",                  // no NUL after the name
			"\x01\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00a\x00b\x00",               // a length beyond the end
			"\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xffa\x00b\x00",               // two that overflow
			"\x00\x00\x00\x40" + "\x01\x00\x00\x00\x01\x00\x00\x00" + "a\x00b\x00",     // more pairs than bytes
			"\x01\x04\x00\x00" + "\x01\x00\x00\x00\x01\x00\x00\x00" + "a\x00b\x00\x00", // more than 1024
		} {
			ptr, size := g.Put(puppet.ArgA, bad)
			g.Want(puppet.BadArgument, "proxy_set_header_map_pairs", 0, ptr, size)
			g.Want(puppet.BadArgument, "proxy_send_local_response", 200, 0, 0, 0, 0, ptr, size, all)
		}
		if got := t.getPairs(g, 0); got != serialise(headers) {
			t.Errorf("pairs %q", got)
		}
		g.Want(puppet.OK, "proxy_set_header_map_pairs", 0, 0, 0)
		g.Want(puppet.OK, "proxy_get_header_map_size", 0, puppet.OutA)
		if n := g.Uint32(puppet.OutA); n != 0 {
			t.Errorf("an empty map has %d bytes", n)
		}
	})
	if len(headers) != 0 {
		t.Errorf("headers %v", headers)
	}
}

func trailers(t *T) {
	p := t.puppet()
	h := t.httpStream(t.load(p, setup{}), StreamConfig{})
	hook := func(typ uint64) puppet.Hook {
		return func(g *puppet.Call, params [5]uint32) uint32 {
			if want := []Header{{"t", "v"}}; params[1] != 1 || t.getPairs(g, typ) != serialise(want) {
				t.Errorf("map %d: %d trailers", typ, params[1])
			}
			ptr, size := g.Put(puppet.ArgA, "t")
			vptr, vsize := g.Put(puppet.ArgB, "w")
			g.Want(puppet.OK, "proxy_replace_header_map_value", typ, ptr, size, vptr, vsize)
			return 0
		}
	}
	p.On("proxy_on_request_trailers", hook(1))
	p.On("proxy_on_response_trailers", hook(3))
	ctx, sent, received := t.Context(), []Header{{"t", "v"}}, []Header{{"t", "v"}}
	t.want(Continue)(h.OnRequestTrailers(ctx, &sent))
	t.want(Continue)(h.OnResponseTrailers(ctx, &received))
	if want := []Header{{"t", "w"}}; !slices.Equal(sent, want) || !slices.Equal(received, want) {
		t.Errorf("trailers %v and %v", sent, received)
	}
}

func missingHeaderOld(t *T) {
	for abi, status := range map[string]Status{"0.1.0": puppet.OK, "0.2.0": puppet.NotFound, "0.2.1": puppet.NotFound} {
		t.runHTTP(setup{abi: abi}, &[]Header{{"a", "b"}}, func(g *puppet.Call) {
			g.Put(puppet.OutA, "\xff\xff\xff\xff\xff\xff\xff\xff")
			ptr, size := g.Put(puppet.ArgA, "missing")
			g.Want(status, "proxy_get_header_map_value", 0, ptr, size, puppet.OutA, puppet.OutB)
			if status == puppet.OK && g.Uint32(puppet.OutB) != 0 {
				t.Error("a missing header isn't empty")
			}
			ptr, size = g.Put(puppet.ArgA, "a")
			g.Want(puppet.OK, "proxy_get_header_map_value", 0, ptr, size, puppet.OutA, puppet.OutB)
			if g.Result() != "b" {
				t.Errorf("%s: got %q", abi, g.Result())
			}
		})
	}
}

func headersOld(t *T) {
	for _, abi := range puppet.Versions {
		p := t.puppet()
		h := t.httpStream(t.load(p, setup{abi: abi}), StreamConfig{})
		check := func(_ *puppet.Call, params [5]uint32) uint32 {
			end := uint32(1)
			if abi == "0.1.0" {
				end = 0 // which the guest isn't told
			}
			if params[1] != 2 || params[2] != end {
				t.Errorf("%s: parameters %v", abi, params)
			}
			return 0
		}
		p.On("proxy_on_request_headers", check)
		p.On("proxy_on_response_headers", check)
		t.want(Continue)(h.OnRequestHeaders(t.Context(), &[]Header{{"a", "b"}, {"c", "d"}}, true))
		t.want(Continue)(h.OnResponseHeaders(t.Context(), &[]Header{{"a", "b"}, {"c", "d"}}, true))
	}
}

// noHeaders: every map that isn't there is answered alike.
func noHeaders(t *T) {
	refuse := func(types ...uint64) func(g *puppet.Call) {
		return func(g *puppet.Call) {
			ptr, size := g.Put(puppet.ArgA, "key")
			pairs, n := g.Put(puppet.ArgB, serialise(nil))
			for _, typ := range types {
				g.Want(puppet.BadArgument, "proxy_get_header_map_size", typ, puppet.OutA)
				g.Want(puppet.BadArgument, "proxy_get_header_map_pairs", typ, puppet.OutA, puppet.OutB)
				g.Want(puppet.BadArgument, "proxy_set_header_map_pairs", typ, pairs, n)
				g.Want(puppet.BadArgument, "proxy_get_header_map_value", typ, ptr, size, puppet.OutA, puppet.OutB)
				g.Want(puppet.BadArgument, "proxy_add_header_map_value", typ, ptr, size, ptr, size)
				g.Want(puppet.BadArgument, "proxy_replace_header_map_value", typ, ptr, size, ptr, size)
				g.Want(puppet.BadArgument, "proxy_remove_header_map_value", typ, ptr, size)
			}
		}
	}
	t.run(setup{}, data(""), refuse(0, 1, 2, 3, 4, 5, 6, 7, 8, all))
	t.runHTTP(setup{}, &[]Header{}, refuse(1, 2, 3, 4, 5, 6, 7, 8, all))
}

func invalidHeaderMemory(t *T) {
	headers := []Header{{"a", "b"}}
	t.runHTTP(setup{}, &headers, func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "a")
		wrong := func(name string, args ...uint64) {
			t.Helper()
			g.Want(puppet.InvalidMemoryAccess, name, append([]uint64{0}, args...)...)
		}
		wrong("proxy_get_header_map_size", all)
		wrong("proxy_get_header_map_pairs", all, puppet.OutB)
		wrong("proxy_get_header_map_pairs", puppet.OutA, all)
		wrong("proxy_set_header_map_pairs", all, 4)
		wrong("proxy_get_header_map_value", all, 4, puppet.OutA, puppet.OutB)
		wrong("proxy_get_header_map_value", ptr, size, all, puppet.OutB)
		wrong("proxy_get_header_map_value", ptr, size, puppet.OutA, all)
		for _, call := range []string{"proxy_add_header_map_value", "proxy_replace_header_map_value"} {
			wrong(call, all, 4, ptr, size)
			wrong(call, ptr, size, all, 4)
		}
		wrong("proxy_remove_header_map_value", all, 4)
	})
	if !slices.Equal(headers, []Header{{"a", "b"}}) {
		t.Errorf("headers %v", headers)
	}
}
