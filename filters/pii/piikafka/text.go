package piikafka

import "github.com/libnasp/libnasp/filters/pii/masker"

// Text returns what is done about a text that stands alone, as if it were the value of a record. It is for what isn't on its way to Kafka,
// such as nasp redact. text isn't changed; the result holds until the next call.
func (f *Filter) Text(text []byte) *masker.Result {
	f.masker.Begin(nil)
	f.findings = f.engine.Find(f.findings[:0], text)
	hides := f.masker.Hides(Value, text)
	if _, simple := f.masker.Simple(Value); !hides && (simple || len(f.findings) == 0) { // as in mask
		return f.masker.InspectPlain(Value, text, f.findings)
	}
	return f.masker.InspectFound(Value, text, f.findings)
}
