package kafka

import (
	"errors"
	"time"

	"github.com/libnasp/libnasp/filters/yield"
	"github.com/libnasp/libnasp/kafkaproto"
)

// DefaultMaxFrame is the size of Kafka's largest request (socket.request.max.bytes) in bytes.
const DefaultMaxFrame = kafkaproto.DefaultMaxFrame

// Config says what a Chain does.
type Config struct {
	// Filters are called in this order for requests, and in the reverse order for responses.
	Filters []Filter
	// MaxFrame is the size of the largest request that is taken, and of the largest response that a filter wants, in bytes; 0 for
	// DefaultMaxFrame.
	MaxFrame int
	// Compressor opens compressed records (package kafkaproto/compress has one). Without it they can't be read. Its limit bounds what one
	// batch may become.
	Compressor kafkaproto.Compressor
	// RefuseUnknown ends connections that use an API or a version that isn't known here, though no filter asked for it. They aren't offered in
	// ApiVersions then. Otherwise what no filter asked for passes whatever it is.
	RefuseUnknown bool
	// Topics keeps the names of topic ids, nil for a table in memory.
	Topics TopicTable
	// Holds says that the host can hold bytes back: it asks Held after each call of Downstream and calls Release when the time has come. Without
	// it requests leave at once whatever filters say.
	Holds bool
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Count is called for each event, if it isn't nil. It must not block.
	Count func(f Filter, e Event)
}

// Chain is the filters that one or more connections share, each frame parsed once for all of them. It and all its streams must be used by one
// goroutine at a time.
type Chain struct {
	config    Config
	members   []member
	requests  interests
	responses interests
	facts     Facts
	records   Directions
	topics    TopicTable
	brokers   map[int32]string

	messages map[messageKey]kafkaproto.Message // decoded into again
	request  Request
	response Response
	runner   runner
}

// member is a filter and what it said of itself.
type member struct {
	filter   Filter
	failOpen bool
	records  Directions
}

// interest is one filter's in an API.
type interest struct {
	member   int
	min, max int16
}

// interests are those of all filters, by API key, in the order of the filters.
type interests [][]interest

// find tells whether anybody wants the API in this version. The answer is for frames: whom to call is each interest's affair.
func (in interests) wants(key kafkaproto.APIKey, version int16) bool {
	if int(key) >= len(in) || key < 0 {
		return false
	}
	for _, i := range in[key] {
		if version >= i.min && version <= i.max {
			return true
		}
	}
	return false
}

func (in interests) of(key kafkaproto.APIKey) []interest {
	if int(key) >= len(in) || key < 0 {
		return nil
	}
	return in[key]
}

// NewChain returns a chain, or an error that says what is wrong with config.
func NewChain(config Config) (*Chain, error) {
	c := &Chain{config: config, topics: config.Topics, messages: map[messageKey]kafkaproto.Message{}}
	if c.config.MaxFrame <= 0 {
		c.config.MaxFrame = DefaultMaxFrame
	}
	if c.config.Now == nil {
		c.config.Now = time.Now
	}
	if c.topics == nil {
		c.topics = &topicTable{}
	}
	for i, f := range config.Filters {
		if err := c.add(i, f); err != nil {
			return nil, err
		}
	}
	c.runner.editor.Compressor, c.runner.editor.Work = config.Compressor, yield.After
	return c, nil
}

func (c *Chain) add(i int, f Filter) error {
	m := member{filter: f}
	if f, ok := f.(FailureFilter); ok {
		m.failOpen = f.FailOpen()
	}
	if f, ok := f.(FactFilter); ok {
		c.facts |= f.Facts()
	}
	if f, ok := f.(RecordFilter); ok {
		m.records = f.RecordsOf()
		c.records |= m.records
	}
	if f, ok := f.(RequestFilter); ok {
		if err := c.requests.add(i, f, f.Requests()); err != nil {
			return err
		}
	}
	if f, ok := f.(ResponseFilter); ok {
		if err := c.responses.add(i, f, f.Responses()); err != nil {
			return err
		}
	}
	c.members = append(c.members, m)
	return nil
}

func (in *interests) add(i int, f Filter, apis []API) error {
	for _, a := range apis {
		_, newest, ok := a.Key.Versions()
		if !ok || a.MinVersion > newest {
			return errors.New("kafka: filter " + f.Name() + " asks for " + a.Key.String() + " in a version that isn't known")
		}
		if a.MaxVersion == 0 {
			a.MaxVersion = newest
		}
		for len(*in) <= int(a.Key) {
			*in = append(*in, nil)
		}
		(*in)[a.Key] = append((*in)[a.Key], interest{i, a.MinVersion, a.MaxVersion})
	}
	return nil
}

// understands tells whether the frames of an API must be understood, in whatever version they come.
func (c *Chain) understands(key kafkaproto.APIKey) bool {
	switch {
	case c.config.RefuseUnknown,
		key == kafkaproto.APIKeyApiVersions,
		key == kafkaproto.APIKeyProduce, // whether it is answered can't be told otherwise
		key == kafkaproto.APIKeyFetch && c.records&Fetched != 0,
		key == kafkaproto.APIKeyShareFetch && c.records&Fetched != 0,
		len(c.requests.of(key)) > 0, len(c.responses.of(key)) > 0:
		return true
	}
	return c.learnsFrom(key)
}

// count counts an event for a filter.
func (c *Chain) count(member int, e Event) {
	if c.config.Count != nil {
		c.config.Count(c.members[member].filter, e)
	}
}
