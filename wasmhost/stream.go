package wasmhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// Buffer holds the bytes of one direction that the guest has not handed on yet. It is used only while the callback that
// it was passed to is running.
type Buffer interface {
	// Len returns the number of bytes.
	Len() int
	// Bytes returns a view of them, which isn't written to and is given up before Splice is called.
	Bytes() []byte
	// Splice replaces n bytes from start by p, and copies p: it is a view of guest memory.
	Splice(start, n int, p []byte) error
}

// StreamEvents is what a guest does to a stream outside of the callbacks' results, for example from a timer. Its methods
// are called without any lock held, from any goroutine, also from within a call of one of the Stream's methods. They
// return at once: Plugin.Close waits for them.
type StreamEvents interface {
	// ContinueStream resumes a paused direction: its bytes go on without the guest being called again for them.
	ContinueStream(StreamType)
	// CloseStream closes the connection, after what was handed on has been sent. What is paused is dropped.
	CloseStream(StreamType)
}

// StreamFailed is implemented by StreamEvents that want to know at once when the guest of their stream has failed
// outside of a call for that stream, or when their plugin was closed (ErrClosed), and not only from the next call:
// nobody will resume what is paused.
type StreamFailed interface {
	StreamFailed(err error)
}

// StreamFunctions is implemented by StreamEvents that offer foreign functions of their own stream to the guest. They go
// before those of Config.ForeignFunctions; StatusNotFound goes on to those. What ForeignFunction says of arg and of locks
// holds here too.
type StreamFunctions interface {
	CallForeignFunction(name string, arg []byte) (result []byte, status Status)
}

// StreamConfig describes a stream to its guest.
type StreamConfig struct {
	// Properties answers proxy_get_property, for example ["source", "address"], in the format of the ABI: text as is,
	// numbers and times as 8 bytes little-endian, a bool as one byte. Nil: no property but the plugin's own.
	// It is called while the VM is locked.
	Properties func(path []string) ([]byte, bool)
	// Events may be nil.
	Events StreamEvents
}

// Stream is a TCP connection as its guest sees it. Its methods may be called from any goroutine; those for data take
// turns. After an error from any of them the guest sees no more of the stream: it must not go on.
type Stream struct {
	vm         *vm
	id         uint32
	cfg        StreamConfig
	http       *httpState        // nil for TCP
	properties map[string][]byte // set by the guest; guarded by vm.sem
	propBytes  int
	closed     atomic.Bool
	ended      bool // on_done, on_log and on_delete were called; guarded by vm.sem
}

func (v *vm) newStream(ctx context.Context, cfg StreamConfig, http *httpState) (*Stream, error) {
	if err := v.lock(ctx); err != nil {
		return nil, err
	}
	defer v.unlock()
	if v.gone != nil || v.closing {
		return nil, cmp.Or(v.gone, ErrClosed)
	}
	s := &Stream{vm: v, id: v.newID(), cfg: cfg, http: http}
	v.streams[s.id] = s
	if err := v.call(ctx, cbContextCreate, s.id, rootID); err != nil {
		return nil, err
	}
	return s, nil
}

// newID skips ids that are in use, which matters after 2^32 streams.
func (v *vm) newID() uint32 {
	for {
		id := v.nextID
		v.nextID++
		if _, used := v.streams[id]; !used && id > rootID {
			return id
		}
	}
}

// enter locks the VM for a call for this stream.
func (s *Stream) enter(ctx context.Context) error {
	v := s.vm
	if err := v.lock(ctx); err != nil {
		return err
	}
	err := v.gone
	if s.ended || s.closed.Load() {
		err = fmt.Errorf("%w: stream of plugin %q", ErrClosed, v.plugin.cfg.Name)
	}
	if err != nil {
		v.unlock()
		return err
	}
	v.resume, v.drop = false, false
	return nil
}

// OnNewConnection tells the guest that the connection is there, before any bytes.
func (s *Stream) OnNewConnection(ctx context.Context) (Action, error) {
	v := s.vm
	if v.fns[cbNewConnection] == nil {
		return ActionContinue, nil
	}
	if err := s.enter(ctx); err != nil {
		return ActionPause, err
	}
	defer v.unlock()
	if err := v.call(ctx, cbNewConnection, s.id); err != nil {
		return ActionPause, err
	}
	return v.verdict(), nil
}

// OnDownstreamData shows the guest all bytes from the client that it has not handed on yet. end tells that no more will
// come. The guest may change b. A guest without the callback continues.
func (s *Stream) OnDownstreamData(ctx context.Context, b Buffer, end bool) (Action, error) {
	return s.onData(ctx, cbDownstreamData, bufferDownstreamData, b, end)
}

// OnUpstreamData is the same for bytes from the server.
func (s *Stream) OnUpstreamData(ctx context.Context, b Buffer, end bool) (Action, error) {
	return s.onData(ctx, cbUpstreamData, bufferUpstreamData, b, end)
}

func (s *Stream) onData(ctx context.Context, cb callback, typ bufferType, b Buffer, end bool) (Action, error) {
	v := s.vm
	if v.fns[cb] == nil {
		return ActionContinue, nil
	}
	if err := s.enter(ctx); err != nil {
		return ActionPause, err
	}
	defer v.unlock()
	v.current, v.buffer, v.bufferType = s.id, b, typ
	v.stack[0], v.stack[1], v.stack[2] = uint64(s.id), uint64(b.Len()), 0
	if end {
		v.stack[2] = 1
	}
	if err := v.invoke(ctx, phaseRun, cb); err != nil {
		return ActionPause, err
	}
	if s.http != nil {
		return s.httpVerdict(typ == bufferResponseBody), nil
	}
	return v.verdict(), nil
}

// OnForeignFunction calls the guest's proxy_on_foreign_function for this stream. The guest reads arg from buffer 8; what the number means
// is a matter between the guest and the embedder.
func (s *Stream) OnForeignFunction(ctx context.Context, function uint32, arg []byte) error {
	v := s.vm
	if v.fns[cbForeignFunction] == nil {
		return nil
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer v.unlock()
	v.buffer, v.bufferType = readOnly(arg), bufferForeignFunctionsArgs
	return v.call(ctx, cbForeignFunction, s.id, uint64(function), uint64(len(arg)))
}

// readOnly is a buffer that the guest can't change.
type readOnly []byte

func (b readOnly) Len() int      { return len(b) }
func (b readOnly) Bytes() []byte { return b }
func (b readOnly) Splice(int, int, []byte) error {
	return errors.New("wasmhost: this buffer is read-only")
}

// verdict is the action of the callback that has just returned. proxy_close_stream within it drops the bytes, and
// proxy_continue_stream lets them go whatever the callback returned.
func (v *vm) verdict() Action {
	switch {
	case v.drop:
		return ActionPause
	case v.resume || uint32(v.stack[0]) == 0:
		return ActionContinue
	default:
		return ActionPause
	}
}

// OnDownstreamConnectionClose tells the guest that the client's side was closed, and by whom.
func (s *Stream) OnDownstreamConnectionClose(ctx context.Context, peer PeerType) error {
	return s.onConnectionClose(ctx, cbDownstreamClose, peer)
}

// OnUpstreamConnectionClose is the same for the server's side.
func (s *Stream) OnUpstreamConnectionClose(ctx context.Context, peer PeerType) error {
	return s.onConnectionClose(ctx, cbUpstreamClose, peer)
}

func (s *Stream) onConnectionClose(ctx context.Context, cb callback, peer PeerType) error {
	v := s.vm
	if v.fns[cb] == nil {
		return nil
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer v.unlock()
	return v.call(ctx, cb, s.id, uint64(peer))
}

// Close ends the stream: the guest gets on_done, on_log and on_delete in a row. When the VM doesn't become free before
// ctx is done they come later, in the background. It may be called more than once.
func (s *Stream) Close(ctx context.Context) {
	if s.closed.Swap(true) {
		return
	}
	v := s.vm
	v.plugin.pool.release(v)
	if v.lock(ctx) != nil {
		v.later(s)
		return
	}
	defer v.unlock()
	_ = s.end(ctx) // the VM is gone then, which the other streams learn
}

// end runs the callbacks of a stream's end, once. The VM is locked. What the guest answers to on_done is ignored, as in
// Envoy.
func (s *Stream) end(ctx context.Context) error {
	if s.ended || s.vm.gone != nil {
		return s.vm.gone
	}
	s.ended = true
	defer delete(s.vm.streams, s.id)
	for _, cb := range []callback{cbDone, cbLog, cbDelete} {
		if err := s.vm.call(ctx, cb, s.id); err != nil {
			return err
		}
	}
	return nil
}

// event is something that the embedder is told once the VM is unlocked.
type event struct {
	stream *Stream
	kind   eventKind
	typ    StreamType
	err    error

	response *LocalResponse
}

type eventKind uint8

const (
	eventContinue eventKind = iota
	eventClose
	eventFailed
	eventLocalResponse
)

func (e event) fire() {
	to := e.stream.cfg.Events
	if to == nil || e.stream.closed.Load() {
		return
	}
	switch e.kind {
	case eventContinue:
		to.ContinueStream(e.typ)
	case eventClose:
		to.CloseStream(e.typ)
	case eventLocalResponse:
		if h, ok := to.(HTTPEvents); ok {
			h.SendLocalResponse(*e.response)
		}
	case eventFailed:
		if f, ok := to.(StreamFailed); ok {
			f.StreamFailed(e.err)
		}
	}
}
