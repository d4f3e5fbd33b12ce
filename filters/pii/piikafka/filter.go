// Package piikafka masks personal data and secrets in records, of Produce requests and, when configured, of Fetch responses. What counts as
// such is decided by package pii; this package knows where in a record to look.
//
// Values and header values are masked. Keys are looked at and counted, and changed only on request: the key has chosen the
// partition before the bytes come here, so a masked key breaks compaction and joins.
package piikafka

import (
	"errors"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/kafkaproto"
)

// Config is what a user sets. Its zero value masks everything that the detectors know.
type Config struct {
	// Kinds are the names of the kinds to look for (pii.Kind), all if empty.
	Kinds []string `json:"kinds,omitempty"`
	// Keys is what to do with findings in record keys: KeysDetect, the default, or KeysMask.
	Keys string `json:"keys,omitempty"`
	// Directions says whose records are masked: DirectionProduce, the default, and DirectionFetch.
	Directions []string `json:"directions,omitempty"`
}

// The directions of records.
const (
	DirectionProduce = "produce" // what the client sends
	DirectionFetch   = "fetch"   // what the client gets
)

// What can be done about findings in keys.
const (
	KeysDetect = "detect" // count them and leave the key as it is
	KeysMask   = "mask"
)

// Place tells where in a record a finding was.
type Place uint8

// The places of a record that are looked at.
const (
	Key Place = iota
	Value
	Header
)

func (p Place) String() string { return [...]string{"key", "value", "header"}[p] }

// Observer is told what a filter did. It must not block.
type Observer interface {
	// Found is called for each finding. masked is false where it was only counted.
	Found(kind pii.Kind, place Place, masked bool)
	// Refused is called for each partition that was refused.
	Refused()
}

// Filter masks records.
type Filter struct {
	engine     *pii.Engine
	maskKeys   bool
	directions kafka.Directions
	observer   Observer

	records  *kafka.Records // that are being masked
	fields   []pii.Field    // reused: the texts that are searched
	findings []pii.Finding  // reused: in those
	whole    []pii.Finding  // reused: the values of headers that are masked as a whole
	was      []byte         // reused: the bytes of a finding before they were masked
}

var (
	_ kafka.RecordFilter  = (*Filter)(nil)
	_ kafka.RefusalFilter = (*Filter)(nil)
)

// New returns a filter, or an error that says what of config is wrong.
func New(config Config, o Observer) (*Filter, error) {
	kinds := make([]pii.Kind, 0, len(config.Kinds))
	for _, name := range config.Kinds {
		k, ok := pii.ParseKind(name)
		if !ok {
			return nil, errors.New("piikafka: unknown kind " + name + " in kinds")
		}
		kinds = append(kinds, k)
	}
	engine, err := pii.New(pii.Config{Kinds: kinds})
	if err != nil {
		return nil, err
	}
	f := &Filter{engine: engine, observer: o}
	switch config.Keys {
	case "", KeysDetect:
	case KeysMask:
		f.maskKeys = true
	default:
		return nil, errors.New(`piikafka: keys must be "detect" or "mask"`)
	}
	for _, d := range config.Directions {
		switch d {
		case DirectionProduce:
			f.directions |= kafka.Produced
		case DirectionFetch:
			f.directions |= kafka.Fetched
		default:
			return nil, errors.New(`piikafka: directions must be "produce" or "fetch"`)
		}
	}
	if f.directions == 0 {
		f.directions = kafka.Produced
	}
	return f, nil
}

// Name returns "pii".
func (*Filter) Name() string { return "pii" }

// RecordsOf returns the directions that are configured.
func (f *Filter) RecordsOf() kafka.Directions { return f.directions }

// OnRefused counts what was refused because it couldn't be read.
func (f *Filter) OnRefused(kafka.Refusal) { f.observer.Refused() }

// The work that isn't a scan, as package yield counts it.
const (
	headerWork  = 128
	findingWork = 1 << 10
)

// OnRecords masks the records of one batch. All of them are walked first, then all of their texts are searched at once, and walked again where
// something was found.
func (f *Filter) OnRecords(records *kafka.Records) error {
	f.fields, f.whole = f.fields[:0], f.whole[:0]
	for records.Next() {
		r := records.Record()
		f.look(r.Key)
		f.look(r.Value)
		for _, h := range r.Headers {
			yield.After(headerWork)
			f.lookAtHeader(h)
		}
	}
	if err := records.Err(); err != nil {
		return err
	}
	f.findings = f.engine.FindFields(f.findings[:0], records.Run(), f.fields)
	if len(f.findings)+len(f.whole) == 0 {
		return nil
	}
	f.records = records
	left := pending{f.findings, f.whole}
	for records.Rewind(); records.Next(); {
		r := records.Record()
		f.mask(Key, r.Key, left.in(r.Key))
		f.mask(Value, r.Value, left.in(r.Value))
		for _, h := range r.Headers {
			f.mask(Header, h.Value, left.in(h.Value))
		}
	}
	return records.Err()
}

// look notes a field to be searched.
func (f *Filter) look(field kafkaproto.Field) {
	if len(field.Bytes) > 0 {
		f.fields = append(f.fields, pii.Field{Start: field.Offset, End: field.Offset + len(field.Bytes)})
	}
}

// lookAtHeader notes a header's value to be searched, or to be masked as a whole if its name says that it is a secret.
func (f *Filter) lookAtHeader(h kafkaproto.OpenHeader) {
	n := len(f.whole)
	if f.whole = f.engine.FindNamed(f.whole, h.Key.Bytes, h.Value.Bytes); len(f.whole) == n {
		f.look(h.Value)
		return
	}
	f.whole[n].Start += h.Value.Offset
	f.whole[n].End += h.Value.Offset
}

// pending are the findings that are still to be masked.
type pending struct{ found, whole []pii.Finding }

// in returns those in a field, which is behind those asked for before.
func (p *pending) in(field kafkaproto.Field) (here []pii.Finding) {
	end := field.Offset + len(field.Bytes)
	if here, p.found = until(p.found, end); len(here) == 0 {
		here, p.whole = until(p.whole, end)
	}
	return here
}

// until splits findings at an end.
func until(findings []pii.Finding, end int) (before, rest []pii.Finding) {
	n := 0
	for n < len(findings) && findings[n].End <= end {
		n++
	}
	return findings[:n], findings[n:]
}

// mask masks findings in one field; their places are those in the run of all records.
func (f *Filter) mask(place Place, field kafkaproto.Field, findings []pii.Finding) {
	if len(findings) == 0 {
		return
	}
	masked := place != Key || f.maskKeys
	for _, found := range findings {
		f.observer.Found(found.Kind, place, masked)
	}
	if !masked {
		return
	}
	m := pii.NewMasker(field.Bytes)
	for _, found := range findings {
		yield.After(findingWork)
		start, end := found.Start-field.Offset, found.End-field.Offset
		f.was = append(f.was[:0], field.Bytes[start:end]...)
		m.Mask(pii.Finding{Start: start, End: end})
		f.records.Overwritten(field, start, f.was)
	}
}
