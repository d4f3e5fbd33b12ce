package wasmhost

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// httpCall makes the host call and returns its status.
func (g *puppetCall) httpCall(to string, headers, trailers Headers, body string, timeout uint64) Status {
	args := make([]uint64, 0, 10)
	at := uint32(argA)
	for _, p := range []string{to, string(headers.appendPairs(nil)), body, string(trailers.appendPairs(nil))} {
		ptr, size := g.put(at, p)
		args = append(args, ptr, size)
		at += uint32(size)
	}
	return g.call("http_call", append(args, timeout, outAddr)...)
}

func request(path string, more ...Header) Headers {
	return append(Headers{{":method", "POST"}, {":path", path}, {":authority", "some.host"}}, more...)
}

func TestHTTPCall(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/hang":
			<-r.Context().Done()
		case "/huge":
			w.Write(make([]byte, maxHTTPCallBody+1))
		case "/away":
			http.Redirect(w, r, "/fine", http.StatusFound)
		default:
			w.Header().Add("X-Two", "1")
			w.Header().Add("X-Two", "2")
			w.Header().Set("Trailer", "X-End")
			w.WriteHeader(201)
			io.WriteString(w, strings.Join([]string{r.Method, r.URL.RequestURI(), r.Host, strings.Join(r.Header["A"], "+"), string(body), r.Trailer.Get("B")}, " "))
			w.Header().Set("X-End", "end")
		}
	}))
	defer server.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	rc := Config{HTTPDestinations: map[string]HTTPDestination{"there": {URL: server.URL}, "gone": {URL: gone.URL}}}
	for name, tt := range map[string]struct {
		to, path string
		timeout  uint64
		status   string
		body     string
	}{
		"fine":     {"there", "/fine?q=1", 60_000, "201", "POST /fine?q=1 some.host 1+2 body trail"},
		"no time":  {"there", "//two", 0, "201", "POST //two some.host 1+2 body trail"},
		"redirect": {"there", "/away", 60_000, "302", ""},
		"hangs":    {"there", "/hang", 10, "", ""},
		"huge":     {"there", "/huge", 60_000, "", ""},
		"gone":     {"gone", "/", 60_000, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			pup := newPuppet(t)
			p := loadPuppet(t, pup, rc, PluginConfig{})
			var rec eventRecorder
			rec.signal = make(chan string, 10)
			s := newStream(t, p, StreamConfig{Events: &rec})
			var token uint32
			pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
				if st := g.httpCall(tt.to, request(tt.path, Header{"a", "1"}, Header{"a", "2"}, Header{"host", "evil"}), Headers{{"b", "trail"}}, "body", tt.timeout); st != StatusOK {
					t.Errorf("status %d", st)
				}
				token = g.u32(outAddr)
				return 1
			})
			pup.set("http_call_response", func(g *puppetCall, params [3]uint32) uint32 {
				if params[0] != s.id || params[1] != token || (params[2] == 0) != (tt.status == "") {
					t.Errorf("parameters %v", params)
				}
				h := g.pairs(6)
				if status, _ := h.Get(":status"); status != tt.status {
					t.Errorf("status %q", status)
				}
				g.want(StatusBadArgument, "set_header_map_pairs", 6, 0, 0)
				g.want(StatusOK, "get_buffer_bytes", 4, 0, all, outAddr, outSize)
				if got := g.result(); got != tt.body && tt.status != "302" {
					t.Errorf("body %q", got)
				}
				if tt.status == "201" {
					if !slices.Contains(h, Header{"x-two", "1"}) || !slices.Contains(h, Header{"x-two", "2"}) {
						t.Errorf("headers %v", h)
					}
					if tr := g.pairs(7); !slices.Equal(tr, Headers{{"x-end", "end"}}) {
						t.Errorf("trailers %v", tr)
					}
				}
				g.want(StatusOK, "continue_stream", 2)
				return 0
			})
			if a, err := s.OnDownstreamData(t.Context(), buffer("x"), false); a != ActionPause || err != nil {
				t.Fatal(a, err)
			}
			select {
			case e := <-rec.signal:
				if e != "continue downstream" {
					t.Errorf("event %q", e)
				}
			case <-time.After(30 * time.Second):
				t.Error("no answer within 30 s")
			}
		})
	}
}

func TestHTTPCallRefused(t *testing.T) {
	block := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(block)
	rc := Config{HTTPDestinations: map[string]HTTPDestination{"there": {URL: server.URL}}}
	run(t, rc, PluginConfig{TimeLimit: time.Minute}, StreamConfig{}, buffer(""), func(g *puppetCall) {
		for _, h := range []Headers{
			nil, request("no slash"), request("http://evil/"), request("/")[1:], request("/")[:2], request("/\x00"),
			append(Headers{{":method", "NOT A METHOD"}}, request("/")[1:]...),
		} {
			if st := g.httpCall("there", h, nil, "", 1000); st != StatusBadArgument {
				t.Errorf("%v: status %d", h, st)
			}
		}
		if st := g.httpCall("elsewhere", request("/"), nil, "", 1000); st != StatusBadArgument {
			t.Errorf("another destination: %d", st)
		}
		for i := range maxHTTPCalls + 1 { // the plugin is closed while they are under way
			st := g.httpCall("there", request("/"), nil, "", 600_000)
			if want := i == maxHTTPCalls; want != (st == StatusInternalFailure) {
				t.Fatalf("call %d: status %d", i, st)
			}
		}
	})
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
