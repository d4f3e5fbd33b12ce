// Command producer shows the main job: a sarama producer whose records lose their personal data and secrets inside its own
// process, before they reach a broker.
//
// Without flags it starts a broker inside this process, sends two lines, reads them back with a client that has no filter, and prints what
// was sent beside what is stored. With -brokers it sends the lines of standard input to a real cluster.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspconfig"
	"github.com/libnasp/libnasp/nasp/naspsarama"
)

// lines are what is sent when nothing else is asked for.
var lines = []string{
	"AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue",
	"My email is example@email.com",
}

func main() {
	brokers := flag.String("brokers", "", "addresses of a cluster, separated by commas; empty starts a broker in this process")
	topic := flag.String("topic", "nasp-example", "the topic to send to")
	config := flag.String("config", "", "a configuration file (see docs/configuration.md), which is followed; empty means the defaults")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: producer [-brokers HOST:PORT,…] [-topic NAME] [-config FILE] [<LINES]\n\n"+
			"Sends lines through a sarama producer that masks personal data and secrets, and prints what is stored beside them.\n"+
			"With -brokers the lines come from standard input, otherwise there are two to show it.")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *brokers, *topic, *config, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "producer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, brokers, topic, file string, in io.Reader, out io.Writer) error {
	if brokers != "" {
		lines, err := readLines(in)
		if err != nil {
			return err
		}
		return produce(ctx, strings.Split(brokers, ","), topic, file, lines, out)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic))
	if err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	defer cluster.Close()
	return produce(ctx, cluster.ListenAddrs(), topic, file, lines, out)
}

func readLines(in io.Reader) (lines []string, err error) {
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines, s.Err()
}

// produce sends the lines through filters and prints what is stored then.
func produce(ctx context.Context, brokers []string, topic, file string, lines []string, out io.Writer) error {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true

	// The three lines that an existing program changes: the import, and these two.
	interceptor, err := newInterceptor(ctx, file)
	if err != nil {
		return err
	}
	defer interceptor.Close(context.WithoutCancel(ctx))
	wrapped, err := naspsarama.Wrap(config, interceptor)
	if err != nil {
		return err
	}

	producer, err := sarama.NewSyncProducer(brokers, wrapped)
	if err != nil {
		return err
	}
	defer producer.Close()
	reader, err := sarama.NewConsumer(brokers, config) // config is unchanged: this client has no filter
	if err != nil {
		return err
	}
	defer reader.Close()

	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "SENT\tSTORED")
	for _, line := range lines {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		partition, offset, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(line)})
		if err != nil {
			return fmt.Errorf("sending: %w", err)
		}
		stored, err := read(ctx, reader, topic, partition, offset)
		if err != nil {
			return fmt.Errorf("reading back: %w", err)
		}
		fmt.Fprintf(table, "%s\t%s\n", line, stored)
	}
	return table.Flush()
}

// newInterceptor makes what the connections go through: with the defaults, or by a file whose changes it follows until ctx is done.
func newInterceptor(ctx context.Context, file string) (*nasp.Interceptor, error) {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if file == "" {
		return nasp.New(ctx, nasp.Config{Logger: logger})
	}
	source := &naspconfig.Source{Path: file, Logger: logger}
	config, err := source.Load()
	if err != nil {
		return nil, err
	}
	n, err := nasp.New(ctx, config)
	if err != nil {
		return nil, err
	}
	go func() { _ = source.Watch(ctx, n) }() // ends with ctx
	return n, nil
}

// read returns the value of one record.
func read(ctx context.Context, c sarama.Consumer, topic string, partition int32, offset int64) (string, error) {
	p, err := c.ConsumePartition(topic, partition, offset)
	if err != nil {
		return "", err
	}
	defer p.Close()
	select {
	case m := <-p.Messages():
		return string(m.Value), nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(10 * time.Second):
		return "", fmt.Errorf("no record at offset %d of partition %d after 10 s", offset, partition)
	}
}
