package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// message is one message with the versions of all jars merged.
type message struct {
	name     string
	kind     string // request, response, header, data, metadata, coordinator-key, …
	apiKey   int    // -1: none
	valid    versionSet
	flexible versionSet
	root     *strct
	structs  []*strct // root first, in order of first use
	byName   map[string]*strct
}

// strct is one struct of a message.
type strct struct {
	kafkaName string
	goName    string
	fields    []*field
	context   versionSet // the versions in which it can occur
}

type field struct {
	kafkaName  string
	goName     string
	typ        string // element type for arrays
	array      bool
	strct      *strct // nil for primitives
	present    versionSet
	nullable   versionSet
	tagged     versionSet
	inflexible bool // never in compact form (the header's client id)
	tag        int
	ignorable  versionSet // the versions that leave it out rather than refuse it
	def        string     // Kafka's spelling; "" is the type's own default
	flexible   versionSet
}

// widths of the fixed-size types, in bytes.
var widths = map[string]int{
	"bool": 1, "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
	"int64": 8, "float64": 8, "uuid": 16,
}

var goTypes = map[string]string{
	"bool": "bool", "int8": "int8", "int16": "int16", "uint16": "uint16",
	"int32": "int32", "uint32": "uint32", "int64": "int64",
	"float64": "float64", "uuid": "wire.UUID",
	"string": "[]byte", "bytes": "[]byte", "records": "[]byte",
}

// builder merges descriptors of one message, newest first.
type builder struct {
	m      *message
	common map[string]structJSON // of the descriptor at hand
	domain versionSet            // the versions it decides
}

// newMessage starts a message from its newest descriptor.
func newMessage(d *descriptor) *message {
	m := &message{name: d.Name, kind: d.Type, apiKey: -1, byName: map[string]*strct{}}
	if d.APIKey != nil {
		m.apiKey = *d.APIKey
	}
	m.root = m.addStruct(d.Name)
	return m
}

func (m *message) addStruct(name string) *strct {
	s := &strct{kafkaName: name, goName: structName(m.name, name)}
	if name == m.name {
		s.goName = name
	}
	m.byName[name] = s
	m.structs = append(m.structs, s)
	return s
}

// structName prefixes a struct with its message, without stuttering: types of
// different messages share names.
func structName(message, name string) string {
	return message + strings.TrimPrefix(upper(name), message)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// merge takes over the versions of d that m doesn't have yet.
func (m *message) merge(d *descriptor) error {
	valid, err := parseVersions(d.ValidVersions)
	if err != nil {
		return err
	}
	flexible, err := parseVersions(d.Flexible)
	if err != nil {
		return err
	}
	b := &builder{m: m, domain: valid &^ m.valid, common: map[string]structJSON{}}
	if b.domain == 0 {
		return nil
	}
	for _, c := range d.CommonStructs {
		b.common[c.Name] = c
	}
	m.valid |= b.domain
	m.flexible |= flexible & b.domain
	return b.mergeFields(m.root, d.Fields)
}

// mergeFields merges the fields into s, keeping the order of both lists.
func (b *builder) mergeFields(s *strct, fields []fieldJSON) error {
	at := 0 // where the next field goes
	for _, j := range fields {
		f, err := b.parseField(j)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", s.kafkaName, j.Name, err)
		}
		i := slices.IndexFunc(s.fields, func(o *field) bool { return o.goName == f.goName })
		if i >= 0 {
			if i < at && f.present != 0 && s.fields[i].tagged == 0 {
				return fmt.Errorf("%s.%s: order differs between jars", s.kafkaName, j.Name)
			}
			if err := b.join(s.fields[i], f, j); err != nil {
				return fmt.Errorf("%s.%s: %w", s.kafkaName, j.Name, err)
			}
			at = i + 1
			continue
		}
		if f.present == 0 {
			continue
		}
		if err := b.resolve(f, j); err != nil {
			return fmt.Errorf("%s.%s: %w", s.kafkaName, j.Name, err)
		}
		s.fields = slices.Insert(s.fields, at, f)
		at++
	}
	return nil
}

// join adds to a known field the versions of another descriptor.
func (b *builder) join(old, f *field, j fieldJSON) error {
	if old.typ != f.typ || old.array != f.array {
		return fmt.Errorf("type %s here, %s in another jar", f.typ, old.typ)
	}
	// A jar drops the mark when it no longer has a version without the field: each decides for its own versions.
	old.ignorable = old.ignorable&^b.domain | f.ignorable&b.domain
	if f.present == 0 {
		return nil
	}
	if f.tagged != 0 && old.tagged != 0 && f.tag != old.tag {
		return fmt.Errorf("tag %d here, %d in another jar", f.tag, old.tag)
	}
	if f.def != old.def {
		return fmt.Errorf("default %q here, %q in another jar", f.def, old.def)
	}
	old.present |= f.present
	old.nullable |= f.nullable
	old.tagged |= f.tagged
	return b.resolve(old, j)
}

// parseField reads what a descriptor says of a field, cut to its versions.
func (b *builder) parseField(j fieldJSON) (*field, error) {
	f := &field{kafkaName: j.Name, goName: upper(j.Name), typ: j.Type, tag: -1}
	f.typ, f.array = strings.CutPrefix(f.typ, "[]")
	var errs [3]error
	var tagged versionSet
	versions := j.Versions
	if versions == "" {
		versions = j.Tagged // some records give only the tagged versions
	}
	f.present, errs[0] = parseVersions(versions)
	f.nullable, errs[1] = parseVersions(j.Nullable)
	tagged, errs[2] = parseVersions(j.Tagged)
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	f.present &= b.domain
	f.nullable &= f.present
	f.tagged = tagged & f.present
	if t := text(j.Tag); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil {
			return nil, err
		}
		f.tag = n
	}
	if text(j.Ignorable) == "true" {
		f.ignorable = allVersions
	}
	f.def = text(j.Default)
	if j.Flexible != nil {
		if *j.Flexible != "none" {
			return nil, fmt.Errorf("flexibleVersions %q isn't handled", *j.Flexible)
		}
		f.inflexible = true
	}
	return f, nil
}

// resolve finds or fills the struct of a field.
func (b *builder) resolve(f *field, j fieldJSON) error {
	if goTypes[f.typ] != "" {
		return nil
	}
	fields := j.Fields
	if fields == nil {
		c, ok := b.common[f.typ]
		if !ok {
			return fmt.Errorf("unknown type %s", f.typ)
		}
		fields = c.Fields
	}
	s := b.m.byName[f.typ]
	if s == nil {
		s = b.m.addStruct(f.typ)
	}
	f.strct = s
	return b.mergeFields(s, fields)
}

// finish works out in which versions each struct occurs and checks the model.
func (m *message) finish() error {
	if m.valid == 0 {
		return nil
	}
	if !m.valid.contiguous() {
		return fmt.Errorf("%s: versions %s have a hole", m.name, m.valid.list())
	}
	m.spread(m.root, m.valid)
	for _, s := range m.structs {
		for _, f := range s.fields {
			f.flexible = m.flexible
			if f.inflexible {
				f.flexible = 0
			}
			if f.tagged&^m.flexible != 0 {
				return fmt.Errorf("%s.%s: tagged where not flexible", s.goName, f.goName)
			}
			if f.tagged != 0 && f.present&^f.tagged != 0 {
				return fmt.Errorf("%s.%s: tagged in some versions only, which isn't handled", s.goName, f.goName)
			}
			if f.tagged != 0 && f.tag < 0 {
				return fmt.Errorf("%s.%s: no tag", s.goName, f.goName)
			}
		}
	}
	return nil
}

func (m *message) spread(s *strct, context versionSet) {
	s.context |= context
	for _, f := range s.fields {
		if f.strct != nil && f.present&context != 0 {
			m.spread(f.strct, f.present&context)
		}
	}
}

// fewest returns the least number of bytes that s takes in any version.
func (m *message) fewest(s *strct) int {
	least := -1
	for v := s.context.min(); v <= s.context.max(); v++ {
		one := versionSet(1) << v
		if s.context&one == 0 {
			continue
		}
		n := 0
		for _, f := range s.fields {
			if f.present&one != 0 && f.tagged&one == 0 {
				n += m.fewestField(f, one)
			}
		}
		if m.flexible&one != 0 {
			n++
		}
		if least < 0 || n < least {
			least = n
		}
	}
	return max(least, 1)
}

func (m *message) fewestField(f *field, version versionSet) int {
	compact := f.flexible&version != 0
	switch {
	case compact && (f.array || f.typ == "string" || f.typ == "bytes" || f.typ == "records"):
		return 1
	case f.array || f.typ == "bytes" || f.typ == "records":
		return 4
	case f.typ == "string":
		return 2
	case f.strct != nil && f.nullable&version != 0:
		return 1
	case f.strct != nil:
		return m.fewest(f.strct)
	}
	return widths[f.typ]
}
