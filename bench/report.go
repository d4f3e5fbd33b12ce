package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// report is all that was measured. It is written as JSON as it is.
type report struct {
	When       string               `json:"when"`
	Machine    string               `json:"machine"`
	Rounds     int                  `json:"rounds"`
	Throughput []*throughputFigures `json:"throughput,omitempty"`
	Latency    []*latencyFigures    `json:"latency,omitempty"`
	Start      startFigures         `json:"start"`
	Idle       []idleFigures        `json:"idle,omitempty"`
	Bars       []bar                `json:"bars,omitempty"`
}

// throughputFigures are those of an asynchronous producer; each series has a value for each round.
type throughputFigures struct {
	workload
	Variant       string `json:"variant"`
	Records       series `json:"records_per_s"`
	CPU           series `json:"cpu_us_per_record"` // of client and proxy
	ClientCPU     series `json:"client_cpu_us_per_record"`
	AllocsPerSend series `json:"allocations_per_record"`
}

func (f *throughputFigures) add(c cost, n int) {
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(n) }
	f.Records = append(f.Records, float64(n)/c.elapsed.Seconds())
	f.CPU = append(f.CPU, per(c.client+c.proxy))
	f.ClientCPU = append(f.ClientCPU, per(c.client))
	f.AllocsPerSend = append(f.AllocsPerSend, float64(c.mallocs)/float64(n))
}

// latencyFigures are those of a synchronous producer.
type latencyFigures struct {
	workload
	Variant string `json:"variant"`
	P50     series `json:"p50_us"` // of each round
	CPU     series `json:"cpu_us_per_record"`
	sends   series
	P99     float64 `json:"p99_us"` // of all sends
	P999    float64 `json:"p99_9_us"`
}

func (f *latencyFigures) add(c cost, sends series) {
	f.P50 = append(f.P50, median(sends)*1e6)
	f.CPU = append(f.CPU, float64((c.client+c.proxy).Nanoseconds())/1e3/float64(len(sends)))
	f.sends = append(f.sends, sends...)
	f.P99, f.P999 = quantile(f.sends, 0.99)*1e6, quantile(f.sends, 0.999)*1e6
}

type startFigures struct {
	Cold    series `json:"cold_ms,omitempty"` // nasp.New and the first connection
	Warm    series `json:"warm_ms,omitempty"`
	PeakMiB series `json:"peak_mib_warm,omitempty"`
}

func (f *startFigures) add(cold, warm start) {
	ms := func(s start) float64 { return float64((s.New + s.Connect).Microseconds()) / 1e3 }
	f.Cold, f.Warm = append(f.Cold, ms(cold)), append(f.Warm, ms(warm))
	f.PeakMiB = append(f.PeakMiB, float64(warm.PeakKiB)/1024)
}

type idleFigures struct {
	Connections int    `json:"connections"`
	PlainKiB    [2]int `json:"plain_kib"` // with one connection, and with as many more
	WrappedKiB  [2]int `json:"wrapped_kib"`
}

// perConnection is what one costs more than a plain one, in KiB.
func (f idleFigures) perConnection() float64 {
	return float64(f.WrappedKiB[1]-f.WrappedKiB[0]-(f.PlainKiB[1]-f.PlainKiB[0])) / float64(f.Connections)
}

func newReport(o options) *report {
	return &report{When: time.Now().UTC().Format("2006-01-02 15:04 UTC"), Machine: machine(), Rounds: o.rounds}
}

func (r *report) throughput(w workload, v variant) *throughputFigures {
	f := &throughputFigures{workload: w, Variant: v.name}
	r.Throughput = append(r.Throughput, f)
	return f
}

func (r *report) latency(w workload, v variant) *latencyFigures {
	f := &latencyFigures{workload: w, Variant: v.name}
	r.Latency = append(r.Latency, f)
	return f
}

// write writes the tables to w, and everything to the folder out unless that is empty.
func (r *report) write(w io.Writer, out string) error {
	r.holdAgainstBars()
	text := r.markdown()
	if _, err := io.WriteString(w, text); err != nil || out == "" {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "benchmarks.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	for name, svg := range r.plots() {
		if err := os.WriteFile(filepath.Join(out, name), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(out, "benchmarks.md"), []byte(text), 0o644)
}

func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `go run ./bench`, %s, on %s. Medians of %d rounds in which all variants take turns; ratios with their 95 %% bootstrap interval.\n", r.When, r.Machine, r.Rounds)
	fmt.Fprintf(&b, "Client, proxy and broker share the processors, so a proxy takes from the client what it needs: CPU a record is the fairer figure.\n")
	if len(r.Bars) > 0 {
		fmt.Fprintf(&b, "\n## Bars\n\n| what | bar | measured | |\n|---|---|---|---|\n")
		for _, x := range r.Bars {
			fmt.Fprintf(&b, "| %s | %s | %.3f (%.3f to %.3f) | %s |\n", x.What, x.Bar, x.Measured.Value, x.Measured.Low, x.Measured.High, x.Verdict)
		}
	}
	r.throughputTables(&b)
	r.latencyTables(&b)
	r.startTables(&b)
	b.WriteString("\n## Variants\n\n")
	for _, v := range variants {
		fmt.Fprintf(&b, "- **%s**: %s\n", v.name, v.what)
	}
	b.WriteString("\nNot measured: several brokers, TLS, networks other than loopback, clients other than sarama, consumers.\n")
	return b.String()
}

func (r *report) throughputTables(b *strings.Builder) {
	var last workload
	for i, f := range r.Throughput {
		if i == 0 || f.workload != last {
			last = f.workload
			fmt.Fprintf(b, "\n## Asynchronous producer: %v\n\n| variant | records/s | MB/s | ÷ plain | CPU µs a record, client + proxy | client alone | allocations a record |\n|---|---|---|---|---|---|---|\n", last)
		}
		ratio := "1"
		if plain := r.find(f.workload, "plain"); plain != nil && f.Variant != "plain" {
			x := bootstrap(func(m []float64) float64 { return m[0] / m[1] }, f.Records, plain.Records)
			ratio = fmt.Sprintf("%.3f (%.3f to %.3f)", x.Value, x.Low, x.High)
		}
		records := median(f.Records)
		fmt.Fprintf(b, "| %s | %.0f | %.1f | %s | %.2f | %.2f | %.1f |\n", f.Variant, records, records*float64(f.Size)/1e6, ratio, median(f.CPU), median(f.ClientCPU), median(f.AllocsPerSend))
	}
}

func (r *report) latencyTables(b *strings.Builder) {
	var last workload
	for i, f := range r.Latency {
		if i == 0 || f.workload != last {
			last = f.workload
			fmt.Fprintf(b, "\n## Synchronous producer: %v\n\n| variant | p50 µs | p99 | p99.9 | CPU µs a record, client + proxy |\n|---|---|---|---|---|\n", last)
		}
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.0f | %.1f |\n", f.Variant, median(f.P50), f.P99, f.P999, median(f.CPU))
	}
}

func (r *report) startTables(b *strings.Builder) {
	if len(r.Start.Warm) > 0 {
		fmt.Fprintf(b, "\n## Start\n\nnasp.New and the first connection, medians of %d processes: %.0f ms without a cache of compiled modules, %.0f ms with one; peak memory then %.0f MiB.\n",
			len(r.Start.Warm), median(r.Start.Cold), median(r.Start.Warm), median(r.Start.PeakMiB))
	}
	if len(r.Idle) > 0 {
		b.WriteString("\n## Idle connections\n\n| connections | resident MiB plain | through the filter | KiB more for each |\n|---|---|---|---|\n")
		for _, f := range r.Idle {
			fmt.Fprintf(b, "| %d | %.1f | %.1f | %.1f |\n", f.Connections, float64(f.PlainKiB[1])/1024, float64(f.WrappedKiB[1])/1024, f.perConnection())
		}
	}
}

func (r *report) find(w workload, variant string) *throughputFigures {
	for _, f := range r.Throughput {
		if f.workload == w && f.Variant == variant {
			return f
		}
	}
	return nil
}

func (r *report) findLatency(w workload, variant string) *latencyFigures {
	for _, f := range r.Latency {
		if f.workload == w && f.Variant == variant {
			return f
		}
	}
	return nil
}
