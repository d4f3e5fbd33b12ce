// Package piikafka masks personal data and secrets in the records of Produce requests. What counts as such is decided by
// package pii; this package knows where in a request to look.
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
}

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
	// Refused is called for each request that was refused.
	Refused()
}

// Filter is a kafka.Handler that masks records. All streams of a VM may share one, since it is used by one at a time: it isn't safe
// for concurrent use.
type Filter struct {
	engine   *pii.Engine
	maskKeys bool
	observer Observer

	places   []place       // reused, as the next three
	fields   []pii.Field   // the places that are searched
	findings []pii.Finding // in those
	whole    []pii.Finding // the values of headers that are masked as a whole
	was      []byte        // reused: the bytes of a finding before they were masked
	patch    kafkaproto.BatchPatch
	patched  bool
}

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
	return f, nil
}

// Produce masks all records of a request, or refuses it if there are some that it can't read.
func (f *Filter) Produce(req *kafkaproto.ProduceRequest) (changed bool, refusal *kafka.Refusal) {
	for _, p := range req.Partitions {
		for records := p.Records; len(records) > 0; {
			batch, rest, err := kafkaproto.NextBatch(records)
			if err != nil {
				return false, f.refuse("the records can't be read: " + err.Error())
			}
			records = rest
			if c := batch.Compression(); c != kafkaproto.NoCompression {
				return false, f.refuse("records compressed with " + c.String() + " can't be read yet, so they don't leave unmasked: switch the producer's compression off")
			}
			if err := f.mask(batch); err != nil {
				return false, f.refuse("the records can't be read: " + err.Error())
			}
			changed = changed || f.patched
		}
	}
	return changed, nil
}

func (f *Filter) refuse(why string) *kafka.Refusal {
	f.observer.Refused()
	return &kafka.Refusal{Code: kafkaproto.InvalidRecord, Message: "nasp: pii filter: " + why}
}

// The work that isn't a scan, as package yield counts it.
const (
	recordWork  = 64
	headerWork  = 128
	findingWork = 1 << 10
	crcWork     = 8 // of each byte
)

// crcPiece is how many bytes of a checksum are computed at once.
const crcPiece = 4 << 10

// place is a text of a batch: a field of a record.
type place struct {
	kafkaproto.Field
	Place
}

// mask masks the records of one batch. All of them are walked first, since only what could be read may pass, then all of their texts are searched at once.
func (f *Filter) mask(batch kafkaproto.Batch) error {
	f.patch, f.patched = kafkaproto.BatchPatch{}, false
	f.places, f.fields, f.whole = f.places[:0], f.fields[:0], f.whole[:0]
	var rec kafkaproto.Record
	r := batch.Reader()
	for r.Next(&rec) {
		yield.After(recordWork)
		f.look(rec.Key, Key)
		f.look(rec.Value, Value)
		for range rec.Headers {
			name, value := r.Header()
			yield.After(headerWork)
			f.header(name, value)
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	f.search(batch.Records())
	if f.patched {
		batch.Patch(&f.patch)
	}
	return nil
}

// look notes a field to be searched.
func (f *Filter) look(field kafkaproto.Field, p Place) {
	if len(field.Bytes) > 0 {
		f.places = append(f.places, place{field, p})
		f.fields = append(f.fields, pii.Field{Start: field.Offset, End: field.Offset + len(field.Bytes)})
	}
}

// header notes a header's value to be searched, or to be masked as a whole if its name says that it is a secret.
func (f *Filter) header(name, value kafkaproto.Field) {
	n := len(f.whole)
	if f.whole = f.engine.FindNamed(f.whole, name.Bytes, value.Bytes); len(f.whole) > n {
		f.whole[n].Start += value.Offset
		f.whole[n].End += value.Offset
		f.places = append(f.places, place{value, Header})
		return
	}
	f.look(value, Header)
}

// search looks for findings in the noted fields, and masks them place by place: in order, as the checksum needs it.
func (f *Filter) search(records []byte) {
	f.findings = f.engine.FindFields(f.findings[:0], records, f.fields)
	found, whole := f.findings, f.whole
	for i := 0; i < len(f.places) && len(found)+len(whole) > 0; i++ {
		p := &f.places[i]
		end := p.Offset + len(p.Bytes)
		var here []pii.Finding
		here, found = until(found, end)
		if len(here) == 0 {
			here, whole = until(whole, end)
		}
		if len(here) > 0 {
			f.apply(records[:end], here, p)
		}
	}
}

// until splits findings at an end.
func until(findings []pii.Finding, end int) (before, rest []pii.Finding) {
	n := 0
	for n < len(findings) && findings[n].End <= end {
		n++
	}
	return findings[:n], findings[n:]
}

// apply masks the findings in one field, of which records are the last bytes.
func (f *Filter) apply(records []byte, findings []pii.Finding, p *place) {
	masked := p.Place != Key || f.maskKeys
	for _, found := range findings {
		f.observer.Found(found.Kind, p.Place, masked)
	}
	if !masked {
		return
	}
	m := pii.NewMasker(p.Bytes)
	for _, found := range findings {
		yield.After(findingWork)
		is := records[found.Start:found.End]
		f.was = append(f.was[:0], is...)
		m.Mask(pii.Finding{Start: found.Start - p.Offset, End: found.End - p.Offset})
		for at := 0; at < len(is); at += crcPiece {
			end := min(at+crcPiece, len(is))
			f.patch.Change(found.Start+at, f.was[at:end], is[at:end])
			yield.After(crcWork * (end - at))
		}
	}
	f.patched = true
}
