// Package masker decides what is done about the personal data and secrets that package pii finds: by which operator, chosen by kind, topic
// and place, and where the bytes stand in a value of JSON, Avro, Protobuf, CSV, UTF-16 or Base64 (package structure). It knows nothing of requests,
// batches or connections: it is given the key, value or header of a record and answers with edits.
package masker

import (
	"slices"

	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/structure"
)

// Place tells where in a record a text is.
type Place uint8

// The places of a record.
const (
	Key Place = iota
	Value
	Header
	numPlaces
)

var placeNames = [numPlaces]string{"key", "value", "header"}

func (p Place) String() string { return placeNames[p] }

// Found is something that was found, and what is done about it.
type Found struct {
	pii.Finding          // where it is in the value, as it is written there
	Operator    Operator // the one that was carried out: Mask where the configured one isn't possible in the format
}

// Changed tells whether the bytes of the finding are changed.
func (f *Found) Changed() bool { return f.Operator != Detect && f.Operator != Reject }

// Edit replaces bytes of a value.
type Edit struct {
	Start, End int
	New        []byte
}

// Result is what is to be done about a text. It is valid until the next call of the Masker.
type Result struct {
	Found []Found // in order, without overlaps
	Edits []Edit  // in order, without overlaps
	// SameLength tells that each edit has as many new bytes as old ones.
	SameLength bool
	// Reject is the kind because of which the record must be refused; it counts only if Rejected.
	Reject   pii.Kind
	Rejected bool
}

// Masker inspects texts. It reuses its memory, so it isn't safe for concurrent use.
type Masker struct {
	engine *pii.Engine
	config compiled
	hasher *hasher

	json  structure.JSON
	proto structure.Protobuf
	csv   structure.CSV
	view  structure.View

	found   []pii.Finding // in the whole value, if given
	given   bool
	value   []byte
	plan    *plan
	ops     *[pii.NumKinds]operation
	items   []item
	scratch []pii.Finding
	bytes   []byte // new bytes of edits
	decoded []byte
	result  Result

	onJSON, onBinary func(*structure.Field) bool // methods, bound once: a bound method is an allocation
	onString         func(start, end int) bool
	base             int // where the document that is walked begins in the value
}

// item is a finding on its way to an edit.
type item struct {
	start, end int // in the value as it is written
	kind       pii.Kind
	finding    pii.Finding // as the engine gave it
	op         operation
	how        writing
	drop       span   // what to cut for Drop, and by what to replace it
	by         string // what Drop leaves instead
	new        span   // of Masker.bytes, for hows that have made their bytes already
}

type span struct{ start, end int }

// writing is how the text of an item is written in the value.
type writing uint8

const (
	plain   writing = iota
	number          // a number of JSON
	escaped         // by several bytes for a character: masked byte by byte whatever the operator is
	wide            // UTF-16
	made            // the new bytes are made
)

// Begin says which topic the texts that follow are of; nil for none.
func (m *Masker) Begin(topic []byte) { m.plan = m.config.planFor(topic) }

// Inspect looks for what must be hidden in a text of a record: b isn't changed. name is that of a header, nil for others.
func (m *Masker) Inspect(place Place, name, b []byte) *Result {
	m.begin(place, b)
	if len(b) > 0 && (len(name) == 0 || !m.named(name, 0, len(b), plain)) {
		m.inspect(b)
	}
	return m.end()
}

// InspectFound is Inspect for a text in which the engine has found all that it finds in it as it stands.
func (m *Masker) InspectFound(place Place, b []byte, found []pii.Finding) *Result {
	m.begin(place, b)
	if len(b) > 0 {
		m.found, m.given = found, true
		m.inspect(b)
		m.found, m.given = nil, false
	}
	return m.end()
}

// InspectPlain is InspectFound without a look at how the text is written: at what was found, and nothing else.
func (m *Masker) InspectPlain(place Place, b []byte, found []pii.Finding) *Result {
	m.begin(place, b)
	for _, f := range found {
		m.add(f, f.Start, f.End, plain)
	}
	return m.end()
}

func (m *Masker) begin(place Place, b []byte) {
	if m.plan == nil {
		m.Begin(nil)
	}
	m.ops = &m.plan.ops[place]
	m.value, m.items, m.bytes = b, m.items[:0], m.bytes[:0]
	m.result = Result{Found: m.result.Found[:0], Edits: m.result.Edits[:0], SameLength: true}
}

func (m *Masker) end() *Result {
	m.resolve()
	m.value = nil
	return &m.result
}

// Simple tells whether all that is done in a place is to mask what the engine finds in the text as it stands, or only to count it: then
// pii.Mask does the same as InspectFound in values that hide nothing.
func (m *Masker) Simple(place Place) (op Operator, ok bool) {
	if m.plan == nil {
		m.Begin(nil)
	}
	return m.plan.simple[place].op, m.plan.isSimple[place]
}

// Hides tells whether a text in which the engine found nothing as it stands has to be inspected even so: its format or paths of its fields are
// configured, it is a table whose columns have names, or it is written in a way in which the engine sees no text.
func (m *Masker) Hides(place Place, b []byte) bool {
	if m.plan == nil {
		m.Begin(nil)
	}
	switch {
	case len(b) < minHidden:
		return false
	case m.plan.always && place == Value:
		return true
	case place == Value && m.plan.format == FormatAuto && m.isTable(b):
		return true
	case m.plan.encodings == EncodingsNone:
		return false
	case b[0] == 0 || b[1] == 0 || b[0] >= 0xfe:
		return true
	}
	if _, ok := structure.FindBase64(b, 0); ok {
		return true
	}
	return m.plan.encodings == EncodingsAll && structure.FindEscapes(b) != 0
}

// isTable tells whether a value is a table whose header names its columns.
func (m *Masker) isTable(b []byte) bool {
	if !structure.MayBeTable(b) {
		return false
	}
	_, _, ok := m.csv.Table(b)
	return ok
}

// minHidden is the size of the shortest text that is looked into.
const minHidden = 4

func (m *Masker) inspect(b []byte) {
	switch f := m.plan.format; {
	case f == FormatAvro || f == FormatProtobuf:
		m.framed(b)
	case f == FormatText:
		m.text(0, len(b))
	case f == FormatCSV:
		m.text(0, len(b))
		m.table(b)
	case f == FormatJSON:
		m.document(0)
	case b[0] == 0 && structure.DetectFraming(b).Size > 0:
		if u, ok := structure.DetectUTF16(b); ok {
			m.utf16(u)
			return
		}
		m.framed(b)
	default:
		m.auto(b)
	}
}

// auto inspects a value of which nothing is known.
func (m *Masker) auto(b []byte) {
	if len(b) > 1 && (b[0] == 0 || b[1] == 0 || b[0] >= 0xfe) {
		if u, ok := structure.DetectUTF16(b); ok {
			m.utf16(u)
			return
		}
	}
	switch first := firstByte(b); {
	case first == '{' || first == '[' || first == '"':
		m.document(0)
	case structure.IsBinary(b):
		m.text(0, len(b))
	default:
		m.text(0, len(b))
		m.table(b)
		m.unescaped(0, len(b), structure.PercentEscapes|structure.XMLEscapes)
	}
}

func firstByte(b []byte) byte {
	for _, c := range b {
		if c > ' ' {
			return c
		}
	}
	return 0
}

// add notes a finding in the value.
func (m *Masker) add(f pii.Finding, start, end int, how writing) *item {
	m.items = append(m.items, item{start: start, end: end, kind: f.Kind, finding: f, op: m.ops[f.Kind], how: how, drop: span{start, end}})
	return &m.items[len(m.items)-1]
}

// text looks at a range of the value as it is written, and at Base64 in it.
func (m *Masker) text(start, end int) {
	found := m.found
	if !m.given || start > 0 || end < len(m.value) {
		m.scratch = m.engine.Find(m.scratch[:0], m.value[start:end])
		found = m.scratch
	}
	for _, f := range found {
		m.add(f, start+f.Start, start+f.End, plain)
	}
	if m.plan.encodings != EncodingsNone {
		m.base64(start, end)
	}
}

// named looks at a field that has a name, and tells whether the name says all.
func (m *Masker) named(name []byte, start, end int, how writing) bool {
	m.scratch = m.engine.FindNamed(m.scratch[:0], name, m.value[start:end])
	for _, f := range m.scratch {
		m.add(f, start+f.Start, start+f.End, how)
	}
	return len(m.scratch) > 0
}

// minBase64Value is the size of values in which Base64 is looked for.
const minBase64Value = 16

// base64 looks into runs of Base64 in a range of the value.
func (m *Masker) base64(start, end int) {
	if end-start < minBase64Value {
		return
	}
	b := m.value[:end]
	for i := start; ; {
		run, ok := structure.FindBase64(b, i)
		if !ok {
			return
		}
		i = run.End
		m.decoded = run.Decode(m.decoded[:0], b)
		if m.scratch = m.engine.Find(m.scratch[:0], m.decoded); len(m.scratch) > 0 {
			m.encoded(&run)
		}
	}
}

// encoded makes one edit of all findings in a run of Base64, since two may share a character. Operators that don't keep the length mask.
func (m *Masker) encoded(run *structure.Base64) {
	first, last, changed := -1, 0, false
	for _, f := range m.scratch {
		op := m.ops[f.Kind]
		from, to := run.Range(f.Start, f.End)
		if op.op == Detect || op.op == Reject {
			m.add(f, from, to, plain)
			continue
		}
		if op.op == Drop {
			op = operation{}
		}
		new := len(m.bytes)
		m.bytes = m.rewrite(m.bytes, m.decoded[f.Start:f.End], op, false)
		changed = changed || string(m.bytes[new:]) != string(m.decoded[f.Start:f.End])
		copy(m.decoded[f.Start:], m.bytes[new:])
		m.bytes = m.bytes[:new]
		if last = f.End; first < 0 {
			first = f.Start
		} else {
			f.Start, f.End = from, to
			m.result.Found = append(m.result.Found, Found{f, op.op})
		}
	}
	if first < 0 || !changed {
		return
	}
	from, to := run.Range(first, last)
	new := len(m.bytes)
	m.bytes = run.AppendEncoded(m.bytes, m.decoded, first, last)
	it := m.add(m.scratch[0], from, to, made)
	it.new = span{new, len(m.bytes)}
}

// utf16 looks at a value in UTF-16.
func (m *Masker) utf16(u structure.UTF16) {
	m.view.DecodeUTF16(m.value, u)
	m.scratch = m.engine.Find(m.scratch[:0], m.view.Text)
	for _, f := range m.scratch {
		from, to := m.view.Range(f.Start, f.End)
		it := m.add(f, from, to, wide)
		if it.op.op == Detect || it.op.op == Reject || it.op.op == Drop {
			continue
		}
		it.how = made
		new := len(m.bytes)
		for range (to - from) / 2 {
			m.bytes = append(m.bytes, 0, 0)
			u.Put(m.bytes[len(m.bytes)-2:], '*')
		}
		it.new = span{new, len(m.bytes)}
	}
}

// unescaped looks at a range as it reads without escapes, and adds what only shows then.
func (m *Masker) unescaped(start, end int, which structure.Escapes) {
	b := m.value[start:end]
	e := structure.FindEscapes(b) & which
	if e == 0 {
		return
	}
	m.view.Unescape(b, e)
	m.scratch = m.engine.Find(m.scratch[:0], m.view.Text)
	for _, f := range m.scratch {
		from, to := m.view.Range(f.Start, f.End)
		how := escaped
		if to-from == f.End-f.Start {
			how = plain
		}
		m.add(f, start+from, start+to, how)
	}
}

// table looks at the columns of a table whose header names them.
func (m *Masker) table(b []byte) {
	header, rows, ok := m.csv.Table(b)
	if !ok {
		return
	}
	for i := rows; i < len(b); {
		i, _ = m.csv.Row(header, b, i, func(f *structure.Field) bool {
			if f.Name != nil && f.End > f.Start {
				m.named(f.Name, f.Start, f.End, plain)
			}
			return true
		})
	}
}

// resolve puts the items in order, takes care of those that overlap, and makes the result.
func (m *Masker) resolve() {
	if len(m.items) == 0 {
		return
	}
	slices.SortStableFunc(m.items, func(a, b item) int { return a.start - b.start })
	numbers := pii.Numbers{Text: m.value}
	for i := 0; i < len(m.items); i++ {
		it := &m.items[i]
		for i+1 < len(m.items) && m.items[i+1].start < it.end {
			it.absorb(&m.items[i+1])
			m.items[i+1] = *it
			i++
			it = &m.items[i]
		}
		if it.how == plain && numbers.IsNumber(it.start, it.end) {
			it.how = number
		}
		m.settle(it)
	}
}

// absorb makes one item of two that overlap: the stricter operator counts, over all bytes of both.
func (it *item) absorb(other *item) {
	covers := other.end <= it.end
	switch {
	case covers && it.op == other.op && it.how != escaped:
		return
	case other.start == it.start && other.end >= it.end && other.op == it.op:
		*it = *other
		return
	case other.op.op == Reject:
		it.op = other.op
	case it.op.op == Detect:
		*it = item{start: it.start, end: max(it.end, other.end), kind: other.kind, finding: other.finding, op: other.op, drop: span{it.start, max(it.end, other.end)}}
	case it.op.op != Reject && other.op.op != Detect:
		it.op = operation{}
	}
	if it.end = max(it.end, other.end); it.op.op != Reject && it.op.op != Detect {
		it.how = escaped
	}
	it.drop = span{min(it.drop.start, other.drop.start), max(it.drop.end, other.drop.end)}
}

// settle turns an item into what is found and an edit.
func (m *Masker) settle(it *item) {
	f := it.finding
	f.Start, f.End = it.start, it.end
	op := it.op
	switch {
	case op.op == Reject:
		if !m.result.Rejected {
			m.result.Rejected, m.result.Reject = true, it.kind
		}
	case op.op == Detect:
	case op.op == Drop && it.drop.end > it.drop.start:
		m.cut(it)
	default:
		if op.op == Drop {
			op = operation{}
		}
		m.write(it, op)
	}
	m.result.Found = append(m.result.Found, Found{f, op.op})
}

// write makes the edit of an operator that keeps the length.
func (m *Masker) write(it *item, op operation) {
	if it.how != made {
		start := len(m.bytes)
		text := m.value[it.start:it.end]
		if it.how == escaped || it.how == wide {
			op = operation{}
		}
		m.bytes = m.rewrite(m.bytes, text, op, it.how == number)
		it.new = span{start, len(m.bytes)}
	}
	if n := len(m.result.Edits); n > 0 && it.start < m.result.Edits[n-1].End {
		return // cut out with its field
	}
	new := m.bytes[it.new.start:it.new.end:it.new.end]
	if string(new) == string(m.value[it.start:it.end]) {
		return // masked already
	}
	m.result.Edits = append(m.result.Edits, Edit{it.start, it.end, new})
}

// cut makes the edit of Drop. Members of an object that are cut in a row share commas.
func (m *Masker) cut(it *item) {
	start, end := it.drop.start, it.drop.end
	for n := len(m.result.Edits); n > 0 && m.result.Edits[n-1].Start >= start && m.result.Edits[n-1].End <= end; n-- {
		m.result.Edits = m.result.Edits[:n-1]
	}
	if n := len(m.result.Edits); n > 0 && start < m.result.Edits[n-1].End {
		start = m.result.Edits[n-1].End
		end = structure.BehindComma(m.value, max(start, end))
	}
	m.result.Edits = append(m.result.Edits, Edit{start, max(start, end), []byte(it.by)})
	m.result.SameLength = false
}

// Apply appends value with edits made to dst.
func Apply(dst, value []byte, edits []Edit) []byte {
	i := 0
	for _, e := range edits {
		dst = append(append(dst, value[i:e.Start]...), e.New...)
		i = e.End
	}
	return append(dst, value[i:]...)
}
