package kafka

import (
	"errors"
	"math"
	"slices"

	"github.com/libnasp/libnasp/kafkaproto"
)

// Response is a response on its way to the client. It and its slices hold until the callback returns.
type Response struct {
	kafkaproto.ResponseHeader
	APIKey     kafkaproto.APIKey
	APIVersion int16
	Conn       *Conn

	payload
	patched bool
}

// Changed tells that the message that Decode has returned was changed.
func (r *Response) Changed() { r.changed = true }

// planResponse decides what becomes of a response by its first bytes. Brokers answer in order.
func (s *Stream) planResponse(h []byte) (plan, error) {
	if be32(h) > math.MaxInt32 {
		return plan{}, errNotKafka
	}
	if len(h) < min(responseHeaderLen, frameLen(h)) {
		return plan{more: responseHeaderLen}, nil
	}
	x, err := s.tracker.Response(h[sizeLen:])
	if err != nil {
		return plan{}, err
	}
	n := s.noteOf(x.Number)
	switch {
	case n != nil && n.instead != nil:
		return plan{instead: n.instead}, nil
	case x.Token && s.chain.facts&Principal != 0:
		return plan{whole: s.onTokenAnswer}, nil
	case x.Token, n == nil && !s.chain.wantsResponse(x.APIKey, x.APIVersion):
		return plan{}, nil
	}
	if size := be32(h); int64(size) > int64(s.chain.config.MaxFrame) {
		return plan{}, errors.New("kafka: a response that a filter wants to see is larger than the limit")
	}
	s.answered, s.due = x, n
	return plan{whole: s.onResponse}, nil
}

// wantsResponse tells whether responses of the API are gathered.
func (c *Chain) wantsResponse(key kafkaproto.APIKey, version int16) bool {
	switch key {
	case kafkaproto.APIKeyApiVersions:
		return true
	case kafkaproto.APIKeyFetch, kafkaproto.APIKeyShareFetch:
		if c.records&Fetched != 0 {
			return true
		}
	}
	return c.learnsFrom(key) && key.Supports(version) == nil || c.responses.wants(key, version)
}

// filterResponse gives a whole response to the filters and returns what to send in its place.
func (s *Stream) filterResponse(frame []byte) (out []byte, changed bool, err error) {
	x := s.answered
	r := &s.chain.response
	*r = Response{
		ResponseHeader: kafkaproto.ResponseHeader{Tags: r.Tags}, APIKey: x.APIKey, APIVersion: x.APIVersion, Conn: &s.conn,
		payload: payload{chain: s.chain, key: x.APIKey, version: x.APIVersion, kind: "Response"},
	}
	if r.body, err = r.Parse(frame[sizeLen:], x.APIKey, x.APIVersion); err != nil {
		return nil, false, err
	}
	r.version = x.ResponseVersion(r.body)
	r.APIVersion = r.version
	if err := s.ownResponse(r); err != nil {
		return nil, false, err
	}
	if err := s.responseFilters(r); err != nil {
		return nil, false, err
	}
	if s.due != nil {
		if err := s.due.apply(r); err != nil {
			return nil, false, err
		}
	}
	if !r.changed {
		return frame, r.patched, nil
	}
	out, err = appendFrame(nil, responseHeader{&r.ResponseHeader, r.key, r.version}, r.message, r.version)
	return out, true, err
}

// ownResponse is what the base itself does with a response.
func (s *Stream) ownResponse(r *Response) error {
	switch {
	case r.key == kafkaproto.APIKeyApiVersions:
		return s.clampVersions(r)
	case s.chain.learnsFrom(r.key):
		return s.learnResponse(r)
	}
	return nil
}

func (s *Stream) responseFilters(r *Response) error {
	if (r.key == kafkaproto.APIKeyFetch || r.key == kafkaproto.APIKeyShareFetch) && s.chain.records&Fetched != 0 {
		if err := s.fetched(r); err != nil {
			return err
		}
	}
	for _, in := range slices.Backward(s.chain.responses.of(r.key)) {
		if r.version < in.min || r.version > in.max {
			continue
		}
		was := r.changed
		r.changed = false
		if err := s.filters[in.member].(ResponseFilter).OnResponse(r); err != nil {
			s.chain.count(in.member, EventFailed)
			if !s.chain.members[in.member].failOpen {
				return errors.New("kafka: filter " + s.name(in.member) + " failed for a response of " + r.APIKey.String() + ": " + err.Error())
			}
		}
		if r.changed {
			s.chain.count(in.member, EventChanged)
		}
		r.changed = r.changed || was
	}
	return nil
}

// apply does what the request has left to be done.
func (n *note) apply(r *Response) error {
	if n.merge != nil {
		m, err := r.decode(n.merge.ops.newResponse)
		if err != nil {
			return err
		}
		if err := n.merge.apply(m, r.version); err != nil {
			return err
		}
		r.changed = true
	}
	if n.throttle == 0 {
		return nil
	}
	m, err := r.decode(func() kafkaproto.Message { return newThrottled(r.key) })
	if err != nil {
		return err
	}
	if t := throttleTime(m, r.version); t != nil && *t < n.throttle {
		*t = n.throttle
		r.changed = true
	}
	return nil
}
