package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/libnasp/libnasp/nasp"
)

// startRounds is how often a start is measured.
const startRounds = 9

// measureStart measures how long the filter takes to be there, each time in a process of its own.
func measureStart(ctx context.Context, _ options, r *report) error {
	progress("start: %d processes without and %d with a cache of compiled modules", startRounds, startRounds)
	warm, err := os.MkdirTemp("", "nasp-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(warm)
	if _, err := oneStart(ctx, warm); err != nil {
		return err
	}
	for range startRounds {
		cold, err := os.MkdirTemp("", "nasp-bench-")
		if err != nil {
			return err
		}
		c, err := oneStart(ctx, cold)
		w, err2 := oneStart(ctx, warm)
		if err := errors.Join(err, err2, os.RemoveAll(cold)); err != nil {
			return err
		}
		r.Start.add(c, w)
	}
	return nil
}

func oneStart(ctx context.Context, dir string) (out start, err error) {
	c, err := startChild(ctx, "start", dir)
	if err != nil {
		return out, err
	}
	err = c.read(&out)
	return out, errors.Join(err, c.stop())
}

// idleCounts are how many connections are held open.
var idleCounts = []int{1, 100, 10_000}

// measureMemory measures what idle connections cost, in a process of its own for each number, plain and through the filter.
func measureMemory(ctx context.Context, r *report) error {
	for _, n := range idleCounts {
		progress("memory: %d idle connections, plain and through the filter", n)
		plain, err := idle(ctx, n, false)
		if err != nil {
			return err
		}
		wrapped, err := idle(ctx, n, true)
		if err != nil {
			return err
		}
		r.Idle = append(r.Idle, idleFigures{Connections: n, PlainKiB: plain, WrappedKiB: wrapped})
	}
	return nil
}

// idle returns the memory of a process in KiB before and with n connections.
func idle(ctx context.Context, n int, wrapped bool) (kib [2]int, err error) {
	accept, err := startChild(ctx, "accept")
	if err != nil {
		return kib, err
	}
	defer func() { err = errors.Join(err, accept.stop()) }()
	var addr string
	if err := accept.read(&addr); err != nil {
		return kib, err
	}
	c, err := startChild(ctx, "idle", addr, strconv.Itoa(n), strconv.FormatBool(wrapped))
	if err != nil {
		return kib, err
	}
	err = c.read(&kib)
	return kib, errors.Join(err, c.stop())
}

// childIdle opens connections: its arguments are the address, the number, and whether they go through the filter. On each a request has gone through, so
// that what the filter keeps for a stream is there.
func childIdle(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	ctx := context.Background()
	dial := (&net.Dialer{}).DialContext
	if args[2] == "true" {
		dir, err := cacheDir()
		if err != nil {
			return err
		}
		i, err := nasp.New(ctx, nasp.Config{CacheDir: dir})
		if err != nil {
			return err
		}
		dial = (&nasp.Dialer{Interceptor: i}).DialContext
	}
	var kib [2]int
	held := make([]net.Conn, 0, n+1)
	open := func() error {
		c, err := dial(ctx, "tcp", args[0])
		if err != nil {
			return fmt.Errorf("bench: connection %d of %d: %w (ulimit -n must be larger than that)", len(held)+1, n, err)
		}
		held = append(held, c)
		_, err = c.Write(apiVersionsRequest)
		return err
	}
	if err := open(); err != nil { // what the first one costs is the filter's, not a connection's
		return err
	}
	if kib[0], err = settled(); err != nil {
		return err
	}
	for range n {
		if err := open(); err != nil {
			return err
		}
	}
	if kib[1], err = settled(); err != nil {
		return err
	}
	return say(kib)
}

// apiVersionsRequest is ApiVersions version 0 of the client "b".
var apiVersionsRequest = []byte{0, 0, 0, 11, 0, 18, 0, 0, 0, 0, 0, 1, 0, 1, 'b'}

// settled returns the resident memory once garbage has gone back.
func settled() (int, error) {
	time.Sleep(200 * time.Millisecond)
	debug.FreeOSMemory()
	return status(os.Getpid(), "VmRSS")
}
