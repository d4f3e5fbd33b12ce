package main

import (
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
	"github.com/libnasp/libnasp/filters/proxywasm"
)

// metrics are the module's counters: pii.<kind>.<place> for what was masked, pii.<kind>.<place>.left for what was only
// counted, pii.refused for refused requests.
type metrics struct {
	found   [pii.NumKinds][3][2]proxywasm.Counter
	refused proxywasm.Counter
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
	m.refused, err = proxywasm.DefineCounter("pii.refused")
	return err
}

// Found counts a finding.
func (m *metrics) Found(kind pii.Kind, place piikafka.Place, masked bool) {
	c := m.found[kind][place][0]
	if !masked {
		c = m.found[kind][place][1]
	}
	_ = c.Add(1) // a lost count is no reason to end a stream
}

// Refused counts a refused request.
func (m *metrics) Refused() { _ = m.refused.Add(1) }
