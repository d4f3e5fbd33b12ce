package masker

import (
	"math/bits"

	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/structure"
)

// document looks at JSON from start on: as text, and field by field where a path, an escape or Drop asks for it.
func (m *Masker) document(start int) {
	m.text(start, len(m.value))
	b := m.value[start:]
	if m.plan.paths.Len() == 0 && !m.plan.drops && structure.FindEscapes(b)&structure.JSONEscapes == 0 {
		m.unescaped(start, len(m.value), structure.PercentEscapes|structure.XMLEscapes)
		return
	}
	m.base = start
	if !m.json.Walk(b, m.plan.paths, m.onJSON) && start == 0 {
		m.table(b)
	}
}

// jsonField is called with each field of a document of JSON.
func (m *Masker) jsonField(f *structure.Field) bool {
	start, end := m.base+f.Start, m.base+f.End
	switch {
	case f.Kind == structure.Literal || end == start:
		return true
	case f.Paths != 0:
		how := plain
		if f.Kind == structure.Number {
			how = number
		}
		m.byPath(f.Paths, start, end, how)
	case f.Kind == structure.String:
		m.unescaped(start, end, structure.JSONEscapes|structure.PercentEscapes|structure.XMLEscapes)
	}
	if !m.plan.drops {
		return true
	}
	drop, by := span{m.base + f.MemberStart, m.base + f.MemberEnd}, ""
	if f.MemberEnd == f.MemberStart { // an element of an array: the others keep their places
		if drop, by = (span{start, end}), "null"; f.Kind == structure.String {
			drop = span{start - 1, end + 1}
		}
	}
	m.within(start, end, drop, by)
	return true
}

// within sets what Drop cuts for the findings in a range.
func (m *Masker) within(start, end int, drop span, by string) {
	for i := range m.items {
		if it := &m.items[i]; it.start >= start && it.end <= end {
			it.drop, it.by = drop, by
		}
	}
}

// byPath notes a field that the configuration names by its path.
func (m *Masker) byPath(paths uint64, start, end int, how writing) {
	rule := m.plan.fields[bits.TrailingZeros64(paths)]
	it := m.add(pii.Finding{Start: start, End: end, Kind: rule.kind}, start, end, how)
	if rule.operated {
		it.op = rule.op
	}
}

// framed looks at a value of Avro or Protobuf behind the header of a serializer.
func (m *Masker) framed(b []byte) {
	var framing structure.Framing
	if !m.plan.unframed {
		framing = structure.DetectFraming(b)
	}
	start := framing.Size
	if start == len(b) {
		return
	}
	s := m.plan.schema(framing)
	known := len(m.items)
	switch {
	case s.avro != nil:
		if s.avro.Walk(b, start, m.plan.paths, m.onBinary) == nil {
			return
		}
	case s.proto != nil || m.plan.format == FormatProtobuf:
		if m.protobuf(s.proto, b, start, framing) {
			return
		}
	case m.plan.format == FormatAvro:
	case b[start] == '{' || b[start] == '[':
		m.document(start)
		return
	case !structure.IsBinary(b[start:]) && !structure.IsTiled(b, start):
		m.text(start, len(b))
		return
	case m.protobuf(nil, b, start, framing):
		return
	}
	// The value isn't of its schema, or nobody knows it.
	m.items = m.items[:known]
	structure.Strings(b, start, m.onString)
}

func (m *Masker) protobuf(s *structure.ProtobufSchema, b []byte, start int, framing structure.Framing) bool {
	ok := true
	if framing.Size > 0 && !framing.Glue {
		start, ok = structure.MessageIndexes(b, start)
	}
	return ok && start <= len(b) && m.proto.Walk(s, b, start, m.plan.paths, m.onBinary)
}

// binaryField is called with each string and bytes of Avro or Protobuf.
func (m *Masker) binaryField(f *structure.Field) bool {
	if f.End == f.Start {
		return true
	}
	switch {
	case f.Paths != 0:
		m.byPath(f.Paths, f.Start, f.End, plain)
	case len(f.Name) > 0 && m.named(f.Name, f.Start, f.End, plain):
	default:
		m.text(f.Start, f.End)
	}
	// A string of Avro is emptied by its length 0; removing a field of Protobuf would change the lengths of all messages around it.
	m.within(f.Start, f.End, span{f.MemberStart, f.MemberEnd}, "\x00")
	return true
}

// stringOf is called with each piece of text in a value whose schema isn't known.
func (m *Masker) stringOf(start, end int) bool {
	m.text(start, end)
	m.within(start, end, span{}, "")
	return true
}
