package nasp

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/wasmhost"
)

// Metrics is a snapshot of what an Interceptor has done. Counters never fall, and survive a Reload as long as the filter keeps its name. Packages naspprom
// and naspotel export it.
type Metrics struct {
	// Configuration numbers the one that new connections get: 1, and one more with each Reload.
	Configuration uint64
	// Draining is the number of older configurations that connections still run on.
	Draining int
	// RefusedReloads counts those that changed nothing.
	RefusedReloads uint64

	// Open is the number of filtered connections now, Opened of all so far; Refused of those that couldn't start, Failed of those that a
	// filter ended, and Passed of those that no filter was for.
	Open                            int
	Opened, Refused, Failed, Passed uint64
	// BytesRead and BytesWritten went through the sockets of filtered connections.
	BytesRead, BytesWritten uint64
	// Pauses counts calls after which a filter held bytes back, by conn.Direction.
	Pauses [2]uint64
	// Buffered is the number of bytes that connections hold now.
	Buffered int64

	// Filters are sorted by name.
	Filters []FilterMetrics
}

// FilterMetrics is about one filter.
type FilterMetrics struct {
	Name string
	// Streams counts the connections that it was started for; Skipped those that went on without it, by Filter.FailOpen.
	Streams, Skipped uint64
	// Calls are the times that its calls with data took, by conn.Direction, with the wait for a virtual machine that was busy.
	Calls [2]Histogram

	// What follows is about modules.

	// VMs is the number of virtual machines that work now, and Memory what those hold, in bytes.
	VMs    int
	Memory uint64
	// Traps counts failures of the module, each of which cost a virtual machine. Restarts are virtual machines that took the place of those, Recycled
	// ones that were replaced for the size of their memory.
	Traps, Restarts, Recycled uint64
	// LogDropped counts messages of the module beyond what it may log.
	LogDropped uint64
	// Guest are the metrics that the module itself defines. ParseMetricName finds the labels in their names.
	Guest []wasmhost.Metric
}

// Histogram counts durations.
type Histogram struct {
	Count uint64
	Sum   time.Duration
	// Buckets counts, for each bound of HistogramBounds, the durations up to it that are above the bound before. Those above the last are in Count alone.
	Buckets [histogramBuckets]uint64
}

const (
	histogramBuckets = 12
	firstBound       = 1024 // nanoseconds
)

// HistogramBounds returns the upper bounds of the buckets of a Histogram: about 1 µs, 4 µs, 16 µs and so on up to 4.3 s.
func HistogramBounds() []time.Duration {
	bounds := make([]time.Duration, histogramBuckets)
	for i := range bounds {
		bounds[i] = firstBound << (2 * i)
	}
	return bounds
}

// Metrics takes a snapshot.
func (i *Interceptor) Metrics() Metrics {
	m, work := i.snapshot()
	for _, s := range work.streams { // of those that have ended meanwhile the counts are still there
		work.bytes.add(s)
	}
	m.BytesRead, m.BytesWritten, m.Pauses = work.bytes.Read, work.bytes.Written, work.bytes.Pauses
	for _, b := range work.budgets {
		m.Buffered += b.Used()
	}
	for _, f := range work.filters {
		m.Filters = append(m.Filters, f.metrics())
	}
	slices.SortFunc(m.Filters, func(a, b FilterMetrics) int { return cmp.Compare(a.Name, b.Name) })
	return m
}

// work is what is left to be added up without the lock.
type work struct {
	streams []*stream
	bytes   byteCounts
	budgets []*conn.Budget
	filters []filterWork
}

type filterWork struct {
	*filterStats
	past    wasmhost.Stats
	plugins []*wasmhost.Plugin
}

// snapshot takes what the lock guards.
func (i *Interceptor) snapshot() (Metrics, work) {
	i.mu.Lock()
	defer i.mu.Unlock()
	m := Metrics{
		Configuration: i.current.Load().number, Draining: max(len(i.generations)-1, 0), RefusedReloads: i.totals.refusedReloads,
		Open: len(i.streams), Opened: i.nextStream, Refused: i.totals.refused, Failed: i.totals.failed, Passed: i.passed.Load(),
	}
	w := work{streams: slices.Collect(maps.Keys(i.streams)), bytes: i.totals.bytes}
	for g := range i.generations {
		w.budgets = append(w.budgets, g.budget)
	}
	for _, f := range i.filters {
		w.filters = append(w.filters, filterWork{f, f.past, i.pluginsOf(f)})
	}
	return m, w
}

// pluginsOf returns the modules that f counts. It is called with the lock.
func (i *Interceptor) pluginsOf(f *filterStats) (list []*wasmhost.Plugin) {
	for g := range i.generations {
		for _, loaded := range g.filters {
			if loaded.stats == f && loaded.plugin != nil {
				list = append(list, loaded.plugin)
			}
		}
	}
	return list
}

func (f *filterWork) metrics() FilterMetrics {
	m := FilterMetrics{Name: f.name, Streams: f.opened.Load(), Skipped: f.skipped.Load(), Guest: f.guest.Snapshot()}
	for d := range f.durations {
		m.Calls[d] = f.durations[d].snapshot()
	}
	sum := f.past
	for _, p := range f.plugins {
		addStats(&sum, p.Stats())
	}
	m.VMs, m.Memory = sum.VMs, sum.Memory
	m.Traps, m.Restarts, m.Recycled, m.LogDropped = sum.Failures, sum.Restarts, sum.Recycled, sum.LogDropped
	return m
}

func addStats(sum *wasmhost.Stats, s wasmhost.Stats) {
	sum.VMs += s.VMs
	sum.Memory += s.Memory
	sum.Failures += s.Failures
	sum.Restarts += s.Restarts
	sum.Recycled += s.Recycled
	sum.LogDropped += s.LogDropped
}

// totals are the counts of streams that have ended, and of Reloads. It is guarded by Interceptor.mu.
type totals struct {
	bytes                           byteCounts
	refused, failed, refusedReloads uint64
}

type byteCounts struct{ conn.Stats }

func (b *byteCounts) add(s *stream) {
	c := s.conn.Load()
	if c == nil {
		return
	}
	n := c.Stats()
	b.Read += n.Read
	b.Written += n.Written
	for d := range n.Pauses {
		b.Pauses[d] += n.Pauses[d]
	}
}

// add counts a stream that has ended.
func (t *totals) add(s *stream) {
	t.bytes.add(s)
	switch {
	case s.refused:
		t.refused++
	case s.failure.Load() != nil:
		t.failed++
	}
}

// filterStats are the counts of the filters of one name, in all generations.
type filterStats struct {
	name      string
	durations [2]histogram // by conn.Direction
	guest     wasmhost.Metrics

	opened, skipped atomic.Uint64

	past  wasmhost.Stats // of plugins that were closed; guarded by Interceptor.mu
	users int            // filters; guarded by Interceptor.mu
}

// statsOf returns the counts for a filter of this name. They are given back by releaseStats.
func (i *Interceptor) statsOf(name string) *filterStats {
	i.mu.Lock()
	defer i.mu.Unlock()
	f := i.filters[name]
	if f == nil {
		f = &filterStats{name: name}
		i.filters[name] = f
	}
	f.users++
	return f
}

func (i *Interceptor) releaseStats(f *loadedFilter) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if f.plugin != nil {
		s := f.plugin.Stats()
		s.VMs, s.Memory = 0, 0
		addStats(&f.stats.past, s)
	}
	if f.stats.users--; f.stats.users == 0 {
		delete(i.filters, f.stats.name)
	}
}

// histogram counts durations, for any number of goroutines.
type histogram struct {
	sum     atomic.Int64
	buckets [histogramBuckets + 1]atomic.Uint64
}

func (h *histogram) observe(d time.Duration) {
	h.sum.Add(int64(d))
	h.buckets[bucket(d)].Add(1)
}

// bucket returns the index of the first bound that is not below d.
func bucket(d time.Duration) int {
	if d <= firstBound {
		return 0
	}
	above := bits.Len64(uint64(d-1)) - bits.Len64(firstBound-1) // powers of two above the first bound
	return min((above+1)/2, histogramBuckets)
}

func (h *histogram) snapshot() Histogram {
	s := Histogram{Sum: time.Duration(h.sum.Load())}
	for i := range h.buckets {
		n := h.buckets[i].Load()
		s.Count += n
		if i < histogramBuckets {
			s.Buckets[i] = n
		}
	}
	return s
}

// StreamInfo describes a filtered connection.
type StreamInfo struct {
	ID            uint64
	Configuration uint64 // see Metrics.Configuration
	Rule          string // name of the rule that matched
	Server        bool   // it was accepted, not dialled
	Local, Remote string // addresses
	Since         time.Time
	Filters       []string
	conn.Stats
	Failure string // the first error of a filter; empty if there was none
}

// Streams lists the filtered connections that are open now, oldest first.
func (i *Interceptor) Streams() []StreamInfo {
	var list []StreamInfo
	for _, s := range i.openStreams() {
		list = append(list, s.info())
	}
	slices.SortFunc(list, func(a, b StreamInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (s *stream) info() StreamInfo {
	info := StreamInfo{
		ID: s.id, Configuration: s.generation.number, Rule: s.route.name, Server: s.server, Since: s.since,
		Local: s.nc.LocalAddr().String(), Remote: s.nc.RemoteAddr().String(),
	}
	for _, f := range s.route.filters {
		info.Filters = append(info.Filters, f.config.Name)
	}
	if c := s.conn.Load(); c != nil {
		info.Stats = c.Stats()
	}
	if err := s.failure.Load(); err != nil {
		info.Failure = (*err).Error()
	}
	return info
}
