package nasp_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/masker"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/internal/testguest"
	"github.com/libnasp/libnasp/nasp"
)

// sink is a connection that takes all bytes and gives none.
type sink struct{ net.Conn }

func (sink) Write(p []byte) (int, error)      { return len(p), nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }
func (sink) SetReadDeadline(time.Time) error  { return nil }
func (sink) Close() error                     { return nil }
func (sink) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (sink) RemoteAddr() net.Addr             { return &net.TCPAddr{} }

// passThrough looks at nothing.
type passThrough struct{}

func (passThrough) OnNewConnection(context.Context, conn.Controller) (conn.Action, error) {
	return conn.Continue, nil
}
func (passThrough) OnDownstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}
func (passThrough) OnUpstreamData(context.Context, *conn.Buffer, bool) (conn.Action, error) {
	return conn.Continue, nil
}
func (passThrough) OnClose(conn.Peer) {}

// nativePII is the PII filter without Wasm.
type nativePII struct {
	passThrough
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
	chain, err := kafka.NewChain(kafka.Config{Filters: []kafka.Filter{f}})
	if err != nil {
		return nil, err
	}
	return &nativePII{stream: chain.NewStream()}, nil
}

func (n *nativePII) OnDownstreamData(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	return conn.Continue, n.stream.Downstream(&nativeBuffer{b: b}, b.Len(), end)
}

// nativeBuffer is a connection's buffer as the base of the Kafka filters wants it: reads are copies.
type nativeBuffer struct{ b *conn.Buffer }

func (n *nativeBuffer) Bytes(start, k int) ([]byte, error) {
	return append([]byte(nil), n.b.Bytes()[start:start+k]...), nil
}
func (n *nativeBuffer) ReplacePrefix(k int, p []byte) error { return n.b.Splice(0, k, p) }

// record is 1 KiB of text with n addresses in it.
func record(n int) string {
	text := strings.Repeat("the quick brown fox jumps over the lazy dog, 12 times a day; ", 20)[:1024]
	for i := range n {
		text = text[:i*150] + " example@email.com " + text[i*150+19:]
	}
	return text
}

// BenchmarkProduce writes Produce requests of 64 records of 1 KiB each through a connection. It measures the filters alone: there is no broker.
func BenchmarkProduce(b *testing.B) {
	const records = 64
	variants := []struct {
		name    string
		filters []nasp.Filter
	}{
		{"no filter", []nasp.Filter{}},
		{"pass-through", []nasp.Filter{{Name: "pass", New: func() (conn.Filter, error) { return passThrough{}, nil }}}},
		{"native PII", []nasp.Filter{{Name: "native", New: newNativePII}}},
		{"Wasm PII", nil},
	}
	for _, found := range []int{0, 1, 6} {
		values := make([]string, records)
		for i := range values {
			values[i] = record(found)
		}
		frame := kafkatest.Produce(1, 1, kafkatest.Batch(kafkatest.Text(values...)...))
		for _, v := range variants {
			b.Run(v.name+"/"+string(rune('0'+found))+" found", func(b *testing.B) {
				n, err := nasp.New(b.Context(), nasp.Config{Filters: v.filters, CacheDir: testguest.CacheDir(b)})
				if err != nil {
					b.Fatal(err)
				}
				defer n.Close(context.Background())
				c, err := n.Client(b.Context(), sink{})
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				b.SetBytes(int64(len(frame)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.Write(frame); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
			})
		}
	}
}
