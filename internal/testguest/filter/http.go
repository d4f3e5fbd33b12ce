package filter

import (
	"errors"

	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/httprequest"
	"github.com/libnasp/libnasp/filters/proxywasm/httpresponse"
)

// request is what the filter is with the configuration "http". The path says what it does.
type request struct{}

var (
	_ httprequest.Handler         = request{}
	_ httprequest.BodyHandler     = request{}
	_ httprequest.TrailerHandler  = request{}
	_ httpresponse.Handler        = request{}
	_ httpresponse.BodyHandler    = request{}
	_ httpresponse.TrailerHandler = request{}
)

func (request) OnRequestHeaders(h proxywasm.HeaderMap, n int, _ bool) (proxywasm.Action, error) {
	all, err := h.All()
	if err != nil || len(all) != n {
		return proxywasm.Pause, errors.Join(err, errors.New("guest: another number of headers"))
	}
	switch path, err := h.Get(":path"); {
	case err != nil:
		return proxywasm.Pause, err
	case path == "/panic":
		panic("on purpose")
	case path == "/deny":
		return proxywasm.Pause, httprequest.Respond(httprequest.Answer{
			Status: 403, Details: "denied", Headers: []proxywasm.Header{{Name: "why", Value: "because"}}, Body: []byte("no"),
		})
	}
	_, missing := h.Get("no-such-header")
	return proxywasm.Continue, errors.Join(
		h.Add("x-added", result(missing)), h.Replace("x-twice", "once"), h.Remove("x-secret"),
	)
}

func (request) OnRequestBody(buf proxywasm.Buffer, size int, end bool) (proxywasm.Action, error) {
	if !end {
		return proxywasm.Pause, nil
	}
	return proxywasm.Continue, upper(buf, size)
}

func (request) OnRequestTrailers(t proxywasm.HeaderMap, _ int) (proxywasm.Action, error) {
	return proxywasm.Continue, t.SetAll([]proxywasm.Header{{Name: "t", Value: "set"}})
}

func (request) OnResponseHeaders(h proxywasm.HeaderMap, _ int, _ bool) (proxywasm.Action, error) {
	late := proxywasm.RequestHeaders.Add("too", "late")
	return proxywasm.Continue, errors.Join(h.Replace(":status", "299"), h.Add("late", result(late)))
}

func (request) OnResponseBody(buf proxywasm.Buffer, size int, _ bool) (proxywasm.Action, error) {
	return proxywasm.Continue, upper(buf, size)
}

func (request) OnResponseTrailers(t proxywasm.HeaderMap, _ int) (proxywasm.Action, error) {
	return proxywasm.Continue, t.Add("u", "v")
}
