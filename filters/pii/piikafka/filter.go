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
	"github.com/libnasp/libnasp/filters/pii/masker"
	"github.com/libnasp/libnasp/filters/pii/pattern"
	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/kafkaproto"
)

// Config is what a user sets. Its zero value masks all that the default detectors know, in values and headers.
type Config struct {
	// Profile is the name of a set of kinds (pii.Profile): default, secrets, pci, hipaa, gdpr, ccpa, all. Empty: default, or none if there are Kinds.
	Profile string `json:"profile,omitempty"`
	// Kinds are the names of kinds to look for (pii.Kind), besides those of the profile.
	Kinds []string `json:"kinds,omitempty"`
	// Custom are detectors of your own.
	Custom []Custom `json:"custom,omitempty"`
	// ContextBefore is how many bytes before a candidate words count that say what it is: 48 if 0.
	ContextBefore int `json:"context_before,omitempty"`
	// Threshold is the least confidence of a finding, 0 to 100: 50 if 0. Thresholds are those of single kinds.
	Threshold  uint8            `json:"threshold,omitempty"`
	Thresholds map[string]uint8 `json:"thresholds,omitempty"`
	// Deny are texts that are always findings, in any case of letters; Allow are ones that never are.
	Deny  []string `json:"deny,omitempty"`
	Allow []string `json:"allow,omitempty"`
	// Directions says whose records are masked: DirectionProduce, the default, and DirectionFetch.
	Directions []string `json:"directions,omitempty"`

	masker.Config
}

// Custom is a detector of the user: of a literal, or of a pattern that has a literal in all its matches.
type Custom struct {
	Name       string `json:"name"`              // appears in findings
	Literal    string `json:"literal"`           // three bytes or more, in any case of letters
	Pattern    string `json:"pattern,omitempty"` // in RE2 syntax; what its first group matches, if there is one
	Confidence uint8  `json:"confidence,omitempty"`
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
	KeysHash   = "hash" // deterministic, see masker.Hash
)

// Place tells where in a record a finding was.
type Place = masker.Place

// The places of a record that are looked at.
const (
	Key    = masker.Key
	Value  = masker.Value
	Header = masker.Header
)

// Observer is told what a filter did. It must not block, and keep no slice.
type Observer interface {
	// Found is called for each finding and what was done about it. topic may be nil.
	Found(topic []byte, kind pii.Kind, place Place, op masker.Operator)
	// Seen is called for each batch whose records could be read, with their number. topic may be nil.
	Seen(topic []byte, records int)
	// Refused is called for each partition that was refused.
	Refused()
}

// Filter masks records.
type Filter struct {
	engine     *pii.Engine
	masker     *masker.Masker
	directions kafka.Directions
	observer   Observer

	records  *kafka.Records // that are being masked
	fields   []pii.Field    // reused: the texts that are searched
	findings []pii.Finding  // reused: in those
	whole    []pii.Finding  // reused: the values of headers that are masked as a whole
	was      []byte         // reused: the bytes of a finding before they were masked
	fresh    []byte         // reused: fields of a record whose length has changed
	hides    bool           // a field has to be inspected though nothing was found in it
}

var (
	_ kafka.RecordFilter  = (*Filter)(nil)
	_ kafka.RefusalFilter = (*Filter)(nil)
)

// New returns a filter, or an error that says what of config is wrong.
func New(config Config, o Observer) (*Filter, error) {
	f := &Filter{observer: o}
	engine, err := config.engine()
	if err != nil {
		return nil, err
	}
	f.engine = engine
	if f.masker, err = masker.New(engine, config.Config); err != nil {
		return nil, err
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

// engine makes the engine of a configuration.
func (c *Config) engine() (*pii.Engine, error) {
	config := pii.Config{
		Threshold: c.Threshold, KindThresholds: map[pii.Kind]uint8{}, ContextBefore: c.ContextBefore, Deny: c.Deny, Allow: c.Allow,
	}
	if c.Profile != "" {
		kinds, err := pii.Profile(c.Profile)
		if err != nil {
			return nil, err
		}
		config.Kinds = kinds
	}
	for _, custom := range c.Custom {
		d, err := custom.detector()
		if err != nil {
			return nil, err
		}
		config.Custom = append(config.Custom, d)
	}
	for _, name := range c.Kinds {
		k, ok := pii.ParseKind(name)
		if !ok {
			return nil, errors.New("piikafka: unknown kind " + name + " in kinds")
		}
		config.Kinds = append(config.Kinds, k)
	}
	for name, threshold := range c.Thresholds {
		k, ok := pii.ParseKind(name)
		if !ok {
			return nil, errors.New("piikafka: unknown kind " + name + " in thresholds")
		}
		config.KindThresholds[k] = threshold
	}
	return pii.New(config)
}

func (c *Custom) detector() (pii.CustomDetector, error) {
	if c.Pattern == "" {
		return pii.CustomDetector{Reason: c.Name, Literal: c.Literal, Confidence: c.Confidence}, nil
	}
	d, err := pattern.Detector(c.Name, c.Pattern, c.Literal)
	d.Confidence = c.Confidence
	return d, err
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
	f.fields, f.whole, f.hides = f.fields[:0], f.whole[:0], false
	f.masker.Begin(records.Topic)
	seen := 0
	for records.Next() {
		seen++
		r := records.Record()
		f.look(Key, r.Key)
		f.look(Value, r.Value)
		for _, h := range r.Headers {
			yield.After(headerWork)
			f.lookAtHeader(h)
		}
	}
	if err := records.Err(); err != nil {
		return err
	}
	f.observer.Seen(records.Topic, seen)
	f.findings = f.engine.FindFields(f.findings[:0], records.Run(), f.fields)
	if len(f.findings)+len(f.whole) == 0 && !f.hides {
		return nil
	}
	f.records = records
	left := pending{f.findings, f.whole}
	for records.Rewind(); records.Next(); {
		f.fresh = f.fresh[:0]
		r := records.Record()
		ok := f.mask(Key, &r.Key, left.in(r.Key)) && f.mask(Value, &r.Value, left.in(r.Value))
		for i := range r.Headers {
			v := &r.Headers[i].Value
			ok = ok && f.mask(Header, v, left.in(*v))
		}
		if !ok {
			return nil // refused
		}
	}
	return records.Err()
}

// look notes a field to be searched.
func (f *Filter) look(place Place, field kafkaproto.Field) {
	if len(field.Bytes) > 0 {
		f.hides = f.hides || f.masker.Hides(place, field.Bytes)
		f.fields = append(f.fields, pii.Field{Start: field.Offset, End: field.Offset + len(field.Bytes)})
	}
}

// lookAtHeader notes a header's value to be searched, or to be masked as a whole if its name says that it is a secret.
func (f *Filter) lookAtHeader(h kafkaproto.OpenHeader) {
	n := len(f.whole)
	if f.whole = f.engine.FindNamed(f.whole, h.Key.Bytes, h.Value.Bytes); len(f.whole) == n {
		f.look(Header, h.Value)
		return
	}
	for i := n; i < len(f.whole); i++ {
		f.whole[i].Start += h.Value.Offset
		f.whole[i].End += h.Value.Offset
	}
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

// mask does to findings in one field what is configured; their places are those in the run of all records. It returns false if the records are
// refused.
func (f *Filter) mask(place Place, field *kafkaproto.Field, findings []pii.Finding) bool {
	hides := f.hides && f.masker.Hides(place, field.Bytes)
	if len(findings) == 0 && !hides {
		return true
	}
	for i := range findings {
		findings[i].Start -= field.Offset
		findings[i].End -= field.Offset
	}
	if op, ok := f.masker.Simple(place); ok && !hides {
		f.maskSimply(place, field, findings, op)
		return true
	}
	r := f.masker.InspectFound(place, field.Bytes, findings)
	for i := range r.Found {
		f.observer.Found(f.records.Topic, r.Found[i].Kind, place, r.Found[i].Operator)
	}
	if r.Rejected {
		f.records.Refuse(kafka.Refusal{
			Code:    kafkaproto.InvalidRecord,
			Message: "nasp: pii filter: a record holds data of kind " + r.Reject.String() + ", which must not leave",
		})
		return false
	}
	f.edit(field, r)
	return true
}

// maskSimply masks or counts findings without a detour.
func (f *Filter) maskSimply(place Place, field *kafkaproto.Field, findings []pii.Finding, op masker.Operator) {
	m := pii.NewMasker(field.Bytes)
	for _, found := range findings {
		f.observer.Found(f.records.Topic, found.Kind, place, op)
		if op == masker.Detect {
			continue
		}
		yield.After(findingWork)
		f.was = append(f.was[:0], field.Bytes[found.Start:found.End]...)
		m.Mask(found)
		f.records.Overwritten(*field, found.Start, f.was)
	}
}

// edit changes a field: in place where its length stays.
func (f *Filter) edit(field *kafkaproto.Field, r *masker.Result) {
	if len(r.Edits) == 0 {
		return
	}
	if !r.SameLength {
		start := len(f.fresh)
		f.fresh = masker.Apply(f.fresh, field.Bytes, r.Edits)
		field.Bytes = f.fresh[start:len(f.fresh):len(f.fresh)]
		f.records.Replaced()
		return
	}
	for _, e := range r.Edits {
		yield.After(findingWork)
		f.was = append(f.was[:0], field.Bytes[e.Start:e.End]...)
		copy(field.Bytes[e.Start:e.End], e.New)
		f.records.Overwritten(*field, e.Start, f.was)
	}
}
