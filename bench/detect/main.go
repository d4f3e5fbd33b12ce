// Command detect compares what finds personal data and secrets: the engine of this repository, natively and in Wasm, presidio-analyzer, gitleaks and
// detect-secrets, in one run, on texts that it generates (package corpus) and on the peers' own test cases. It writes a table and what was missed.
//
//	go run ./bench/detect                       all, into docs/detection.md, docs/detection.json and the table of README.md
//	go run ./bench/detect -ours -misses M.txt   this repository's engine alone, with each miss
//
// The peers are installed into a cache folder, which needs python3 with venv and some minutes the first time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/libnasp/libnasp/bench/detect/corpus"
)

type options struct {
	n, sample int
	seed      uint64
	ours      bool
	out       string
	readme    string
	misses    string
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 20000, "how many texts to generate")
	flag.IntVar(&o.sample, "sample", 20000, "how many of those the peers in Python get, which are slow")
	flag.Uint64Var(&o.seed, "seed", 1, "of the generator: the same texts for the same seed")
	flag.BoolVar(&o.ours, "ours", false, "run no peers, and write no table")
	flag.StringVar(&o.out, "out", "docs", "the folder of detection.md and detection.json")
	flag.StringVar(&o.readme, "readme", "README.md", "the file that gets the short table, between its marks; empty for none")
	flag.StringVar(&o.misses, "misses", "", "a file for each miss and each over-masked text of ours")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var began = time.Now()

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}

// set is texts with labels, and what each tool did with them.
type set struct {
	Name   string            `json:"name"`
	Texts  int               `json:"texts"`
	Scores map[string]*score `json:"tools"`
	// SameInWasm is in how many of the texts the module made the same bytes.
	SameInWasm int `json:"same_in_wasm"`

	texts []corpus.Text
}

func run(ctx context.Context, o options) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	cache = filepath.Join(cache, "nasp", "detect")
	r := &results{Seed: o.seed, sample: o.sample}
	r.Sets = append(r.Sets, &set{Name: "generated", texts: corpus.Generate(o.seed, o.n)})
	progress("%d texts generated", o.n)
	var p *peers
	if !o.ours {
		if p, err = newPeers(ctx, cache); err != nil {
			return err
		}
	}
	if err := r.addPeersTexts(ctx, p, cache, o.seed); err != nil {
		return err
	}
	if err := r.runOurs(ctx, filepath.Join(cache, "wazero")); err != nil {
		return err
	}
	if p != nil {
		if err := r.runPeers(ctx, p); err != nil {
			return err
		}
		if err := r.write(o.out); err != nil {
			return err
		}
		if o.readme != "" {
			if err := r.writeReadme(o.readme); err != nil {
				return err
			}
		}
	}
	r.print(os.Stdout)
	if o.misses != "" {
		return r.writeMisses(o.misses)
	}
	return nil
}
