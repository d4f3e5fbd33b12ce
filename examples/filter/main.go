// Command filter is the smallest useful filter of Kafka: it refuses records without a key, and topics whose names don't begin with a prefix, which is its
// configuration. Build it for nasp, or for Envoy, by
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o filter.wasm ./examples/filter
package main

import (
	"bytes"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/kafka/kafkaguest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

func main() {}

func init() { kafkaguest.Register(newFilters) }

func newFilters(configuration []byte) (kafka.Config, error) {
	return kafka.Config{Filters: []kafka.Filter{&rules{prefix: bytes.Clone(configuration)}}}, nil
}

type rules struct{ prefix []byte }

func (*rules) Name() string                { return "rules" }
func (*rules) RecordsOf() kafka.Directions { return kafka.Produced }
func (*rules) Requests() []kafka.API       { return kafka.APIs(kafkaproto.APIKeyCreateTopics) }

// OnRecords refuses the partitions in which a record has no key. The others are stored.
func (*rules) OnRecords(records *kafka.Records) error {
	for records.Next() {
		if records.Record().Key.Bytes == nil {
			records.Refuse(kafka.Refusal{Code: kafkaproto.InvalidRecord, Message: "rules: a record has no key"})
		}
	}
	return records.Err()
}

// OnRequest refuses the topics with other names. The others are created.
func (r *rules) OnRequest(request *kafka.Request) error {
	create, err := kafka.Decode[messages.CreateTopicsRequest](request)
	if err != nil {
		return err
	}
	for i, topic := range create.Topics {
		if bytes.HasPrefix(topic.Name, r.prefix) {
			continue
		}
		if err := request.RefuseItem(i, kafka.Refusal{Code: kafkaproto.PolicyViolation, Message: "rules: the name must begin with " + string(r.prefix)}); err != nil {
			return err
		}
	}
	return nil
}
