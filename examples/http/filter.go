package main

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/libnasp/libnasp/conn"
)

// headers masks the values of one header in HTTP/1.1 requests. It knows bodies with a Content-Length; a request with another body ends the connection, since
// the filter wouldn't find the next one behind it.
type headers struct {
	name string
	body int // bytes of the running request's body that are still to come
}

// Wants leaves answers alone: they go straight from the socket to the client.
func (*headers) Wants(d conn.Direction) bool { return d == conn.Downstream }

// OnNewConnection has nothing to do.
func (*headers) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}

// OnDownstreamData masks each head that is whole, and pauses while one isn't.
func (h *headers) OnDownstreamData(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
	at := min(h.body, b.Len())
	body := h.body - at
	for at < b.Len() {
		head, _, whole := bytes.Cut(b.Bytes()[at:], []byte("\r\n\r\n"))
		if !whole {
			return conn.Pause, nil // called again with all of b, so nothing may have changed in h
		}
		masked, length, err := mask(head, h.name)
		if err != nil {
			return conn.Pause, err
		}
		if err := b.Splice(at, len(head), masked); err != nil {
			return conn.Pause, err
		}
		at += len(masked) + len("\r\n\r\n")
		skip := min(length, b.Len()-at)
		at, body = at+skip, length-skip
	}
	h.body = body
	return conn.Continue, nil
}

// OnUpstreamData isn't called, see Wants.
func (*headers) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}

// OnClose has nothing to do.
func (*headers) OnClose(conn.Peer) {}

// mask returns the head with asterisks in the place of the header's values, and the length of the body that follows.
func mask(head []byte, name string) (masked []byte, length int, err error) {
	lines := strings.Split(string(head), "\r\n")
	for i, line := range lines {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case i == 0: // the request line
		case strings.EqualFold(key, "Transfer-Encoding"):
			return nil, 0, errors.New("headers: a request has a body without a Content-Length, which this filter can't read")
		case strings.EqualFold(key, "Content-Length"):
			if length, err = strconv.Atoi(value); err != nil || length < 0 {
				return nil, 0, errors.New("headers: a request has a Content-Length that is no number")
			}
		case strings.EqualFold(key, name):
			lines[i] = key + ": " + strings.Repeat("*", len(value))
		}
	}
	return []byte(strings.Join(lines, "\r\n")), length, nil
}
