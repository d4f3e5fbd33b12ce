package naspsarama_test

import (
	"context"
	"fmt"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspsarama"
)

// newProducer is the example of README.
func newProducer(ctx context.Context, brokers []string, config *sarama.Config) (sarama.SyncProducer, error) {
	interceptor, err := nasp.New(ctx, nasp.Config{}) // masks personal data and secrets
	if err != nil {
		return nil, err
	}
	wrapped, err := naspsarama.Wrap(config, interceptor) // a copy; TLS is taken over from it
	if err != nil {
		return nil, err
	}
	return sarama.NewSyncProducer(brokers, wrapped)
}

func ExampleWrap() {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	config.Metadata.Retry.Max = 0
	_, err := newProducer(context.Background(), []string{"127.0.0.1:1"}, config) // nobody listens there
	fmt.Println(err)
	// Output: kafka: client has run out of available brokers to talk to: dial tcp 127.0.0.1:1: connect: connection refused
}
