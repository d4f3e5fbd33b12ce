package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/test/e2e/envoytest"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
	"github.com/libnasp/libnasp/test/e2e/kroxytest"
)

// setup is the brokers and the proxies before them.
type setup struct {
	brokers map[string]*brokerSetup
	closers []func() error
}

// brokerSetup is one broker: where clients of each route begin, and the proxies' processes.
type brokerSetup struct {
	addr [numRoutes]string
	pid  [numRoutes]int
}

func newSetup(ctx context.Context, o options) (s *setup, err error) {
	s = &setup{brokers: map[string]*brokerSetup{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	for _, name := range o.brokers {
		var routes [numRoutes]bool
		for _, v := range o.variants {
			routes[variantByName(v).route] = true
		}
		progress("starting the broker %q and its proxies", name)
		if s.brokers[name], err = s.start(ctx, name, routes); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *setup) close() error {
	var errs []error
	for _, c := range slices.Backward(s.closers) {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// start starts a broker that advertises the Envoys on a listener for each, then the proxies.
func (s *setup) start(ctx context.Context, name string, routes [numRoutes]bool) (*brokerSetup, error) {
	b := &brokerSetup{}
	ports := map[route]*envoytest.Port{}
	for _, r := range []route{envoyPlain, envoyWasm} {
		p, err := envoytest.Reserve()
		if err != nil {
			return nil, err
		}
		ports[r] = p
	}
	start := s.startNull
	if name == "kafka" {
		start = s.startKafka
	}
	upstream, err := start(ctx, ports)
	if err != nil {
		return nil, err
	}
	b.addr[direct] = upstream[direct]
	for r, port := range ports {
		addr := port.Release()
		if !routes[r] {
			continue
		}
		config := envoytest.Config{Addr: addr, Upstream: upstream[r]}
		if r == envoyWasm {
			config.Module, config.Configuration = kafkawasm.Module, defaultPII
		}
		e, err := envoytest.Start(ctx, config)
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, e.Stop)
		b.addr[r], b.pid[r] = addr, e.PID()
	}
	if routes[kroxylicious] {
		p, err := kroxytest.Start(ctx, kroxytest.Config{Upstream: upstream[direct]})
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, p.Stop)
		b.addr[kroxylicious], b.pid[kroxylicious] = p.Addr(), p.PID()
	}
	return b, nil
}

func (s *setup) startKafka(ctx context.Context, ports map[route]*envoytest.Port) (upstream [numRoutes]string, err error) {
	k, err := kafkatest.Start(ctx, kafkatest.Config{
		Listeners: []kafkatest.Listener{{Name: "ENVOY", Advertised: ports[envoyPlain].Addr()}, {Name: "WASM", Advertised: ports[envoyWasm].Addr()}},
		Properties: map[string]string{ // what is produced needn't be kept
			"log.segment.bytes": "33554432", "log.retention.bytes": "67108864", "log.retention.check.interval.ms": "2000", "log.segment.delete.delay.ms": "1",
			"message.max.bytes": "8388608",
		},
	})
	if err != nil {
		return upstream, err
	}
	s.closers = append(s.closers, k.Stop)
	return [numRoutes]string{direct: k.Addr(""), envoyPlain: k.ListenAddr("ENVOY"), envoyWasm: k.ListenAddr("WASM")}, nil
}

func (s *setup) startNull(ctx context.Context, ports map[route]*envoytest.Port) (upstream [numRoutes]string, err error) {
	c, err := startChild(ctx, "null", "=", "="+ports[envoyPlain].Addr(), "="+ports[envoyWasm].Addr())
	if err != nil {
		return upstream, err
	}
	s.closers = append(s.closers, c.stop)
	var addrs []string
	if err := c.read(&addrs); err != nil {
		return upstream, err
	}
	return [numRoutes]string{direct: addrs[0], envoyPlain: addrs[1], envoyWasm: addrs[2]}, nil
}

// createTopic makes a topic of one partition on a real Kafka.
func createTopic(addr, name string) error {
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	admin, err := sarama.NewClusterAdmin([]string{addr}, c)
	if err != nil {
		return err
	}
	err = admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	time.Sleep(500 * time.Millisecond) // until its leader is known everywhere
	if err := errors.Join(err, admin.Close()); err != nil {
		return fmt.Errorf("bench: creating a topic: %w", err)
	}
	return nil
}
