// Package messages holds a struct for every message of Kafka, with the fields
// of all its versions, generated from Kafka's own descriptors.
//
// Names are Kafka's, so that what is written about its protocol can be found
// here: TopicId, not TopicID. A struct inside a message has the message's name
// before its own.
//
// # Reading and writing
//
// Decode copies nothing: text and bytes are slices of its input. Decoding into
// a message again reuses its slices, so nothing taken from it before may be
// used afterwards. Fields that the version doesn't carry get their defaults.
//
// AppendTo fails with NotInVersion when a field has another value than its
// default in a version that doesn't carry it, except for those that Kafka calls
// ignorable, which are left out; so does Kafka's own code.
//
// Decoding and encoding in the same version gives the same bytes again, for
// all that Kafka writes. Not kept is what Kafka never writes: lengths in more
// bytes than they need, tagged fields that hold their default, booleans other
// than 0 and 1.
package messages
