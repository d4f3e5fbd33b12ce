// Package registry makes messages by their API key or name.
//
// It links every message. A program that handles a few of them names those of
// package messages itself and stays small.
package registry

// Names returns the names of all messages, sorted.
func Names() []string { return append([]string(nil), names[:]...) }
