package main

import (
	"context"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
)

// nativePII is the PII filter as Go code, without Wasm.
type nativePII struct {
	pass
	stream *kafka.Stream
}

type nobody struct{}

func (nobody) Found(pii.Kind, piikafka.Place, bool) {}
func (nobody) Refused()                             {}

func newNativePII() (conn.Filter, error) {
	f, err := piikafka.New(piikafka.Config{}, nobody{})
	if err != nil {
		return nil, err
	}
	return &nativePII{stream: kafka.NewStream(f, 0)}, nil
}

func (n *nativePII) OnDownstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return conn.Continue, n.stream.Downstream(&nativeBuffer{b: b}, b.Len(), end)
}

func (n *nativePII) OnUpstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return conn.Continue, n.stream.Upstream(&nativeBuffer{b: b}, b.Len(), end)
}

// nativeBuffer is a connection's buffer as the base of the Kafka filters wants it: reads are copies.
type nativeBuffer struct {
	b    *conn.Buffer
	copy []byte
}

func (n *nativeBuffer) Bytes(start, k int) ([]byte, error) {
	n.copy = append(n.copy[:0], n.b.Bytes()[start:start+k]...)
	return n.copy, nil
}

func (n *nativeBuffer) ReplacePrefix(k int, p []byte) error { return n.b.Splice(0, k, p) }
