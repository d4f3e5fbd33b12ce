// Package kafkaguest makes filters of Kafka a Proxy-Wasm module. A whole module is
//
//	package main
//
//	import "github.com/libnasp/libnasp/filters/kafka/kafkaguest"
//
//	func main() {}
//
//	func init() { kafkaguest.Register(newFilters) }
//
//	func newFilters(configuration []byte) (kafka.Config, error) {
//		return kafka.Config{Filters: []kafka.Filter{…}}, nil
//	}
//
// built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o filter.wasm .
package kafkaguest

import (
	"errors"
	"time"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/downstream"
	"github.com/libnasp/libnasp/filters/proxywasm/timer"
	"github.com/libnasp/libnasp/filters/proxywasm/upstream"
	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

// Register makes the filters of newFilters, which is called with the module's configuration, those of the module. Call it once, from init. An error
// means that the configuration can't be used.
//
// What newFilters leaves out is set: a Compressor whose limit is MaxBatch, and Count, which makes a counter <filter>.<event> of each event.
func Register(newFilters func(configuration []byte) (kafka.Config, error)) {
	proxywasm.Register(func() proxywasm.Root { return New(newFilters) })
}

// MaxBatch is the most that a compressed batch may become, in bytes. A guest has a few hundred MiB.
const MaxBatch = 48 << 20

// tick is how exact the times are for which requests are held back.
const tick = 10 * time.Millisecond

// Root is the filters in one VM.
type Root struct {
	proxywasm.DefaultRoot
	newFilters func([]byte) (kafka.Config, error)
	chain      *kafka.Chain
	held       map[*stream]struct{}
	id         proxywasm.ContextID
}

var _ timer.Handler = (*Root)(nil)

// New returns the root that Register registers, for roots that do something more.
func New(newFilters func(configuration []byte) (kafka.Config, error)) *Root {
	return &Root{newFilters: newFilters, held: map[*stream]struct{}{}}
}

// OnConfigure makes the filters.
func (r *Root) OnConfigure(configuration []byte) error {
	c, err := r.newFilters(configuration)
	if err != nil {
		return err
	}
	if c.Compressor == nil {
		c.Compressor = &compress.Codecs{Limit: MaxBatch, Work: yield.After}
	}
	if c.Count == nil {
		if c.Count, err = Counters(c.Filters); err != nil {
			return err
		}
	}
	c.Holds = true
	r.id = proxywasm.CurrentContext()
	r.chain, err = kafka.NewChain(c)
	return err
}

// Counters returns a Count that makes a counter <filter>.<event> of each event.
func Counters(filters []kafka.Filter) (func(kafka.Filter, kafka.Event), error) {
	counters := map[string]*[kafka.NumEvents]proxywasm.Counter{}
	for _, f := range filters {
		c := new([kafka.NumEvents]proxywasm.Counter)
		for e := range kafka.NumEvents {
			var err error
			if c[e], err = proxywasm.DefineCounter(f.Name() + "." + e.String()); err != nil {
				return nil, err
			}
		}
		counters[f.Name()] = c
	}
	return func(f kafka.Filter, e kafka.Event) {
		_ = counters[f.Name()][e].Add(1) // a lost count is no reason to end a stream
	}, nil
}

// NewStream makes the filters of a connection.
func (r *Root) NewStream() any {
	return &stream{root: r, id: proxywasm.CurrentContext(), kafka: r.chain.NewStream()}
}

// OnTick lets go of what was held back long enough.
func (r *Root) OnTick() {
	for s := range r.held {
		if _, held := s.kafka.Held(); !held {
			s.release()
		}
	}
}

// stream is the filters on one connection.
type stream struct {
	root  *Root
	id    proxywasm.ContextID
	kafka *kafka.Stream
	held  bool // it is among the root's
}

var (
	_ downstream.Handler = (*stream)(nil)
	_ upstream.Handler   = (*stream)(nil)
	_ proxywasm.Ender    = (*stream)(nil)
)

// OnDownstreamData filters what the client sends.
func (s *stream) OnDownstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	if err := s.kafka.Downstream(buf, size, end); err != nil {
		return proxywasm.Pause, err
	}
	if _, held := s.kafka.Held(); held {
		return proxywasm.Pause, s.hold()
	}
	s.forget()
	return proxywasm.Continue, nil
}

// OnUpstreamData filters what the broker sends.
func (s *stream) OnUpstreamData(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	return proxywasm.Continue, s.kafka.Upstream(buf, size, end)
}

// OnEnd tells the filters.
func (s *stream) OnEnd() {
	s.forget()
	s.kafka.Close()
}

// hold has the timer look at the stream.
func (s *stream) hold() error {
	if len(s.root.held) == 0 {
		if err := s.root.setTimer(tick); err != nil {
			return err
		}
	}
	s.root.held[s] = struct{}{}
	s.held = true
	return nil
}

func (s *stream) release() {
	s.forget()
	s.kafka.Release()
	if proxywasm.SetEffectiveContext(s.id) == nil {
		_ = proxywasm.ContinueStream(proxywasm.StreamDownstream) // it may have ended meanwhile
	}
}

// forget has the timer look at the stream no more.
func (s *stream) forget() {
	if !s.held {
		return
	}
	s.held = false
	delete(s.root.held, s)
	if len(s.root.held) == 0 {
		_ = s.root.setTimer(0) // a timer that goes on does nothing
	}
}

// setTimer sets the timer, which is the root's.
func (r *Root) setTimer(d time.Duration) error {
	if err := proxywasm.SetEffectiveContext(r.id); err != nil {
		return err
	}
	err := proxywasm.SetTickPeriod(d)
	return errors.Join(err, proxywasm.SetEffectiveContext(0))
}
