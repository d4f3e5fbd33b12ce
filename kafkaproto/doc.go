// Package kafkaproto reads and writes Apache Kafka's protocol: frames, headers
// and record batches here, the messages in the packages beside it.
//
//   - messages holds a struct for every message of Kafka, generated from its
//     own descriptors: requests, responses, headers, and the data that brokers
//     and clients keep in records;
//   - registry finds a message by its API key or name. It links them all;
//   - compress holds the codecs of record batches;
//   - wire holds the primitives.
//
// It neither imports reflect, fmt or an encoding package nor anything that
// does (compress excepted), and keeps to what TinyGo supports, so that a Wasm
// guest stays small.
//
// # Ownership
//
// Decoding copies nothing: strings and bytes are slices of the input and hold
// for as long as it isn't changed. Copy what is kept longer, by string(b) for
// example. Decoding into a message again reuses its slices: nothing taken from
// it before may be used afterwards. The length of every slice that a message
// holds after decoding equals its capacity where it aliases the input, so that
// appending never writes into the input.
//
// # Null and empty
//
// Text, bytes and arrays are slices. Where Kafka allows null, nil stands for
// null and a slice of length 0 that isn't nil for empty. Where Kafka never
// allows it, nil is written as empty. A zero struct is ready for use, but its
// fields aren't always what Kafka takes for their defaults: SetDefaults makes
// them so.
//
// # Errors
//
// Every error is an [*Error] with a [Kind], so errors.Is(err, Truncated) works.
// Errors hold no bytes of the input.
package kafkaproto

//go:generate go run ./internal/generate -dir .
