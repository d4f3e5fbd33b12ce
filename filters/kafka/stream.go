package kafka

import (
	"errors"
	"strconv"
	"time"

	"github.com/libnasp/libnasp/kafkaproto"
)

// Stream filters one connection. Its two directions must not be called at the same time.
type Stream struct {
	chain   *Chain
	conn    Conn
	filters []Filter // those of this connection

	tracker  kafkaproto.Tracker
	request  gatherer
	response gatherer
	current  kafkaproto.Exchange // whose frame is being gathered, in each direction
	answers  bool
	answered kafkaproto.Exchange
	due      *note  // what has to be done with it, nil if nothing
	notes    []note // for responses to come, in the order of their requests
	login    login

	held  int       // bytes at the front of the client's buffer that are ready, and kept there
	until time.Time // when they leave

	// Bound once: a method value allocates.
	onRequestHeader, onResponseHeader decider
	onRequest, onResponse             func(frame []byte) ([]byte, bool, error)
	onVersion, onToken, onTokenAnswer func(frame []byte) ([]byte, bool, error)
}

// NewStream returns the filters of a new connection.
func (c *Chain) NewStream() *Stream {
	s := &Stream{chain: c, filters: make([]Filter, len(c.members))}
	s.conn.stream = s
	s.onRequestHeader, s.onResponseHeader = s.planRequest, s.planResponse
	s.onRequest, s.onResponse = s.filterRequest, s.filterResponse
	s.onVersion, s.onToken, s.onTokenAnswer = lowerVersion, s.learnToken, s.learnTokenAnswer
	for i, m := range c.members {
		s.filters[i] = m.filter
		if f, ok := m.filter.(ConnFilter); ok {
			s.filters[i] = f.ForConn(&s.conn)
		}
	}
	return s
}

// Conn returns what is known of the connection.
func (s *Stream) Conn() *Conn { return &s.conn }

// Close tells the filters of the connection of its end.
func (s *Stream) Close() {
	for _, f := range s.filters {
		if f, ok := f.(CloseFilter); ok {
			f.OnClose()
		}
	}
	s.filters = nil
}

var (
	errTLS = errors.New("kafka: the client sends TLS where Kafka's protocol is expected, so the filter can't see its records: " +
		"let nasp do TLS instead of the client (the adapters take it over), or take the filter off this connection")
	errNotKafka = errors.New("kafka: a response has a negative size: this isn't Kafka's protocol")
	errCutOff   = errors.New("kafka: the connection ended within a request: its last bytes were discarded")
)

// Downstream filters bytes from the client. After an error the connection must be closed: nothing of the buffer may pass.
func (s *Stream) Downstream(buf Buffer, size int, end bool) error {
	if err := s.request.run(buf, size, min(s.held, size), false, s.onRequestHeader); err != nil {
		return err
	}
	s.held = 0
	if end {
		s.until = time.Time{}
		if s.request.holds() {
			return errCutOff
		}
	}
	if _, held := s.Held(); held {
		s.held = s.request.edit.result()
	}
	return nil
}

// Held tells whether the host must keep the bytes of Downstream's buffer for now, and until when. What comes meanwhile is given to Downstream
// behind them.
func (s *Stream) Held() (until time.Time, held bool) {
	if s.until.IsZero() || !s.chain.config.Now().Before(s.until) {
		return time.Time{}, false
	}
	return s.until, true
}

// Release tells that the host hands on what it has kept.
func (s *Stream) Release() { s.held, s.until = 0, time.Time{} }

// hold keeps what is in the buffer, and what comes, for a while.
func (s *Stream) hold(d time.Duration) {
	if !s.chain.config.Holds || d <= 0 {
		return
	}
	if until := s.chain.config.Now().Add(d); until.After(s.until) {
		s.until = until
	}
}

// Upstream filters bytes from the server.
func (s *Stream) Upstream(buf Buffer, size int, end bool) error {
	return s.response.run(buf, size, 0, end, s.onResponseHeader)
}

// The bytes of a frame that are enough to decide, of most.
const (
	requestHeaderLen  = sizeLen + kafkaproto.RequestHeaderMin // size, API key, version, correlation id
	responseHeaderLen = sizeLen + 4                           // size, correlation id
)

// planRequest decides what becomes of a request by its first bytes.
func (s *Stream) planRequest(h []byte) (plan, error) {
	size, err := kafkaproto.FrameSize(h, s.chain.config.MaxFrame)
	if err != nil {
		return plan{}, s.badFrame(h, err)
	}
	if len(h) < min(requestHeaderLen, sizeLen+size) {
		return plan{more: requestHeaderLen}, nil
	}
	x, answers, err := s.tracker.Request(h[sizeLen:])
	if err != nil {
		return s.cantPair(h, size, x, err)
	}
	if x.Token {
		if s.chain.facts&Principal != 0 {
			return plan{whole: s.onToken}, nil
		}
		return plan{}, nil
	}
	switch err := x.APIKey.Supports(x.APIVersion); {
	case err == nil:
	case x.APIKey == kafkaproto.APIKeyApiVersions && x.APIVersion > 0:
		return plan{whole: s.onVersion}, nil
	case s.chain.understands(x.APIKey):
		return plan{}, err
	default:
		return plan{}, nil
	}
	if !s.chain.wantsRequest(x.APIKey, x.APIVersion) {
		return plan{}, nil
	}
	s.current, s.answers = x, answers
	return plan{whole: s.onRequest}, nil
}

func (s *Stream) badFrame(h []byte, err error) error {
	if errors.Is(err, kafkaproto.TLS) {
		return errTLS
	}
	return errors.New("kafka: a request of " + strconv.FormatUint(uint64(be32(h)), 10) +
		" bytes is larger than the limit of " + strconv.Itoa(s.chain.config.MaxFrame) + ", or this isn't Kafka's protocol")
}

// cantPair is for a request of which the tracker can't tell what its response will be.
func (s *Stream) cantPair(h []byte, size int, x kafkaproto.Exchange, err error) (plan, error) {
	switch {
	case size < kafkaproto.RequestHeaderMin:
		return plan{}, errors.New("kafka: a request of " + strconv.Itoa(size) + " bytes is smaller than its header")
	case x.APIKey == kafkaproto.APIKeyProduce && !errors.Is(err, kafkaproto.UnsupportedVersion) && len(h) < sizeLen+size:
		return plan{more: 2 * len(h)}, nil // its acks are further behind
	}
	return plan{}, err
}

// wantsRequest tells whether requests of the API are gathered.
func (c *Chain) wantsRequest(key kafkaproto.APIKey, version int16) bool {
	switch key {
	case kafkaproto.APIKeyApiVersions:
		return true
	case kafkaproto.APIKeyProduce:
		if c.records&Produced != 0 {
			return true
		}
	case kafkaproto.APIKeySaslHandshake, kafkaproto.APIKeySaslAuthenticate:
		if c.facts&Principal != 0 {
			return true
		}
	}
	return c.requests.wants(key, version)
}

// filterRequest gives a whole request to the filters and returns what to send in its place.
func (s *Stream) filterRequest(frame []byte) (out []byte, changed bool, err error) {
	r := &s.chain.request
	if err := r.reset(s, frame[sizeLen:], s.current, s.answers); err != nil {
		return nil, false, err
	}
	s.learnRequest(r)
	for _, in := range s.chain.requests.of(r.key) {
		if r.version < in.min || r.version > in.max {
			continue
		}
		if err := s.callRequest(r, in.member); err != nil {
			return nil, false, err
		}
		if r.refusal != nil || r.answer != nil {
			break
		}
	}
	if r.Produce != nil && s.chain.records&Produced != 0 && r.refusal == nil && r.answer == nil {
		if err := s.produced(r); err != nil {
			return nil, false, err
		}
	}
	return r.finish(frame)
}

// callRequest gives a request to one filter.
func (s *Stream) callRequest(r *Request, member int) error {
	changed, patched := r.changed, r.patched
	r.changed, r.patched, r.member = false, false, member
	err := s.filters[member].(RequestFilter).OnRequest(r)
	if r.changed || r.patched {
		s.chain.count(member, EventChanged)
	}
	r.changed, r.patched = r.changed || changed, r.patched || patched
	if err != nil {
		return s.requestFailed(r, err)
	}
	return nil
}

// requestFailed is for a filter that couldn't deal with a request.
func (s *Stream) requestFailed(r *Request, err error) error {
	s.chain.count(r.member, EventFailed)
	if s.chain.members[r.member].failOpen {
		return nil
	}
	f := Refusal{Message: "nasp: filter " + s.name(r.member) + " failed"}
	switch {
	case r.Produce != nil:
		f.Code = kafkaproto.InvalidRecord
	case itemsOf(r.key, r.version) != nil:
		f.Code = kafkaproto.PolicyViolation
	default:
		return errors.New("kafka: filter " + s.name(r.member) + " failed for " + r.APIKey.String() + ": " + err.Error())
	}
	r.Refuse(f)
	return nil
}

func (s *Stream) name(member int) string { return s.chain.members[member].filter.Name() }

func (s *Stream) onRefused(member int, f Refusal) {
	s.chain.count(member, EventRefused)
	if h, ok := s.filters[member].(RefusalFilter); ok {
		h.OnRefused(f)
	}
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
