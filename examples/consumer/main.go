// Command consumer prints what a topic holds, one line a record, by a client without filters: what others can read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/IBM/sarama"
)

func main() {
	brokers := flag.String("brokers", "127.0.0.1:9092", "addresses of a cluster, separated by commas")
	topic := flag.String("topic", "nasp-example", "the topic to read")
	follow := flag.Bool("follow", false, "go on waiting for new records")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: consumer [-brokers HOST:PORT,…] [-topic NAME] [-follow]\n\nPrints the values of all records of a topic.")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, strings.Split(*brokers, ","), *topic, *follow, os.Stdout); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, brokers []string, topic string, follow bool, out io.Writer) error {
	client, err := sarama.NewClient(brokers, sarama.NewConfig())
	if err != nil {
		return err
	}
	defer client.Close()
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer consumer.Close()
	partitions, err := client.Partitions(topic)
	if err != nil {
		return fmt.Errorf("topic %s: %w", topic, err)
	}
	records := make(chan *sarama.ConsumerMessage)
	done := make(chan error)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, p := range partitions {
		go func() { done <- readPartition(ctx, client, consumer, topic, p, follow, records) }()
	}
	for left := len(partitions); left > 0; {
		select {
		case m := <-records:
			fmt.Fprintf(out, "%s\n", m.Value)
		case e := <-done:
			left--
			if e != nil && err == nil {
				err = e
				cancel()
			}
		}
	}
	return err
}

// readPartition sends the records of a partition from the first to the newest at the start, and those that come later if follow is set.
func readPartition(ctx context.Context, client sarama.Client, consumer sarama.Consumer, topic string, partition int32, follow bool, records chan<- *sarama.ConsumerMessage) error {
	oldest, err := client.GetOffset(topic, partition, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	end, err := client.GetOffset(topic, partition, sarama.OffsetNewest)
	if err != nil || (oldest == end && !follow) {
		return err
	}
	p, err := consumer.ConsumePartition(topic, partition, oldest)
	if err != nil {
		return err
	}
	defer p.Close()
	for {
		select {
		case m := <-p.Messages():
			select {
			case records <- m:
			case <-ctx.Done():
				return ctx.Err()
			}
			if m.Offset+1 >= end && !follow {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
