package conn

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

var (
	// ErrBufferFull tells that filters hold back as many bytes as Config.MaxBuffered allows. Write has returned the number
	// of bytes that it took before; nothing is lost.
	ErrBufferFull = errors.New("conn: the filters hold back as many bytes as Config.MaxBuffered allows: " +
		"raise it, or let the filter hand bytes on earlier")

	// ErrBudgetExceeded is the same for the bound that several connections share, Config.Budget.
	ErrBudgetExceeded = errors.New("conn: the filters of all connections hold back as many bytes as Config.Budget allows: " +
		"raise it, or use fewer connections")

	// ErrClosedByFilter is returned after a filter called Controller.CloseConnection. It matches net.ErrClosed, too.
	ErrClosedByFilter error = &closedError{"conn: a filter closed the connection"}

	// ErrWriteClosed is returned by Write after CloseWrite. It matches syscall.EPIPE, too, which is what a plain connection gives.
	ErrWriteClosed = fmt.Errorf("conn: write after CloseWrite: %w", syscall.EPIPE)

	// ErrTruncated is returned by Read, in the place of io.EOF, when the other end has closed and a filter still holds back
	// bytes Config.Linger later. It matches io.ErrUnexpectedEOF, too.
	ErrTruncated = fmt.Errorf("conn: the stream ended while a filter held back its last bytes, which are lost: %w", io.ErrUnexpectedEOF)

	// ErrDiscarded is what a DiscardedError matches.
	ErrDiscarded = errors.New("conn: bytes that Write had accepted were not sent")

	// Programs that are older than net.ErrClosed and os.ErrDeadlineExceeded look for the texts of package net.
	errClosed error = &closedError{"conn: use of closed network connection"}
)

// closedByFilterError is what ErrClosedByFilter stands for, with the reason that the filter gave.
type closedByFilterError struct{ reason error }

func (e *closedByFilterError) Error() string {
	return ErrClosedByFilter.Error() + ": " + e.reason.Error()
}

func (e *closedByFilterError) Is(target error) bool {
	return target == ErrClosedByFilter || target == net.ErrClosed
}

func (e *closedByFilterError) Unwrap() error { return e.reason }

// Timeout is false whatever the reason is, see FilterError.
func (e *closedByFilterError) Timeout() bool   { return false }
func (e *closedByFilterError) Temporary() bool { return false }

type closedError struct{ text string }

func (e *closedError) Error() string        { return e.text }
func (e *closedError) Is(target error) bool { return target == net.ErrClosed }

// DiscardedError is returned by Close when bytes that Write had accepted could not be sent, because a filter didn't hand
// them on even at the end of the stream or because the other end didn't take them within Config.Linger.
type DiscardedError struct {
	Bytes int   // how many, after the filters that had seen them; a lower bound when a filter's call didn't return
	Err   error // what stopped them, if something did
}

func (e *DiscardedError) Error() string {
	s := fmt.Sprintf("conn: closed with %d accepted bytes that were not sent", e.Bytes)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is makes it match ErrDiscarded.
func (e *DiscardedError) Is(target error) bool { return target == ErrDiscarded }
func (e *DiscardedError) Unwrap() error        { return e.Err }

// FilterError is the error of a filter, which ended the connection.
type FilterError struct {
	Filter int    // index in Config.Filters
	Call   string // name of the method, for example "OnDownstreamData"
	Err    error
}

func (e *FilterError) Error() string {
	return fmt.Sprintf("conn: filter %d failed in %s: %v", e.Filter, e.Call, e.Err)
}

func (e *FilterError) Unwrap() error { return e.Err }

// Timeout is false whatever the cause: trying again is of no use, since the connection has ended. Without it errors.As
// would find the Timeout of a wrapped context.DeadlineExceeded.
func (e *FilterError) Timeout() bool { return false }

// Temporary is false.
func (e *FilterError) Temporary() bool { return false }

// timeoutError is a passed deadline that was noticed outside of the socket.
type timeoutError struct{ text string }

func (e *timeoutError) Error() string        { return e.text }
func (e *timeoutError) Timeout() bool        { return true }
func (e *timeoutError) Temporary() bool      { return true }
func (e *timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

var (
	errReadTimeout  error = &timeoutError{"conn: read: i/o timeout"}
	errWriteTimeout error = &timeoutError{"conn: write: i/o timeout"}

	_ net.Error = (*timeoutError)(nil)
	_ net.Error = (*FilterError)(nil)
	_ net.Error = (*closedByFilterError)(nil)
)

// isTimeout tells whether the call may be repeated after a new deadline was set.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
