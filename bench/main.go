// Command bench measures what filtering costs, side by side with what people would use instead: the same sarama producer and the same
// records, through variants that take turns in one run, so that a noisy machine disturbs all alike. It starts what it needs on loopback: a
// real Kafka, a broker that only acknowledges, Envoy, Kroxylicious.
//
//	go run ./bench                        the bars of docs/benchmarks.md, about ten minutes
//	go run ./bench -what latency          one part: throughput, latency, start, memory
//	go run ./bench -variants plain,wasm   fewer variants
//	go run ./bench -sizes 100,1024,65536 -findings 0,1,6 -codecs none,lz4,zstd -brokers kafka,null
//
// Tables go to the standard output and, with -out, as Markdown, JSON and SVG to a folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

// options are what the command line says.
type options struct {
	what     []string
	variants []string
	sizes    []int
	findings []int
	codecs   []string
	brokers  []string
	rounds   int
	seconds  float64
	out      string
}

var parts = []string{"throughput", "latency", "start", "memory"}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "usage: go run ./bench [flags]\n\nMeasures filtering in process beside proxies, in turns, on loopback.\n\nflags:")
		f.PrintDefaults()
	}
	list := func(name, value, usage string) *string { return f.String(name, value, usage+", separated by commas") }
	what := list("what", strings.Join(parts, ","), "parts to measure")
	variants := list("variants", strings.Join(variantNames(), ","), "variants")
	sizes := list("sizes", "1024", "bytes of a record")
	findings := list("findings", "0,6", "findings a KiB: 0, 1 or 6")
	codecs := list("codecs", "none", "codecs: none, lz4, zstd")
	brokers := list("brokers", "kafka", "kafka is a real one, null only acknowledges")
	f.IntVar(&o.rounds, "rounds", 30, "paired rounds of each measurement")
	f.Float64Var(&o.seconds, "seconds", 0.3, "length of a round of one variant")
	f.StringVar(&o.out, "out", "", "folder for the tables and plots; empty: none")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("bench: unexpected argument %q: see -h", f.Arg(0))
	}
	split := func(s string) []string { return strings.Split(s, ",") }
	o.what, o.variants, o.codecs, o.brokers = split(*what), split(*variants), split(*codecs), split(*brokers)
	var errs []error
	numbers := func(s string) (out []int) {
		for _, v := range split(s) {
			n, err := strconv.Atoi(v)
			errs = append(errs, err)
			out = append(out, n)
		}
		return out
	}
	o.sizes, o.findings = numbers(*sizes), numbers(*findings)
	errs = append(errs, known("part", o.what, parts), known("variant", o.variants, variantNames()),
		known("codec", o.codecs, []string{"none", "lz4", "zstd"}), known("broker", o.brokers, []string{"kafka", "null"}))
	if o.rounds < 2 || o.seconds <= 0 || slices.Min(o.sizes) < 64 || slices.Min(o.findings) < 0 {
		errs = append(errs, errors.New("bench: rounds must be 2 or more, seconds and sizes positive (64 bytes or more)"))
	}
	return o, errors.Join(errs...)
}

func known(what string, values, all []string) error {
	for _, v := range values {
		if !slices.Contains(all, v) {
			return fmt.Errorf("bench: there is no %s %q: there are %s", what, v, strings.Join(all, ", "))
		}
	}
	return nil
}

func main() {
	if isChild() {
		runChild()
		return
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

// run measures all that is asked for and writes the report.
func run(ctx context.Context, o options) (err error) {
	r := newReport(o)
	var s *setup
	if slices.Contains(o.what, "throughput") || slices.Contains(o.what, "latency") {
		if s, err = newSetup(ctx, o); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		if err := s.measure(ctx, o, r); err != nil {
			return err
		}
	}
	if slices.Contains(o.what, "start") {
		if err := measureStart(ctx, o, r); err != nil {
			return err
		}
	}
	if slices.Contains(o.what, "memory") {
		if err := measureMemory(ctx, r); err != nil {
			return err
		}
	}
	return r.write(os.Stdout, o.out)
}

// progress tells people what takes so long.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
