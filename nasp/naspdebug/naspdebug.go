// Package naspdebug shows what an Interceptor is doing, on a page for people, in the manner of net/http/pprof:
//
//	http.Handle("/debug/nasp", naspdebug.Handler(n))
//
// It shows connections with their addresses, filters, virtual machines and counters, and no byte of a stream. Still, it belongs on a port that is not open
// to all. With ?format=json it gives the same as JSON.
package naspdebug

import (
	"bytes"
	_ "embed" // for the page
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/nasp"
)

// Source is an Interceptor.
type Source interface {
	Metrics() nasp.Metrics
	Streams() []nasp.StreamInfo
}

var _ Source = (*nasp.Interceptor)(nil)

// maxStreams is how many connections the page lists: the oldest.
const maxStreams = 500

// Handler returns a handler that shows n. It answers GET and HEAD.
func Handler(n Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "naspdebug: this page is only read", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		p := newPage(n, time.Now())
		var out bytes.Buffer
		var err error
		if r.FormValue("format") == "json" {
			h.Set("Content-Type", "application/json")
			err = p.json(&out)
		} else {
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			err = pageTemplate.Execute(&out, p)
		}
		if err != nil {
			http.Error(w, "naspdebug: "+err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(out.Bytes()) // a reader that has gone
	})
}

// page is what the template shows.
type page struct {
	Now     time.Time
	Metrics nasp.Metrics
	Streams []nasp.StreamInfo
	Hidden  int // connections that are not listed
}

func newPage(n Source, now time.Time) page {
	p := page{Now: now, Metrics: n.Metrics(), Streams: n.Streams()}
	if len(p.Streams) > maxStreams {
		p.Hidden = len(p.Streams) - maxStreams
		p.Streams = p.Streams[:maxStreams]
	}
	return p
}

func (p *page) json(out *bytes.Buffer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"bytes": bytesText[uint64], "held": bytesText[int64], "ibytes": bytesText[int], "age": age, "guest": guestRows, "call": newCall, "join": strings.Join, "directions": directionNames,
}).Parse(pageSource))

func directionNames() []string { return []string{conn.Downstream.String(), conn.Upstream.String()} }

// bytesText writes a number of bytes for people.
func bytesText[T int | int64 | uint64](n T) string {
	const units = "KMGTPE"
	v, unit := float64(n), -1
	for v >= 1024 && unit < len(units)-1 {
		v /= 1024
		unit++
	}
	if unit < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %ciB", v, units[unit])
}

func age(now, since time.Time) string { return now.Sub(since).Round(time.Second).String() }

// guestRow is a metric of a module.
type guestRow struct {
	Name, Labels, Value string
}

func guestRows(f nasp.FilterMetrics) []guestRow {
	m := nasp.Metrics{Filters: []nasp.FilterMetrics{f}}
	var rows []guestRow
	for _, s := range m.Samples() {
		name, ok := strings.CutPrefix(s.Name, "nasp.guest.")
		if !ok || s.Kind == nasp.Counter && s.Value == 0 {
			continue // a module may have many counters, of which most have counted nothing
		}
		r := guestRow{Name: name, Value: fmt.Sprintf("%.0f", s.Value)}
		var labels []string
		for _, l := range s.Labels[1:] { // without the filter
			labels = append(labels, l.Name+"="+l.Value)
		}
		r.Labels = strings.Join(labels, " ")
		if h := s.Histogram; h != nil {
			r.Value = fmt.Sprintf("%d values, sum %.0f", h.Count, h.Sum)
		}
		rows = append(rows, r)
	}
	return rows
}

// call is a histogram for people.
type call struct {
	Direction string
	Count     uint64
	Mean      time.Duration
	Bars      []bar
}

// bar is a bucket, with its share of the largest one in percent.
type bar struct {
	Bound string
	Count uint64
	Share int
}

func newCall(f nasp.FilterMetrics, direction int) call {
	h := f.Calls[direction]
	c := call{Direction: conn.Direction(direction).String(), Count: h.Count}
	if h.Count == 0 {
		return c
	}
	c.Mean = (h.Sum / time.Duration(h.Count)).Round(10 * time.Nanosecond)
	most, above := uint64(1), h.Count
	for _, n := range h.Buckets {
		most = max(most, n)
		above -= n
	}
	most = max(most, above)
	share := func(n uint64) int { return int((n*100 + most - 1) / most) }
	for i, bound := range nasp.HistogramBounds() {
		if n := h.Buckets[i]; n > 0 {
			c.Bars = append(c.Bars, bar{"≤ " + rounded(bound), n, share(n)})
		}
	}
	if above > 0 {
		c.Bars = append(c.Bars, bar{"longer", above, share(above)})
	}
	return c
}

// rounded shows a bound with two digits or so: 1.024µs is 1µs to a reader.
func rounded(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			step := max(unit/10, 1)
			if d >= 10*unit {
				step = unit
			}
			return d.Round(step).String()
		}
	}
	return d.String()
}
