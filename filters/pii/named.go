package pii

// FindNamed is Find for the value of a field whose name isn't in the text: a header, a column of a table, a field of Avro. Where the name says that the
// value is a secret, or a name, an address or a date of birth, all of it is one, but for the name of an authentication scheme. Where the name has words
// that a detector looks for, such as "phone", the value is searched as if they stood before it. It doesn't look into the value otherwise.
func (e *Engine) FindNamed(dst []Finding, name, value []byte) []Finding {
	if e.enabled[Secret] {
		if j := judge(name); j.strength != noSecret {
			start := skipScheme(value, 0, j.scheme)
			if !j.accepts(value[start:]) {
				return dst
			}
			return append(dst, Finding{start, len(value), Secret, j.confidence(), "value of a secret's name"})
		}
	}
	if f := fieldOf(name); f != nil && e.enabled[f.kind] && f.accepts(value) && f.confidence >= e.text.thresholds[f.kind] {
		return append(dst, Finding{0, len(value), f.kind, f.confidence, fieldReason})
	}
	t := &e.text
	t.b = name
	if t.named = t.wordsIn(0, len(name)); t.named != 0 {
		dst = e.Find(dst, value)
		t.named = 0
	}
	t.b = nil
	return dst
}
