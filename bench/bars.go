package main

import "fmt"

// bar is a goal and how far it was reached.
type bar struct {
	What     string   `json:"what"`
	Bar      string   `json:"bar"`
	Measured interval `json:"measured"`
	Verdict  string   `json:"verdict"`
}

func (r *report) hold(what string, limit float64, atLeast bool, measured interval) {
	sign := "≤"
	if atLeast {
		sign = "≥"
	}
	r.Bars = append(r.Bars, bar{what, fmt.Sprintf("%s %.2f", sign, limit), measured, measured.verdict(limit, atLeast)})
}

// holdAgainstBars fills Bars with those for which all figures are there.
func (r *report) holdAgainstBars() {
	for _, w := range []workload{{"kafka", "none", 1024, 0}, {"kafka", "none", 1024, 6}} {
		r.throughputBars(w)
		r.latencyBars(w)
	}
	if len(r.Start.Warm) > 0 {
		r.hold("start with a warm cache, ms", 60, false, bootstrap(func(m []float64) float64 { return m[0] }, r.Start.Warm))
	}
	for _, f := range r.Idle {
		if f.Connections >= 1000 {
			v := f.perConnection()
			r.hold(fmt.Sprintf("memory of an idle connection more than a plain one's, KiB, at %d", f.Connections), 16, false, interval{v, v, v})
		}
	}
}

func (r *report) throughputBars(w workload) {
	plain, wasm, native := r.find(w, "plain"), r.find(w, "wasm"), r.find(w, "native")
	envoy, kroxy := r.find(w, "envoy-wasm"), r.find(w, "kroxylicious")
	what := func(s string) string { return fmt.Sprintf("%s, %d findings a KiB", s, w.Findings) }
	if plain == nil || wasm == nil {
		return
	}
	limit := 0.97
	if w.Findings > 0 {
		limit = 0.90
	}
	r.hold(what("throughput with the PII filter in Wasm ÷ plain, async 1 KiB"), limit, true,
		bootstrap(func(m []float64) float64 { return m[0] / m[1] }, wasm.Records, plain.Records))
	if w.Findings == 0 {
		r.hold(what("added client CPU a record ÷ plain client CPU"), 0.05, false,
			bootstrap(func(m []float64) float64 { return m[0]/m[1] - 1 }, wasm.ClientCPU, plain.ClientCPU))
	}
	// Added by one over added by another.
	added := func(m []float64) float64 { return (m[0] - m[2]) / (m[1] - m[2]) }
	if envoy != nil {
		limit := 0.5
		if w.Findings > 0 {
			limit = 1
		}
		r.hold(what("added CPU a record ÷ Envoy's with the same module"), limit, false, bootstrap(added, wasm.CPU, envoy.CPU, plain.CPU))
	}
	if kroxy != nil {
		r.hold(what("added CPU a record ÷ Kroxylicious'"), 0.10, false, bootstrap(added, wasm.CPU, kroxy.CPU, plain.CPU))
	}
	if native != nil {
		r.hold(what("throughput through the Wasm engine ÷ through the native one"), 0.50, true,
			bootstrap(func(m []float64) float64 { return m[0] / m[1] }, wasm.Records, native.Records))
	}
}

func (r *report) latencyBars(w workload) {
	plain, wasm, envoy := r.findLatency(w, "plain"), r.findLatency(w, "wasm"), r.findLatency(w, "envoy-wasm")
	if plain == nil || wasm == nil || envoy == nil {
		return
	}
	added := func(m []float64) float64 { return (m[0] - m[2]) / (m[1] - m[2]) }
	what := func(s string) string { return fmt.Sprintf("%s, %d findings a KiB", s, w.Findings) }
	r.hold(what("added CPU a record ÷ Envoy's with the same module, synchronous"), 0.25, false, bootstrap(added, wasm.CPU, envoy.CPU, plain.CPU))
	r.hold(what("latency added at p50 ÷ Envoy's with the same module, synchronous 1 KiB"), 0.20, false, bootstrap(added, wasm.P50, envoy.P50, plain.P50))
}
