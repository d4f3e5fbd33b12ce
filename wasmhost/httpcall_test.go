package wasmhost

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestHTTPCall: a redirect isn't followed, and an answer that is too large is a failure. The conformance kit has the rest.
func TestHTTPCall(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/huge" {
			w.Write(make([]byte, maxHTTPCallBody+1))
			return
		}
		http.Redirect(w, r, "/huge", http.StatusFound)
	}))
	defer server.Close()
	rc := Config{HTTPDestinations: map[string]HTTPDestination{"there": {URL: server.URL}}}
	for path, status := range map[string]string{"/away": "302", "/huge": ""} {
		pup := newPuppet(t)
		rec := &eventRecorder{signal: make(chan string, 10)}
		s := newStream(t, loadPuppet(t, pup, rc, PluginConfig{}), StreamConfig{Events: rec})
		pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
			to, toSize := g.Put(argA, "there")
			h, hSize := g.Put(argB, string(Headers{{":method", "POST"}, {":path", path}, {":authority", "some.host"}}.appendPairs(nil)))
			g.want(StatusOK, "http_call", to, toSize, h, hSize, 0, 0, 0, 0, 60_000, outAddr)
			return 1
		})
		pup.set("http_call_response", func(g *puppetCall, params [3]uint32) uint32 {
			g.want(StatusOK, "get_header_map_pairs", 6, outAddr, outSize)
			h, _ := parsePairs([]byte(g.Result()))
			if got, _ := h.Get(":status"); got != status || (params[2] == 0) != (status == "") {
				t.Errorf("%s: status %q, %d headers", path, got, params[2])
			}
			g.want(StatusOK, "continue_stream", 2)
			return 0
		})
		if a, err := s.OnDownstreamData(t.Context(), buffer("x"), false); a != ActionPause || err != nil {
			t.Fatal(a, err)
		}
		select {
		case <-rec.signal:
		case <-time.After(30 * time.Second):
			t.Error("no answer within 30 s")
		}
	}
}

func TestHTTPDestinationsAreChecked(t *testing.T) {
	for _, u := range []string{"", "host", "ftp://host", "http://", "http://host/path", "http://host?q", "http://u:p@host", "http://%zz"} {
		r, err := NewRuntime(t.Context(), Config{HTTPDestinations: map[string]HTTPDestination{"d": {URL: u}}})
		if err == nil {
			t.Errorf("%q was accepted", u)
			r.Close(context.Background())
		}
	}
}
