package main

import (
	"context"
	"sync"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/masker"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

// nativePII is the PII filter as Go code, without Wasm.
type nativePII struct {
	pass
	mu     sync.Mutex // a stream's two directions aren't called at the same time
	stream *kafka.Stream
}

type nobody struct{}

func (nobody) Found([]byte, pii.Kind, piikafka.Place, masker.Operator) {}
func (nobody) Seen([]byte, int)                                        {}
func (nobody) Refused()                                                {}

func newNativePII() (conn.Filter, error) {
	f, err := piikafka.New(piikafka.Config{}, nobody{})
	if err != nil {
		return nil, err
	}
	chain, err := kafka.NewChain(kafka.Config{Filters: []kafka.Filter{f}, Compressor: &compress.Codecs{}})
	if err != nil {
		return nil, err
	}
	return &nativePII{stream: chain.NewStream()}, nil
}

func (n *nativePII) OnDownstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return conn.Continue, n.stream.Downstream(&nativeBuffer{b: b}, b.Len(), end)
}

func (n *nativePII) OnUpstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return conn.Continue, n.stream.Upstream(&nativeBuffer{b: b}, b.Len(), end)
}

// nativeBuffer is a connection's buffer as the base of the Kafka filters wants it: reads are copies.
type nativeBuffer struct{ b *conn.Buffer }

func (n *nativeBuffer) Bytes(start, k int) ([]byte, error) {
	return append([]byte(nil), n.b.Bytes()[start:start+k]...), nil
}

func (n *nativeBuffer) ReplacePrefix(k int, p []byte) error { return n.b.Splice(0, k, p) }
