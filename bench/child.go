package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
)

// What must not share this process' memory or CPU time runs in children: this program again, told by an environment variable what to be.
const childVariable = "NASP_BENCH_CHILD"

func isChild() bool { return os.Getenv(childVariable) != "" }

// runChild runs a child: it ends when its standard input does, which is when its parent ends.
func runChild() {
	var err error
	switch role := os.Getenv(childVariable); role {
	case "null":
		err = childNull(os.Args[1:])
	case "accept":
		err = childAccept()
	case "start":
		err = childStart(os.Args[1:])
	case "idle":
		err = childIdle(os.Args[1:])
	default:
		err = fmt.Errorf("bench: no child is called %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is a running one.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Scanner
}

func startChild(ctx context.Context, role string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self, args...)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+role)
	c.cmd.Stderr = os.Stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	return c, c.cmd.Start()
}

// read reads one line of JSON that the child writes.
func (c *child) read(v any) error {
	if !c.out.Scan() {
		return errors.Join(errors.New("bench: a child process ended early"), c.out.Err())
	}
	return json.Unmarshal(c.out.Bytes(), v)
}

// stop ends the child and waits for it.
func (c *child) stop() error {
	c.stdin.Close()
	return c.cmd.Wait()
}

// say writes a line for the parent.
func say(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }

// untilParentEnds returns when the standard input ends.
func untilParentEnds() { _, _ = io.Copy(io.Discard, os.Stdin) }

// childNull is a null broker with a listener for each argument, listen=advertised; an empty advertised is the listener's own address.
func childNull(args []string) error {
	var broker nullBroker
	var addrs []string
	for _, arg := range args {
		_, advertised, _ := strings.Cut(arg, "=")
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		if advertised == "" {
			advertised = l.Addr().String()
		}
		addrs = append(addrs, l.Addr().String())
		go func() { _ = broker.serve(l, advertised) }() // until this process ends
	}
	if err := say(addrs); err != nil {
		return err
	}
	untilParentEnds()
	return nil
}

// childAccept takes connections and holds them.
func childAccept() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	if err := say(l.Addr().String()); err != nil {
		return err
	}
	untilParentEnds()
	return nil
}
