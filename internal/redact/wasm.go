package redact

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
	"github.com/libnasp/libnasp/wasmhost"
)

// Wasm is the built-in module in the library's host: texts go into it as the records of Produce requests, as a client's would.
type Wasm struct {
	runtime *wasmhost.Runtime
	stream  *wasmhost.Stream

	frame, batch []byte // reused
	out          conn.Buffer
	masked       [][]byte
}

var _ Engine = (*Wasm)(nil)

// ErrRefused is returned for texts that the configuration wants to be refused, rather than masked.
var ErrRefused = errors.New("redact: the filter refuses the text")

// WasmConfig configures NewWasm. Its zero value works.
type WasmConfig struct {
	Configuration []byte // of the module
	CacheDir      string // see wasmhost.Config
	Logger        *slog.Logger
}

// NewWasm starts the module. The caller closes the engine.
func NewWasm(ctx context.Context, c WasmConfig) (_ *Wasm, err error) {
	w := &Wasm{}
	if w.runtime, err = wasmhost.NewRuntime(ctx, wasmhost.Config{CacheDir: c.CacheDir, Logger: c.Logger}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.runtime.Close(ctx))
		}
	}()
	plugin, err := w.runtime.Load(ctx, kafkawasm.Module, wasmhost.PluginConfig{Name: "kafka", VMs: 1, Trusted: true, Configuration: c.Configuration})
	if err != nil {
		return nil, err
	}
	w.stream, err = plugin.NewStream(ctx, wasmhost.StreamConfig{})
	return w, err
}

// Close ends the module.
func (w *Wasm) Close(ctx context.Context) error {
	w.stream.Close(ctx)
	return w.runtime.Close(ctx)
}

// Mask sends the texts through the module in one request.
func (w *Wasm) Mask(ctx context.Context, texts [][]byte) ([][]byte, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	frame, err := w.produce(texts)
	if err != nil {
		return nil, err
	}
	if err := w.out.Splice(0, w.out.Len(), frame); err != nil {
		return nil, err
	}
	if _, err := w.stream.OnDownstreamData(ctx, &w.out, false); err != nil {
		return nil, err
	}
	return w.values(len(texts))
}

const (
	produceVersion  = 7
	batchHeaderSize = 61
	requestHeader   = 1 // its version in that of Produce
)

// produce builds a request that expects no answer, since nobody is there to give one.
func (w *Wasm) produce(texts [][]byte) ([]byte, error) {
	w.batch = appendBatch(w.batch[:0], texts)
	header := kafkaproto.RequestHeader{APIKey: kafkaproto.APIKeyProduce, APIVersion: produceVersion, ClientID: []byte("nasp")}
	request := messages.ProduceRequest{TimeoutMs: 1000, TopicData: []messages.ProduceRequestTopicProduceData{{
		Name:          []byte("text"),
		PartitionData: []messages.ProduceRequestPartitionProduceData{{Records: w.batch}},
	}}}
	frame, err := header.AppendTo(append(w.frame[:0], 0, 0, 0, 0))
	if err != nil {
		return nil, err
	}
	if frame, err = request.AppendTo(frame, produceVersion); err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	w.frame = frame
	return frame, nil
}

// appendBatch appends a batch of magic 2 (KIP-98) whose values are the texts.
func appendBatch(dst []byte, texts [][]byte) []byte {
	dst = append(dst, make([]byte, batchHeaderSize)...)
	for i, text := range texts {
		size := len(appendRecordHead(nil, i, len(text))) + len(text) + 1
		dst = binary.AppendVarint(dst, int64(size))
		dst = append(appendRecordHead(dst, i, len(text)), text...)
		dst = append(dst, 0) // headers
	}
	binary.BigEndian.PutUint32(dst[8:], uint32(len(dst)-12))
	dst[16] = 2
	binary.BigEndian.PutUint32(dst[23:], uint32(len(texts)-1))
	binary.BigEndian.PutUint32(dst[57:], uint32(len(texts)))
	kafkaproto.Batch(dst).UpdateCRC()
	return dst
}

func appendRecordHead(dst []byte, i, size int) []byte {
	dst = append(dst, 0, 0) // attributes, timestamp
	dst = binary.AppendVarint(dst, int64(i))
	dst = binary.AppendVarint(dst, -1) // no key
	return binary.AppendVarint(dst, int64(size))
}

// values takes the records' values out of what the module has passed.
func (w *Wasm) values(n int) ([][]byte, error) {
	frame := w.out.Bytes()
	if len(frame) == 0 { // what a request without an answer becomes
		return nil, ErrRefused
	}
	var request kafkaproto.ProduceRequest
	if len(frame) < 4 || request.Parse(frame[4:]) != nil || len(request.Partitions) != 1 {
		return nil, errors.New("redact: the module has passed something other than the request")
	}
	batch, _, err := kafkaproto.NextBatch(request.Partitions[0].Records)
	if err != nil {
		return nil, fmt.Errorf("redact: the module has passed a batch that can't be read: %w", err)
	}
	w.masked = w.masked[:0]
	var rec kafkaproto.Record
	r := batch.Reader()
	for r.Next(&rec) {
		w.masked = append(w.masked, rec.Value.Bytes)
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("redact: the module has passed records that can't be read: %w", err)
	}
	if len(w.masked) != n {
		return nil, fmt.Errorf("redact: the module has passed %d of %d texts", len(w.masked), n)
	}
	return w.masked, nil
}
