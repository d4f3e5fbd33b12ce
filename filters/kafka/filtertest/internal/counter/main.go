// Command counter is a module for the benchmarks of package filtertest: its configuration says what it does.
package main

import (
	"errors"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/kafka/kafkaguest"
	"github.com/libnasp/libnasp/kafkaproto"
)

func main() {}

func init() { kafkaguest.Register(newFilters) }

func newFilters(configuration []byte) (kafka.Config, error) {
	switch string(configuration) {
	case "requests": // count Produce requests
		return kafka.Config{Filters: []kafka.Filter{&requests{}}}, nil
	case "records": // count their records
		return kafka.Config{Filters: []kafka.Filter{&records{}}}, nil
	}
	return kafka.Config{}, errors.New("counter: the configuration must be requests or records")
}

type requests struct{ n int }

func (*requests) Name() string          { return "requests" }
func (*requests) Requests() []kafka.API { return kafka.APIs(kafkaproto.APIKeyProduce) }

func (f *requests) OnRequest(r *kafka.Request) error {
	f.n += len(r.Produce.Partitions)
	return nil
}

type records struct{ n int }

func (*records) Name() string                { return "records" }
func (*records) RecordsOf() kafka.Directions { return kafka.Produced }

func (f *records) OnRecords(r *kafka.Records) error {
	for r.Next() {
		f.n++
	}
	return r.Err()
}
