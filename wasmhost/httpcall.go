package wasmhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxHTTPCalls          = 100 // of one VM at a time
	maxHTTPCallBody       = 4 << 20
	maxHTTPCallHeaders    = 256 << 10
	defaultHTTPCallTime   = 15 * time.Second // when the guest gives none
	maxHTTPCallTime       = 5 * time.Minute
	maxIdlePerDestination = 4
)

// HTTPDestination is where guests may send HTTP requests to, by proxy_http_call.
type HTTPDestination struct {
	// URL has scheme (http or https) and host, and nothing else: the path is the guest's choice.
	URL string
	// Client sends the requests. Nil: one that uses no proxy, follows no redirect, and keeps no cookies. A guest can reach whatever
	// the client can be redirected to.
	Client *http.Client
}

// destination is an HTTPDestination that was checked.
type destination struct {
	scheme, host string
	client       *http.Client
}

// newDestinations checks the destinations. idle is the transport that they share, for closing it.
func newDestinations(list map[string]HTTPDestination) (all map[string]destination, idle *http.Transport, err error) {
	idle = &http.Transport{
		MaxIdleConnsPerHost:    maxIdlePerDestination,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHTTPCallHeaders,
		DisableCompression:     true, // the guest gets what was sent
		ForceAttemptHTTP2:      true,
	}
	own := &http.Client{
		Transport:     idle,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	all = map[string]destination{}
	for name, d := range list {
		u, err := url.Parse(d.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return nil, nil, fmt.Errorf("wasmhost: the URL of the HTTP destination %q must be http:// or https:// and a host", name)
		}
		to := destination{u.Scheme, u.Host, d.Client}
		if to.client == nil {
			to.client = own
		}
		all[name] = to
	}
	return all, idle, nil
}

// proxyHTTPCall sends a request in the background. The guest is told of the answer by proxy_on_http_call_response, and of a
// failure by the same without headers.
func proxyHTTPCall(v *vm, s []uint64) uint32 {
	var args [4][]byte // destination, headers, body, trailers
	for i := range args {
		var ok bool
		if args[i], ok = v.read(u32(s, 2*i), u32(s, 2*i+1)); !ok {
			return uint32(StatusInvalidMemoryAccess)
		}
	}
	headers, ok1 := parsePairs(args[1])
	trailers, ok2 := parsePairs(args[3])
	to, ok3 := v.plugin.runtime.destinations[string(args[0])]
	if !ok1 || !ok2 || !ok3 {
		return uint32(StatusBadArgument)
	}
	if v.httpCalls >= maxHTTPCalls || len(args[2]) > maxHTTPCallBody {
		return uint32(StatusInternalFailure)
	}
	req, err := to.request(headers, bytes.Clone(args[2]), trailers)
	if err != nil {
		return uint32(StatusBadArgument)
	}
	token := v.nextHTTPCall + 1
	if !v.write32(u32(s, 9), token) {
		return uint32(StatusInvalidMemoryAccess)
	}
	if !v.hold() {
		return uint32(StatusInternalFailure)
	}
	v.nextHTTPCall = token
	v.httpCalls++
	id, timeout := v.effective, httpCallTime(u32(s, 8))
	go func() {
		defer v.plugin.goroutines.Done()
		v.onHTTPCallResponse(id, token, send(v.ctx, timeout, to.client, req))
	}()
	return uint32(StatusOK)
}

func httpCallTime(milliseconds uint32) time.Duration {
	if milliseconds == 0 {
		return defaultHTTPCallTime
	}
	return min(time.Duration(milliseconds)*time.Millisecond, maxHTTPCallTime)
}

// request makes a request of what the guest passed: :method, :path and :authority must be there, as in Envoy.
func (d destination) request(headers Headers, body []byte, trailers Headers) (*http.Request, error) {
	method, ok1 := headers.Get(":method")
	path, ok2 := headers.Get(":path")
	authority, ok3 := headers.Get(":authority")
	if !ok1 || !ok2 || !ok3 || !strings.HasPrefix(path, "/") {
		return nil, errors.New("wasmhost: a request needs :method, :path and :authority")
	}
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return nil, err
	}
	u.Scheme, u.Host = d.scheme, d.host
	req, err := http.NewRequest(method, "", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = u, authority
	req.Header = requestHeaders(headers)
	if len(trailers) > 0 {
		req.Trailer, req.ContentLength = requestHeaders(trailers), -1
	}
	return req, nil
}

// ownHeaders are those that net/http sets, or that mean the connection and not the request.
var ownHeaders = []string{
	"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func requestHeaders(h Headers) http.Header {
	out := http.Header{}
	for _, e := range h {
		if name := http.CanonicalHeaderKey(e.Name); !strings.HasPrefix(name, ":") && !slices.Contains(ownHeaders, name) {
			out[name] = append(out[name], e.Value)
		}
	}
	return out
}

// httpAnswer is the answer to an HTTP call; its zero value a failure.
type httpAnswer struct {
	headers, trailers Headers
	body              []byte
}

func send(ctx context.Context, timeout time.Duration, client *http.Client, req *http.Request) httpAnswer {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return httpAnswer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHTTPCallBody+1))
	a := httpAnswer{
		headers:  append(Headers{{":status", strconv.Itoa(resp.StatusCode)}}, answerHeaders(resp.Header)...),
		trailers: answerHeaders(resp.Trailer),
		body:     body,
	}
	if err != nil || len(body) > maxHTTPCallBody || !a.headers.fits() || !a.trailers.fits() {
		return httpAnswer{}
	}
	return a
}

// answerHeaders sorts by name, for net/http doesn't keep the order.
func answerHeaders(h http.Header) (out Headers) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			out.add(name, value)
		}
	}
	return out
}

// onHTTPCallResponse tells the context that made the call, if it is still there.
func (v *vm) onHTTPCallResponse(id, token uint32, a httpAnswer) {
	if v.lock(v.ctx) != nil {
		return
	}
	defer v.unlock()
	v.httpCalls--
	if v.gone != nil || v.fns[cbHTTPCallResponse] == nil || id != rootID && v.streams[id] == nil {
		return
	}
	v.callMaps = [2]*Headers{&a.headers, &a.trailers}
	v.buffer, v.bufferType = readOnly(a.body), bufferHTTPCallBody
	v.resume, v.drop = false, false
	_ = v.call(v.ctx, cbHTTPCallResponse, id, uint64(token), uint64(len(a.headers)), uint64(len(a.body)), uint64(len(a.trailers)))
}
