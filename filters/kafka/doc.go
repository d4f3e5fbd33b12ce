// Package kafka is the base that filters of Kafka share. It turns the bytes of a connection into requests and responses of the APIs that a filter
// asked for, and into the records in them; all others stream through without being gathered.
//
// A filter is a value with a name. What else it does is decided by the interfaces that it implements:
//
//	type upper struct{}
//
//	func (upper) Name() string                  { return "upper" }
//	func (upper) RecordsOf() kafka.Directions   { return kafka.Produced }
//
//	func (upper) OnRecords(records *kafka.Records) error {
//		for records.Next() {
//			r := records.Record()
//			r.Value.Bytes = bytes.ToUpper(r.Value.Bytes)
//			records.Replaced()
//		}
//		return records.Err()
//	}
//
// A whole one, with its test and its module, is in examples/filter.
//
// Several filters make a Chain, which serves the connections of a VM, or of a goroutine:
//
//	chain, err := kafka.NewChain(kafka.Config{Filters: []kafka.Filter{upper{}}, Compressor: &compress.Codecs{}})
//	stream := chain.NewStream() // for each connection
//	err = stream.Downstream(buffer, size, end)
//
// It is plain Go: a Wasm guest and a native filter use it alike.
//
// # Substitute, don't inject
//
// A network filter can change only the bytes of the direction that it is called for, and can't answer a request by itself. So a request that a
// filter refuses is rewritten into one that the broker answers harmlessly in the same place of the queue, and that answer is rewritten into the
// refusal. The order of answers is the broker's own, in every host.
//
// # Memory
//
// What a client or a broker sends is held at most once as it came and once as it leaves, plus one decompressed batch and its new form, each bounded by
// the Compressor's limit. Nothing is allocated by a length that was only read.
package kafka
