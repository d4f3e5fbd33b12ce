package main

import (
	"fmt"
	"strings"
)

// plots are bar charts of the CPU a record, one for each workload, by their file names.
func (r *report) plots() map[string]string {
	out := map[string]string{}
	var rows []*throughputFigures
	for i, f := range r.Throughput {
		rows = append(rows, f)
		if i+1 == len(r.Throughput) || r.Throughput[i+1].workload != f.workload {
			w := f.workload
			out[fmt.Sprintf("cpu-%s-%s-%d-%d.svg", w.Broker, w.Codec, w.Size, w.Findings)] = plot(w, rows)
			rows = nil
		}
	}
	return out
}

const (
	plotWidth, rowHeight = 720, 28
	labelWidth           = 120
)

// plot draws a horizontal bar for each variant: the client's part dark, the proxy's light.
func plot(w workload, rows []*throughputFigures) string {
	most := 0.0
	for _, f := range rows {
		most = max(most, median(f.CPU))
	}
	var b strings.Builder
	height := rowHeight*len(rows) + 56
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="8" y="20" font-size="14">CPU µs a record, client (dark) and proxy (light): %v</text>`+"\n", w)
	scale := float64(plotWidth-labelWidth-70) / most
	for i, f := range rows {
		y := 36 + i*rowHeight
		client, all := median(f.ClientCPU)*scale, median(f.CPU)*scale
		fmt.Fprintf(&b, `<text x="8" y="%d">%s</text><rect x="%d" y="%d" width="%.1f" height="18" fill="#2b5f9e"/><rect x="%.1f" y="%d" width="%.1f" height="18" fill="#a9c6e8"/><text x="%.1f" y="%d">%.2f</text>`+"\n",
			y+14, f.Variant, labelWidth, y, client, labelWidth+client, y, all-client, labelWidth+all+6, y+14, median(f.CPU))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
