package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/nasp"
)

// workload is what all variants of a comparison send.
type workload struct {
	Broker   string `json:"broker"`
	Codec    string `json:"codec"`
	Size     int    `json:"size"`
	Findings int    `json:"findings"` // a KiB
}

func (w workload) String() string {
	return fmt.Sprintf("%s broker, %d B, %d findings a KiB, codec %s", w.Broker, w.Size, w.Findings, w.Codec)
}

// client is an open producer of a variant.
type client struct {
	variant     variant
	interceptor *nasp.Interceptor
	async       sarama.AsyncProducer
	sync        sarama.SyncProducer
	proxyPID    int
}

const topic = "bench"

func (s *setup) newClient(ctx context.Context, v variant, w workload) (c *client, err error) {
	b := s.brokers[w.Broker]
	c = &client{variant: v, proxyPID: b.pid[v.route]}
	defer func() {
		if err != nil {
			err = fmt.Errorf("bench: variant %s: %w", v.name, errors.Join(err, c.close()))
		}
	}()
	if c.interceptor, err = v.newInterceptor(ctx); err != nil {
		return c, err
	}
	config, err := v.clientConfig(c.interceptor, w.Codec)
	if err != nil {
		return c, err
	}
	if c.async, err = sarama.NewAsyncProducer([]string{b.addr[v.route]}, config); err != nil {
		return c, err
	}
	c.sync, err = sarama.NewSyncProducer([]string{b.addr[v.route]}, config)
	return c, err
}

func (c *client) close() error {
	var errs []error
	if c.async != nil {
		errs = append(errs, c.async.Close())
	}
	if c.sync != nil {
		errs = append(errs, c.sync.Close())
	}
	if c.interceptor != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		errs = append(errs, c.interceptor.Close(ctx))
	}
	return errors.Join(errs...)
}

// cost is what a round took.
type cost struct {
	elapsed time.Duration
	client  time.Duration // of processors
	proxy   time.Duration
	mallocs uint64
}

func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// metered runs f and returns what it cost.
func (c *client) metered(f func() error) (cost, error) {
	own, err1 := ownCPU()
	proxy, err2 := cpuOf(c.proxyPID)
	allocated, began := mallocs(), time.Now()
	err := f()
	out := cost{elapsed: time.Since(began), mallocs: mallocs() - allocated}
	ownEnd, err3 := ownCPU()
	proxyEnd, err4 := cpuOf(c.proxyPID)
	out.client, out.proxy = ownEnd-own, proxyEnd-proxy
	return out, errors.Join(err, err1, err2, err3, err4)
}

// sendAll sends n records by the asynchronous producer and returns when all are acknowledged.
func (c *client) sendAll(values [][]byte, n int) error {
	done := make(chan error, 1)
	go func() {
		var err error
		for range n {
			select {
			case <-c.async.Successes():
			case e := <-c.async.Errors():
				err = e.Err
			}
		}
		done <- err
	}()
	for i := range n {
		c.async.Input() <- &sarama.ProducerMessage{Topic: topic, Value: sarama.ByteEncoder(values[i%len(values)])}
	}
	return <-done
}

// sendEach sends n records one after the other and returns the time that each took, in seconds.
func (c *client) sendEach(values [][]byte, n int) (series, error) {
	out := make(series, 0, n)
	for i := range n {
		began := time.Now()
		if _, _, err := c.sync.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.ByteEncoder(values[i%len(values)])}); err != nil {
			return nil, err
		}
		out = append(out, time.Since(began).Seconds())
	}
	return out, nil
}

// measure runs all workloads.
func (s *setup) measure(ctx context.Context, o options, r *report) error {
	if b := s.brokers["kafka"]; b != nil {
		if err := createTopic(b.addr[direct], topic); err != nil {
			return err
		}
	}
	for _, broker := range o.brokers {
		for _, codec := range o.codecs {
			for _, size := range o.sizes {
				for _, findings := range o.findings {
					w := workload{broker, codec, size, findings}
					if err := s.compare(ctx, o, w, r); err != nil {
						return fmt.Errorf("%w (%v)", err, w)
					}
				}
			}
		}
	}
	return nil
}

// compare runs one workload through all variants in turns.
func (s *setup) compare(ctx context.Context, o options, w workload, r *report) (err error) {
	var clients []*client
	defer func() {
		for _, c := range clients {
			err = errors.Join(err, c.close())
		}
	}()
	for _, name := range o.variants {
		c, err := s.newClient(ctx, variantByName(name), w)
		if err != nil {
			return err
		}
		clients = append(clients, c)
	}
	values := payloads(w.Size, w.Findings)
	if slices.Contains(o.what, "throughput") {
		if err := throughput(ctx, o, w, clients, values, r); err != nil {
			return err
		}
	}
	if slices.Contains(o.what, "latency") {
		return latency(ctx, o, w, clients, values, r)
	}
	return nil
}

// calibrate returns how many records a round has, after warming all variants up.
func calibrate(o options, clients []*client, values [][]byte) (int, error) {
	n := max(16, min(20_000, 8<<20/len(values[0])))
	var took time.Duration
	for range 2 {
		for i, c := range clients {
			cost, err := c.metered(func() error { return c.sendAll(values, n) })
			if err != nil {
				return 0, fmt.Errorf("bench: variant %s: %w", c.variant.name, err)
			}
			if i == 0 {
				took = cost.elapsed
			}
		}
	}
	return max(16, int(float64(n)*o.seconds/took.Seconds())), nil
}

func throughput(ctx context.Context, o options, w workload, clients []*client, values [][]byte, r *report) error {
	n, err := calibrate(o, clients, values)
	if err != nil {
		return err
	}
	figures := make([]*throughputFigures, len(clients))
	for i, c := range clients {
		figures[i] = r.throughput(w, c.variant)
	}
	for round := range o.rounds {
		progress("throughput, %v: round %d of %d, %d records each", w, round+1, o.rounds, n)
		for k := range clients {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			i := turn(round, k, len(clients))
			c := clients[i]
			cost, err := c.metered(func() error { return c.sendAll(values, n) })
			if err != nil {
				return fmt.Errorf("bench: variant %s: %w", c.variant.name, err)
			}
			figures[i].add(cost, n)
		}
	}
	return nil
}

// turn is whose turn it is: each round begins with another variant, and every other one goes backwards, so that nobody always follows the same one.
func turn(round, k, n int) int {
	if round%2 == 1 {
		k = n - 1 - k
	}
	return (k + round/2) % n
}

const sendsPerRound = 200

func latency(ctx context.Context, o options, w workload, clients []*client, values [][]byte, r *report) error {
	figures := make([]*latencyFigures, len(clients))
	for i, c := range clients {
		if _, err := c.sendEach(values, sendsPerRound/4); err != nil {
			return fmt.Errorf("bench: variant %s: %w", c.variant.name, err)
		}
		figures[i] = r.latency(w, c.variant)
	}
	for round := range o.rounds {
		progress("latency, %v: round %d of %d, %d sends each", w, round+1, o.rounds, sendsPerRound)
		for k := range clients {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			i := turn(round, k, len(clients))
			c := clients[i]
			var sends series
			cost, err := c.metered(func() (err error) {
				sends, err = c.sendEach(values, sendsPerRound)
				return err
			})
			if err != nil {
				return fmt.Errorf("bench: variant %s: %w", c.variant.name, err)
			}
			figures[i].add(cost, sends)
		}
	}
	return nil
}
