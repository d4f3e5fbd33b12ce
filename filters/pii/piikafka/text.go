package piikafka

import "github.com/libnasp/libnasp/filters/pii"

// Text masks a text that stands alone, in place and as the value of a record would be, and appends what it found to dst. It is for what isn't on its
// way to Kafka, such as nasp redact.
func (f *Filter) Text(dst []pii.Finding, text []byte) []pii.Finding {
	n := len(dst)
	dst = f.engine.Find(dst, text)
	pii.Mask(text, dst[n:])
	return dst
}
