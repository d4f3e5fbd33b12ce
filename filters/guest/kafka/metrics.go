package main

import (
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/masker"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
	"github.com/libnasp/libnasp/filters/proxywasm"
)

// metrics are the module's counters: pii.<kind>.<place> for what was masked, pii.<kind>.<place>.left for what was only
// counted, pii.refused for refused partitions; <filter>.<event> for the other events of each filter.
type metrics struct {
	found   [pii.NumKinds][3][2]proxywasm.Counter
	refused proxywasm.Counter
	events  map[string]*[kafka.NumEvents]proxywasm.Counter

	topics    map[string]*topicCounters
	topic     *topicCounters // of lastTopic
	lastTopic string
	topicName string
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
	m.topics = map[string]*topicCounters{}
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
func (m *metrics) Found(topic []byte, kind pii.Kind, place piikafka.Place, op masker.Operator) {
	c := m.found[kind][place][0]
	if op == masker.Detect {
		c = m.found[kind][place][1]
	}
	_ = c.Add(1) // a lost count is no reason to end a stream
	m.countTopic(topic, kind, op)
}

// maxTopicCounters bounds the counters by topic, since topics come from clients: what is found in further ones counts for topic "other".
const maxTopicCounters = 4096

// countTopic counts a finding by topic, kind and operator, as pii.topic.<topic>.<kind>.<operator>.
func (m *metrics) countTopic(topic []byte, kind pii.Kind, op masker.Operator) {
	m.of(topic).found[kind][op].add(1, func() string { return m.topicName + "." + kind.String() + "." + op.String() })
}

// of returns the counters of a topic.
func (m *metrics) of(topic []byte) *topicCounters {
	if string(topic) != m.lastTopic || m.topic == nil {
		m.topic, m.lastTopic = m.topicCounters(string(topic)), string(topic)
	}
	return m.topic
}

// Seen counts the records of a batch by topic, as pii.topic.<topic>.records.
func (m *metrics) Seen(topic []byte, records int) {
	m.of(topic).records.add(uint64(records), func() string { return m.topicName + ".records" })
}

// topicCounters are those of one topic; they are defined when they are first needed.
type topicCounters struct {
	found   [pii.NumKinds][masker.NumOperators]lateCounter
	records lateCounter
}

// lateCounter is defined when it first counts.
type lateCounter struct {
	counter proxywasm.Counter
	defined bool
}

func (c *lateCounter) add(n uint64, name func() string) {
	if !c.defined {
		counter, err := proxywasm.DefineCounter(name())
		if err != nil {
			return
		}
		c.counter, c.defined = counter, true
	}
	_ = c.counter.Add(n) // a lost count is no reason to end a stream
}

// topicCounters returns those of a topic, and sets topicName to the beginning of their names.
func (m *metrics) topicCounters(topic string) *topicCounters {
	m.topicName = "pii.topic." + topic
	if c := m.topics[topic]; c != nil {
		return c
	}
	if len(m.topics) >= maxTopicCounters {
		topic, m.topicName = "", "pii.topic.other"
		if c := m.topics[""]; c != nil {
			return c
		}
	}
	c := &topicCounters{}
	m.topics[topic] = c
	return c
}

// Refused counts a refused partition.
func (m *metrics) Refused() { _ = m.refused.Add(1) }
