package pii

// FindNamed is Find for the value of a field with a name, such as a record header: where the name says that the value is a secret, all of it
// is one, but for the name of an authentication scheme. It doesn't look into the value otherwise.
func (e *Engine) FindNamed(dst []Finding, name, value []byte) []Finding {
	if !e.enabled[Secret] {
		return dst
	}
	j := judge(name)
	if j.strength == noSecret {
		return dst
	}
	start := skipScheme(value, 0, j.scheme)
	if !j.accepts(value[start:]) {
		return dst
	}
	return append(dst, Finding{start, len(value), Secret, j.confidence(), "value of a secret's name"})
}
