package kafkaproto

import "strconv"

// ParseError says what could not be read, and where. It never holds bytes of the message.
type ParseError struct {
	What   string // the structure or field, in Kafka's terms
	Offset int    // in the slice that was parsed
	Why    string
}

func (e *ParseError) Error() string {
	return "kafkaproto: " + e.What + " at offset " + strconv.Itoa(e.Offset) + ": " + e.Why
}
