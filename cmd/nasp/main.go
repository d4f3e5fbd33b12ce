// Command nasp masks personal data and secrets in text, and looks into Proxy-Wasm modules. Run nasp help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked for could not be done
	exitUsage  = 2 // it isn't clear what is asked for
)

// command is a subcommand.
type command struct {
	name    string
	args    string // what follows the name in its usage
	summary string // one line
	help    string // what else there is to say
	// run is called with the flag set that the command adds its flags to and parses args with, by parse.
	run func(ctx context.Context, e *env, flags *flag.FlagSet, args []string) error
}

// env is what a command has to do with.
type env struct {
	in       io.Reader
	out, err io.Writer
	cacheDir string // of compiled modules, empty for none
}

var commands = []command{redactCommand, inspectCommand, configCommand, versionCommand}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process
	os.Exit(run(ctx, &env{os.Stdin, os.Stdout, os.Stderr, cacheDir()}, os.Args[1:]))
}

// usageError is an error in what the user wrote.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs the command that args name and returns the exit code.
func run(ctx context.Context, e *env, args []string) int {
	if len(args) > 0 && slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		if len(args) == 1 {
			usage(e.out)
			return exitOK
		}
		args = []string{args[1], "-h"}
	}
	if len(args) == 0 {
		usage(e.err)
		return exitUsage
	}
	if args[0] == "-version" || args[0] == "--version" {
		args[0] = "version"
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == args[0] })
	if i < 0 {
		fmt.Fprintf(e.err, "nasp: there is no command %q, see nasp help\n", args[0])
		return exitUsage
	}
	return commands[i].start(ctx, e, args[1:])
}

func (c *command) start(ctx context.Context, e *env, args []string) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	err := c.run(ctx, e, flags, args)
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		c.usage(e.out, flags)
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(e.err, "nasp %s: %v\nSee nasp %s -h.\n", c.name, err, c.name)
		return exitUsage
	default:
		fmt.Fprintf(e.err, "nasp %s: %v\n", c.name, err)
		return exitFailed
	}
}

// parse parses a command's arguments.
func parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return usageError{err}
	}
	return err
}

func usage(w io.Writer) {
	fmt.Fprint(w, "nasp masks personal data and secrets, by the same code as the filter of Kafka clients.\n\nusage: nasp COMMAND [arguments]\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "  help      explains a command: nasp help COMMAND\n\nThe exit code is 0 if all went well, 1 if it didn't, and 2 if the arguments are wrong.\n")
}

func (c *command) usage(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "usage: nasp %s%s\n\n%s.\n%s", c.name, c.args, c.summary, c.help)
	flags.SetOutput(w)
	fmt.Fprintln(w)
	flags.PrintDefaults()
}
