package kafka

import (
	"strconv"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// Conn is what is known of a connection. It tells what was said on it so far: what a client claims of itself is not proven, apart from the
// principal.
type Conn struct {
	// ClientID is what the client calls itself, as of the last request that was looked at.
	ClientID string
	// SoftwareName and SoftwareVersion are those of the client (KIP-511), empty if it hasn't told them: only newer clients do.
	SoftwareName, SoftwareVersion string
	// Mechanism is that of SASL, and Principal who has logged in with it: the name that PLAIN and SCRAM send, once the broker has taken it.
	// Of other mechanisms the name isn't known. They are known only if a filter asks for the fact Principal.
	Mechanism, Principal string

	stream *Stream
}

// TopicName returns the name of a topic by its id, as told by a Metadata or CreateTopics response on any connection of the chain. It is known only
// if a filter asks for the fact TopicNames, and not before a client has asked for it.
func (c *Conn) TopicName(id [16]byte) (string, bool) { return c.stream.chain.topics.Name(id) }

// BrokerAddr returns the address of a broker, "host:port", as the last response on any connection of the chain told it. It is known only if a filter
// asks for the fact Brokers.
func (c *Conn) BrokerAddr(id int32) (string, bool) {
	a, ok := c.stream.chain.brokers[id]
	return a, ok
}

// TopicTable keeps the names of topics by their ids. Ids are random, so that one table may serve many clusters.
type TopicTable interface {
	Name(id [16]byte) (name string, ok bool)
	SetName(id [16]byte, name string)
}

// topicTable is a TopicTable in memory.
type topicTable struct{ names map[[16]byte]string }

// maxTopics bounds the topics of a table. Beyond it, it begins anew: clients ask for metadata every few minutes.
const maxTopics = 100_000

func (t *topicTable) Name(id [16]byte) (string, bool) {
	name, ok := t.names[id]
	return name, ok
}

func (t *topicTable) SetName(id [16]byte, name string) {
	if t.names == nil || len(t.names) >= maxTopics {
		t.names = map[[16]byte]string{}
	}
	t.names[id] = name
}

// maxBrokers bounds the brokers whose addresses are kept.
const maxBrokers = 10_000

func (c *Chain) setBroker(id int32, host []byte, port int32) {
	if c.facts&Brokers == 0 || len(host) == 0 {
		return
	}
	if c.brokers == nil || len(c.brokers) >= maxBrokers {
		c.brokers = map[int32]string{}
	}
	c.brokers[id] = string(host) + ":" + strconv.Itoa(int(port))
}

func (c *Chain) setTopic(id [16]byte, name []byte) {
	if c.facts&TopicNames == 0 || id == [16]byte{} || len(name) == 0 {
		return
	}
	if known, ok := c.topics.Name(id); !ok || known != string(name) {
		c.topics.SetName(id, string(name))
	}
}

// learnsFrom tells whether the base itself looks at responses of an API.
func (c *Chain) learnsFrom(key kafkaproto.APIKey) bool {
	switch key {
	case kafkaproto.APIKeyMetadata:
		return c.facts&(TopicNames|Brokers) != 0
	case kafkaproto.APIKeyCreateTopics:
		return c.facts&TopicNames != 0
	case kafkaproto.APIKeyFindCoordinator, kafkaproto.APIKeyDescribeCluster:
		return c.facts&Brokers != 0
	case kafkaproto.APIKeySaslAuthenticate:
		return c.facts&Principal != 0
	}
	return false
}

// learnRequest takes from a request what Conn tells.
func (s *Stream) learnRequest(r *Request) {
	if s.conn.ClientID != string(r.ClientID) {
		s.conn.ClientID = string(r.ClientID)
	}
	switch r.key {
	case kafkaproto.APIKeyApiVersions:
		// Brokers answer what they can't read, so that isn't an error here.
		if m, err := Decode[messages.ApiVersionsRequest](r); err == nil && r.version >= 3 {
			s.conn.SoftwareName, s.conn.SoftwareVersion = string(m.ClientSoftwareName), string(m.ClientSoftwareVersion)
		}
	case kafkaproto.APIKeySaslHandshake:
		if m, err := Decode[messages.SaslHandshakeRequest](r); err == nil {
			s.login = login{mechanism: string(m.Mechanism)}
		}
	case kafkaproto.APIKeySaslAuthenticate:
		if m, err := Decode[messages.SaslAuthenticateRequest](r); err == nil {
			s.login.client(m.AuthBytes)
		}
	}
}

// learnResponse takes from a response what Conn tells.
func (s *Stream) learnResponse(r *Response) error {
	c := s.chain
	switch r.key {
	case kafkaproto.APIKeyMetadata:
		m, err := Decode[messages.MetadataResponse](r)
		if err != nil {
			return err
		}
		for _, b := range m.Brokers {
			c.setBroker(b.NodeId, b.Host, b.Port)
		}
		for _, t := range m.Topics {
			c.setTopic(t.TopicId, t.Name)
		}
	case kafkaproto.APIKeyCreateTopics:
		m, err := Decode[messages.CreateTopicsResponse](r)
		if err != nil {
			return err
		}
		for _, t := range m.Topics {
			c.setTopic(t.TopicId, t.Name)
		}
	case kafkaproto.APIKeyFindCoordinator:
		m, err := Decode[messages.FindCoordinatorResponse](r)
		if err != nil {
			return err
		}
		c.setBroker(m.NodeId, m.Host, m.Port)
		for _, b := range m.Coordinators {
			c.setBroker(b.NodeId, b.Host, b.Port)
		}
	case kafkaproto.APIKeyDescribeCluster:
		m, err := Decode[messages.DescribeClusterResponse](r)
		if err != nil {
			return err
		}
		for _, b := range m.Brokers {
			c.setBroker(b.BrokerId, b.Host, b.Port)
		}
	case kafkaproto.APIKeySaslAuthenticate:
		m, err := Decode[messages.SaslAuthenticateResponse](r)
		if err != nil {
			return err
		}
		if m.ErrorCode == 0 {
			s.loggedIn(m.AuthBytes)
		}
	}
	return nil
}
