//go:build !wasip1

package proxywasmtest

import (
	"slices"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/native"
)

// Stream is a connection, as the filter sees it.
type Stream struct {
	host       *Host
	id         uint32
	properties map[string][]byte
	directions [2]direction // downstream, upstream
	held       bool
	closed     bool
	deleted    bool
	failure    string
	http       *httpState // nil for a connection
}

// direction is one of a stream's two.
type direction struct {
	buffer  []byte // what the filter hasn't handed on
	visible bool   // its callback is running
	resume  bool   // ContinueStream was called
	resumed []byte // what left by it
}

// Open makes a new connection.
func (h *Host) Open() *Stream {
	s := h.open(nil)
	if native.NewConnection != nil && !s.closed {
		h.call(s, func() { s.held = proxywasm.Action(native.NewConnection(s.id)) != proxywasm.Continue })
	}
	return s
}

func (h *Host) open(http *httpState) *Stream {
	h.lastID++
	s := &Stream{host: h, id: h.lastID, properties: map[string][]byte{}, http: http}
	h.streams[s.id] = s
	h.call(s, func() { native.ContextCreate(s.id, rootID) })
	return s
}

// Downstream gives the filter bytes from the client behind those that it holds back, and returns what passes to the server: nothing when
// the filter pauses or has closed the stream. end tells that no more will come.
func (s *Stream) Downstream(b []byte, end bool) (passed []byte, action proxywasm.Action) {
	return s.data(&s.directions[0], native.DownstreamData, b, end)
}

// Upstream is the same for bytes from the server.
func (s *Stream) Upstream(b []byte, end bool) (passed []byte, action proxywasm.Action) {
	return s.data(&s.directions[1], native.UpstreamData, b, end)
}

func (s *Stream) data(d *direction, callback func(id, size uint32, end bool) uint32, b []byte, end bool) ([]byte, proxywasm.Action) {
	if s.deleted {
		s.host.t.Helper()
		s.host.t.Fatal("proxywasmtest: bytes for a stream after its Close")
	}
	d.buffer = append(slices.Clip(d.buffer), b...)
	action := proxywasm.Continue
	if callback != nil {
		s.host.call(s, func() {
			d.visible = true
			action = proxywasm.Action(callback(s.id, uint32(len(d.buffer)), end))
			d.visible = false
		})
	}
	if s.closed || action != proxywasm.Continue {
		return nil, action
	}
	passed := d.buffer
	d.buffer = nil
	return passed, action
}

// settle does what the filter asked for during a callback, which hosts do when it is over.
func (s *Stream) settle() {
	for i := range s.directions {
		d := &s.directions[i]
		if d.resume && !s.closed {
			d.resumed = append(d.resumed, d.buffer...)
			d.buffer = nil
			s.held = s.held && i != 0
		}
		d.resume = false
	}
}

// Resumed returns the bytes that left by ContinueStream since the last call of Resumed.
func (s *Stream) Resumed(t proxywasm.StreamType) []byte {
	d := s.direction(uint32(t))
	if d == nil {
		return nil
	}
	b := d.resumed
	d.resumed = nil
	return b
}

// direction returns that of a stream type, or nil.
func (s *Stream) direction(t uint32) *direction {
	first := uint32(proxywasm.StreamDownstream)
	if s.http != nil {
		first = uint32(proxywasm.StreamRequest)
	}
	if t < first || t > first+1 {
		return nil
	}
	return &s.directions[t-first]
}

// Held tells whether OnNewConnection holds the connection back.
func (s *Stream) Held() bool { return s.held }

// Closed tells whether the filter has closed the connection, also because it failed.
func (s *Stream) Closed() bool { return s.closed }

// Failure returns why the filter failed for this stream, "" if it didn't.
func (s *Stream) Failure() string { return s.failure }

// DownstreamClosed tells the filter that the client's side was closed, and by whom.
func (s *Stream) DownstreamClosed(peer proxywasm.Peer) { s.notify(native.DownstreamClose, peer) }

// UpstreamClosed is the same for the server's side.
func (s *Stream) UpstreamClosed(peer proxywasm.Peer) { s.notify(native.UpstreamClose, peer) }

func (s *Stream) notify(callback func(id, peer uint32), peer proxywasm.Peer) {
	if callback != nil && !s.deleted {
		s.host.call(s, func() { callback(s.id, uint32(peer)) })
	}
}

// Close ends the stream: the filter isn't called for it again. Calling it again does nothing.
func (s *Stream) Close() {
	if s.deleted {
		return
	}
	s.deleted = true
	s.host.call(s, func() { native.Done(s.id) })
	if native.Log != nil {
		s.host.call(s, func() { native.Log(s.id) })
	}
	s.host.call(s, func() { native.Delete(s.id) })
	delete(s.host.streams, s.id)
}
