package wasmhost

import (
	"testing"
)

// httpRecorder keeps a guest's answers besides other events.
type httpRecorder struct {
	eventRecorder
	answers []LocalResponse
}

func (r *httpRecorder) SendLocalResponse(l LocalResponse) {
	r.add("answer")
	r.answers = append(r.answers, l)
}

func newHTTPStream(t testing.TB, p *Plugin, cfg StreamConfig) *HTTPStream {
	t.Helper()
	h, err := p.NewHTTPStream(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(t.Context()) })
	return h
}

// FuzzParsePairs: what is parsed is what was serialised, and nothing makes it panic.
func FuzzParsePairs(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(Headers{}.appendPairs(nil))
	f.Add(Headers{{"a", "b"}, {"a", ""}, {"", "\x00"}}.appendPairs(nil))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xffa\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		h, ok := parsePairs(p)
		if ok && len(p) > 0 && string(h.appendPairs(nil)) != string(p) {
			t.Errorf("%q became %v", p, h)
		}
	})
}
