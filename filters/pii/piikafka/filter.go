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

	findings []pii.Finding // reused
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

// mask masks the records of one batch. All of them are walked even where nothing is found: only what could be read may pass.
func (f *Filter) mask(batch kafkaproto.Batch) error {
	f.patch, f.patched = kafkaproto.BatchPatch{}, false
	suspicious := f.engine.MayContain(batch.Records())
	var rec kafkaproto.Record
	r := batch.Reader()
	for r.Next(&rec) {
		yield.After(recordWork)
		if suspicious {
			f.field(rec.Key, Key)
			f.field(rec.Value, Value)
		}
		for range rec.Headers {
			name, value := r.Header()
			yield.After(headerWork)
			f.header(name, value, suspicious)
		}
	}
	if f.patched {
		batch.Patch(&f.patch)
	}
	return r.Err()
}

func (f *Filter) field(field kafkaproto.Field, place Place) {
	f.findings = f.engine.Find(f.findings[:0], field.Bytes)
	f.apply(field, place)
}

// header masks a header's value as a whole if its name says that it is a secret.
func (f *Filter) header(name, value kafkaproto.Field, suspicious bool) {
	f.findings = f.engine.FindNamed(f.findings[:0], name.Bytes, value.Bytes)
	if len(f.findings) == 0 && suspicious {
		f.findings = f.engine.Find(f.findings[:0], value.Bytes)
	}
	f.apply(value, Header)
}

// apply masks the findings in one field.
func (f *Filter) apply(field kafkaproto.Field, place Place) {
	if len(f.findings) == 0 {
		return
	}
	masked := place != Key || f.maskKeys
	for _, found := range f.findings {
		f.observer.Found(found.Kind, place, masked)
	}
	if !masked {
		return
	}
	m := pii.NewMasker(field.Bytes)
	for _, found := range f.findings {
		yield.After(findingWork)
		is := field.Bytes[found.Start:found.End]
		f.was = append(f.was[:0], is...)
		m.Mask(found)
		for at := 0; at < len(is); at += crcPiece {
			end := min(at+crcPiece, len(is))
			f.patch.Change(field.Offset+found.Start+at, f.was[at:end], is[at:end])
			yield.After(crcWork * (end - at))
		}
	}
	f.patched = true
}
