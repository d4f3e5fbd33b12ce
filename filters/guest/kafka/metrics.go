package main

import (
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
	"github.com/libnasp/libnasp/filters/proxywasm"
)

// metrics are the module's counters: pii.<kind>.<place> for what was masked, pii.<kind>.<place>.left for what was only
// counted, pii.refused for refused partitions; <filter>.<event> for the other events of each filter.
type metrics struct {
	found   [pii.NumKinds][3][2]proxywasm.Counter
	refused proxywasm.Counter
	events  map[string]*[kafka.NumEvents]proxywasm.Counter
}

func (m *metrics) define() (err error) {
	for kind := range m.found {
		for place := range m.found[kind] {
			name := "pii." + pii.Kind(kind).String() + "." + piikafka.Place(place).String()
			if m.found[kind][place][0], err = proxywasm.DefineCounter(name); err != nil {
				return err
			}
			if m.found[kind][place][1], err = proxywasm.DefineCounter(name + ".left"); err != nil {
				return err
			}
		}
	}
	if m.refused, err = proxywasm.DefineCounter("pii.refused"); err != nil {
		return err
	}
	m.events = map[string]*[kafka.NumEvents]proxywasm.Counter{}
	for name := range makers {
		m.events[name] = new([kafka.NumEvents]proxywasm.Counter)
		for e := range kafka.NumEvents {
			if m.events[name][e], err = proxywasm.DefineCounter(name + "." + e.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

// count counts an event of a filter.
func (m *metrics) count(f kafka.Filter, e kafka.Event) {
	if _, own := f.(kafka.RefusalFilter); own && e == kafka.EventRefused {
		return
	}
	if c := m.events[f.Name()]; c != nil {
		_ = c[e].Add(1) // a lost count is no reason to end a stream
	}
}

// Found counts a finding.
func (m *metrics) Found(kind pii.Kind, place piikafka.Place, masked bool) {
	c := m.found[kind][place][0]
	if !masked {
		c = m.found[kind][place][1]
	}
	_ = c.Add(1) // a lost count is no reason to end a stream
}

// Refused counts a refused partition.
func (m *metrics) Refused() { _ = m.refused.Add(1) }
