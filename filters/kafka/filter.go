package kafka

import "github.com/libnasp/libnasp/kafkaproto"

// Filter is what all filters have in common. What else one does is decided by the other interfaces of this file that it implements: a
// filter is called for what it asked for and for nothing else.
//
// One filter serves all connections of a Chain and is called for one of them at a time. A filter that needs a value for each connection
// implements ConnFilter.
type Filter interface {
	// Name tells the filter from others in counters, in errors and in messages to clients.
	Name() string
}

// API names requests, or responses, that a filter wants to see.
type API struct {
	Key kafkaproto.APIKey
	// MinVersion and MaxVersion are the versions that are wanted. A MaxVersion of 0 sets no bound.
	MinVersion, MaxVersion int16
}

// APIs names the requests or responses of all versions.
func APIs(keys ...kafkaproto.APIKey) []API {
	apis := make([]API, len(keys))
	for i, k := range keys {
		apis[i].Key = k
	}
	return apis
}

// RequestFilter is implemented by filters that look at requests.
type RequestFilter interface {
	Filter
	// Requests names those that OnRequest is called with. It is asked once.
	Requests() []API
	// OnRequest is called with each of them, whole, before it leaves. An error means that the filter failed: see FailureFilter.
	OnRequest(*Request) error
}

// ResponseFilter is implemented by filters that look at responses.
type ResponseFilter interface {
	Filter
	// Responses names those that OnResponse is called with. It is asked once.
	Responses() []API
	// OnResponse is called with each of them, whole, before the client gets it, but not with a refusal of a whole request. Of a request that
	// was refused in part it sees what the broker answered to the rest. An error means that the filter failed: see FailureFilter.
	OnResponse(*Response) error
}

// Directions says whose records a filter wants.
type Directions uint8

// The directions of records.
const (
	Produced Directions = 1 << iota // those of Produce requests
	Fetched                         // those of Fetch responses
)

// RecordFilter is implemented by filters that look at records. All filters of a chain look at one batch before it is closed, so that a
// compressed one is opened once; it is closed by the same codec, and only if something has changed.
type RecordFilter interface {
	Filter
	// RecordsOf says in which directions OnRecords is called. It is asked once.
	RecordsOf() Directions
	// OnRecords is called with each batch, and each message of the formats before batches. An error means that the batch can't be
	// dealt with: its partition is refused, unless the filter lets pass what it fails for (FailureFilter).
	OnRecords(*Records) error
}

// ConnFilter is implemented by filters that keep something for each connection.
type ConnFilter interface {
	Filter
	// ForConn returns the filter of a new connection, which implements the same interfaces. It may keep c.
	ForConn(c *Conn) Filter
}

// FailureFilter is implemented by filters that say what becomes of what they fail for. Those that don't implement it let nothing pass: the
// request is refused, or the connection ended where that can't be done.
type FailureFilter interface {
	Filter
	// FailOpen tells whether frames that the filter failed for go on as they are. It is asked once.
	FailOpen() bool
}

// RefusalFilter is implemented by filters that want to know what was refused in their name, also because they failed or records couldn't
// be read.
type RefusalFilter interface {
	Filter
	OnRefused(Refusal)
}

// CloseFilter is implemented by filters of one connection (ConnFilter) that want to know of its end.
type CloseFilter interface {
	Filter
	OnClose()
}

// FactFilter is implemented by filters that need to know what can only be told from frames that cost something to look at.
type FactFilter interface {
	Filter
	// Facts names what Conn is to know. It is asked once.
	Facts() Facts
}

// Facts are what a Conn knows on request.
type Facts uint8

// The facts of a connection.
const (
	Principal  Facts = 1 << iota // who has logged in by SASL
	TopicNames                   // the names that belong to topic ids
	Brokers                      // the addresses of brokers
)

// Refusal says why something must not pass.
type Refusal struct {
	Code    kafkaproto.ErrorCode
	Message string // for people; it must hold no bytes of records
}

// Event is something that a chain counts.
type Event uint8

// The events. Each is counted for the filter on whose account it happened.
const (
	EventChanged   Event = iota // a request or response was changed
	EventRefused                // something was refused: a request, a partition, an item
	EventFailed                 // the filter failed
	EventHeld                   // a request was held back
	EventThrottled              // a client was told to wait
	NumEvents
)

func (e Event) String() string {
	return [...]string{"changed", "refused", "failed", "held", "throttled"}[e]
}
