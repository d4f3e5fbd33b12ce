// Package conn wraps a net.Conn and runs a chain of filters over the bytes of both of its directions.
//
// The vocabulary is that of Proxy-Wasm's network filters: downstream is the side of the client, upstream the side of the
// server. On a client's connection Write carries downstream data and Read upstream data; on a connection that a server
// accepted it is the other way round (see Config.Server).
package conn

import (
	"context"
	"fmt"
)

// Action is what a filter decides about the bytes that it was shown.
type Action uint8

const (
	// Continue hands all buffered bytes on, to the next filter or to the other end.
	Continue Action = iota
	// Pause keeps the bytes. The filter is called again with the accumulated bytes when more arrive.
	Pause
)

// Direction names a flow of bytes by where it comes from.
type Direction uint8

const (
	// Downstream bytes come from the client and go to the server.
	Downstream Direction = iota
	// Upstream bytes come from the server and go to the client.
	Upstream
)

// Peer tells which end closed a connection.
type Peer uint8

const (
	// PeerUnknown: it isn't known which end closed.
	PeerUnknown Peer = iota
	// PeerLocal: this process closed.
	PeerLocal
	// PeerRemote: the other end closed, or the connection broke.
	PeerRemote
)

func (a Action) String() string    { return name([]string{"Continue", "Pause"}, int(a)) }
func (d Direction) String() string { return name([]string{"downstream", "upstream"}, int(d)) }
func (p Peer) String() string      { return name([]string{"unknown", "local", "remote"}, int(p)) }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%d", i)
}

// Filter is one filter on one connection.
//
// Calls for one direction never overlap. Calls for different directions may, so a filter with state that both share
// guards it. A Buffer belongs to the connection and must not be used after the call.
//
// The context of a call ends when the deadline of the direction passes or the connection is closed; a filter that waits for
// something waits for that, too. A data call that returns an error which matches the Err of its ended context counts as not
// having looked at the bytes: the user's call times out, and the filter is called again with the same bytes later. Any other
// error ends the connection: nothing that is still buffered is sent, and the caller of Read or Write gets the error.
type Filter interface {
	// OnNewConnection is called once, before any bytes. Pause holds back the bytes of both directions, before the filter has
	// seen them, until Controller.Continue is called for each; the filter is called with them then. If the connection is
	// closed before, they are discarded.
	OnNewConnection(ctx context.Context, c Controller) (Action, error)
	// OnDownstreamData is called when bytes from the client have arrived, with all those that this filter has not
	// handed on yet. end is true when no more will come; b may be empty then. Whoever pauses at the end has to call
	// Controller.Continue, or the bytes are lost: Close discards them at once, Read waits for Config.Linger. Pause without
	// any bytes doesn't keep the end back.
	OnDownstreamData(ctx context.Context, b *Buffer, end bool) (Action, error)
	// OnUpstreamData is the same for bytes from the server.
	OnUpstreamData(ctx context.Context, b *Buffer, end bool) (Action, error)
	// OnClose is called exactly once, after which no other call comes. It must not block, nor close the connection.
	OnClose(peer Peer)
}

// Interested is implemented by filters that don't need to see both directions. A direction that no filter wants goes
// straight to the socket. Wants must give the same answer for the life of the filter.
type Interested interface {
	Wants(d Direction) bool
}

// Controller lets a filter act on its connection outside of a data call, for example from a timer. Its methods may be
// called from any goroutine, return at once and do no input or output themselves.
type Controller interface {
	// Continue resumes a direction that this filter paused: its bytes go on to the next filter without calling this one
	// again. While a data call of that direction is running, it applies to what this call leaves paused. It does nothing
	// when nothing is paused.
	Continue(d Direction)
	// CloseConnection closes the connection after what was handed on before has been written, at most Config.Linger later.
	// What filters hold, and the bytes of a data call that is running, are discarded. Later calls on the connection return
	// ErrClosedByFilter, with reason wrapped in it unless that is nil.
	CloseConnection(reason error)
}
