package wasmhost

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrClosed is returned when a Runtime, Plugin or Stream is used after Close.
	ErrClosed = errors.New("wasmhost: closed")
	// ErrUnavailable is returned by Plugin.NewStream when the plugin has no working VM and its policy is FailClosed.
	ErrUnavailable = errors.New("wasmhost: no working VM (a new one is on its way, try again later)")
	// ErrSkip is returned by Plugin.NewStream when the plugin has no working VM and its policy is FailOpen: the
	// connection may go on without this plugin.
	ErrSkip = errors.New("wasmhost: no working VM, so the plugin is skipped")
	// ErrTimeLimit is the cause of a GuestError when a call took longer than PluginConfig.TimeLimit.
	ErrTimeLimit = errors.New("the call took longer than its time limit")
)

// GuestError tells that a guest failed (trapped, exited or ran out of stack), which ends its VM and all streams of
// that VM. It never holds bytes of a stream.
type GuestError struct {
	Plugin   string // the plugin's name
	Callback string // the export that failed, for example proxy_on_downstream_data
	Err      error  // the cause, with wazero's stack trace of the guest
}

// Error gives the first line of the cause; Err holds the guest's stack trace too.
func (e *GuestError) Error() string {
	cause, _, _ := strings.Cut(e.Err.Error(), "\n")
	return fmt.Sprintf("wasmhost: plugin %q failed in %s: %s", e.Plugin, e.Callback, cause)
}

// Unwrap returns the cause.
func (e *GuestError) Unwrap() error { return e.Err }

// forbiddenCallError makes the guest trap when it makes a host call that isn't allowed in its present phase.
type forbiddenCallError struct {
	call  string
	phase phase
}

func (e *forbiddenCallError) Error() string {
	return fmt.Sprintf("%s may not be called %s", e.call, e.phase)
}
