package filter

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
	"github.com/libnasp/libnasp/filters/proxywasm/upstream"
)

// transformOf returns what makes the streams of a configuration that names a transformation:
//
//	pass            hands all on
//	multiple N      pauses what isn't a multiple of N bytes
//	grow N client   makes N bytes of each that the client sends, and the inverse of what comes
//	grow N server   the same for the other end
//
// It returns nil for other configurations.
func transformOf(config string) func() any {
	var n int
	var end string
	switch {
	case config == "pass":
		return func() any { return &transform{pass, pass} }
	case scan(config, "multiple %d", &n):
		f := multiple(n)
		return func() any { return &transform{f, f} }
	case scan(config, "grow %d %s", &n, &end) && end == "client":
		return func() any { return &transform{grow(n), shrink(n)} }
	case scan(config, "grow %d %s", &n, &end) && end == "server":
		return func() any { return &transform{shrink(n), grow(n)} }
	}
	return nil
}

func scan(s, format string, to ...any) bool {
	n, err := fmt.Sscanf(s, format, to...)
	return n == len(to) && err == nil
}

// change is what a transformation does to the bytes of one direction.
type change func(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error)

type transform struct{ down, up change }

var (
	_ downstream.Handler = (*transform)(nil)
	_ upstream.Handler   = (*transform)(nil)
)

func (t *transform) OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return t.down(buf, size, end)
}

func (t *transform) OnUpstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return t.up(buf, size, end)
}

func pass(proxywasm.Buffer, int, bool) (proxywasm.Action, error) { return proxywasm.Continue, nil }

func multiple(n int) change {
	return func(_ proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
		if size%n != 0 {
			return proxywasm.Pause, nil
		}
		return proxywasm.Continue, nil
	}
}

func grow(n int) change {
	return func(buf proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
		in, err := buf.Bytes(0, size)
		if err != nil {
			return proxywasm.Pause, err
		}
		out := make([]byte, 0, n*size)
		for _, x := range in {
			for i := range n {
				out = append(out, x^byte(i))
			}
		}
		return proxywasm.Continue, buf.ReplacePrefix(size, out)
	}
}

// shrink keeps what isn't n bytes yet in the guest.
func shrink(n int) change {
	var part []byte
	return func(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
		in, err := buf.Bytes(0, size)
		if err != nil {
			return proxywasm.Pause, err
		}
		in = append(part, in...)
		out := make([]byte, 0, len(in)/n)
		for ; len(in) >= n; in = in[n:] {
			for i := range n {
				if in[i] != in[0]^byte(i) {
					return proxywasm.Pause, errors.New("guest: these bytes are not grow's")
				}
			}
			out = append(out, in[0])
		}
		if part = bytes.Clone(in); end && len(part) > 0 {
			return proxywasm.Pause, errors.New("guest: the stream ends between grow's bytes")
		}
		return proxywasm.Continue, buf.ReplacePrefix(size, out)
	}
}
