// Package compress has the codecs of Kafka's record batches: gzip, Snappy, LZ4 and Zstandard.
//
// It stands apart from kafkaproto because the libraries that it uses import reflect, fmt and encoding packages, which a small
// Wasm guest that meets no compressed records needn't carry.
package compress

import (
	"errors"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/pierrec/lz4/v4"
)

// DefaultLimit is the most that one decompression gives, in bytes: the size of Kafka's largest request.
const DefaultLimit = 100 << 20

// Codecs compresses and decompresses records with all codecs of Kafka. Its zero value is ready. It keeps what the libraries
// need between calls, starts no goroutines, and must not be used by two goroutines at once.
type Codecs struct {
	// Limit is the most that one decompression gives, in bytes, 0 for DefaultLimit. It must be set before the first use.
	Limit int
	// Work is told of the work as it goes on, in bytes that a scan would have read in the same time: filters/yield.After in a guest. Nil: nobody.
	// Zstandard, Snappy without framing and blocks of LZ4 are done in one go.
	Work func(n int)

	gunzip  *gzip.Reader
	gzip    *gzip.Writer
	unlz4   *lz4.Reader
	lz4     *lz4.Writer
	unzstd  *zstd.Decoder
	zstd    *zstd.Encoder
	source  sliceReader
	sink    sliceWriter
	scratch []byte
}

var _ kafkaproto.Compressor = (*Codecs)(nil)

// What a byte of each codec costs, for Work, and how many are done in one go.
const (
	gzipCost, gunzipCost = 32, 8
	lz4Cost              = 4
	snappyCost           = 2
	zstdCost             = 4

	piece = 4 << 10
)

func (c *Codecs) work(n int) {
	if c.Work != nil {
		c.Work(n)
	}
}

// write gives all of src to a compressor.
func (c *Codecs) write(w io.WriteCloser, src []byte, cost int) error {
	for len(src) > 0 {
		n := min(piece, len(src))
		if _, err := w.Write(src[:n]); err != nil {
			return errors.Join(err, w.Close())
		}
		c.work(cost * n)
		src = src[n:]
	}
	return w.Close()
}

func (c *Codecs) limit() int {
	if c.Limit > 0 {
		return c.Limit
	}
	return DefaultLimit
}

// AppendCompressed appends the compressed form of src to dst. Snappy is written in the framing of Java's client (xerial's). On an
// error it returns dst as it came.
func (c *Codecs) AppendCompressed(dst, src []byte, codec kafkaproto.Compression) ([]byte, error) {
	var out []byte
	var err error
	switch codec {
	case kafkaproto.Gzip:
		out, err = c.appendGzip(dst, src)
	case kafkaproto.Snappy:
		out = c.appendXerial(dst, src)
	case kafkaproto.LZ4:
		out, err = c.appendLZ4(dst, src)
	case kafkaproto.LZ4Magic0:
		if out, err = c.appendLZ4(dst, src); err == nil {
			err = breakChecksum(out[len(dst):])
		}
	case kafkaproto.Zstd:
		out, err = c.appendZstd(dst, src)
	default:
		return dst, unknownCodec(codec)
	}
	if err != nil {
		return dst, failed(codec, err)
	}
	return out, nil
}

// AppendDecompressed appends what src was before it was compressed. On an error it returns dst as it came; errors have the kind
// TooLarge for what is beyond the limit, otherwise Malformed.
func (c *Codecs) AppendDecompressed(dst, src []byte, codec kafkaproto.Compression) ([]byte, error) {
	var out []byte
	var err error
	switch codec {
	case kafkaproto.Gzip:
		out, err = c.appendGunzip(dst, src)
	case kafkaproto.Snappy:
		out, err = c.appendUnsnappy(dst, src)
	case kafkaproto.LZ4, kafkaproto.LZ4Magic0:
		// Brokers take a wrong header checksum where it was right to be wrong, and so what comes may have either.
		out, err = c.appendUnlz4(dst, src)
	case kafkaproto.Zstd:
		out, err = c.appendUnzstd(dst, src)
	default:
		return dst, unknownCodec(codec)
	}
	if err != nil {
		return dst, failed(codec, err)
	}
	return out, nil
}

func unknownCodec(codec kafkaproto.Compression) error {
	return &kafkaproto.Error{Kind: kafkaproto.Malformed, Field: "compression type " + strconv.Itoa(int(codec)), Offset: -1}
}

var errTooLarge = errors.New("more than the limit")

// failed turns a library's error into one of ours. Its text could hold bytes of the records, so it is left out.
func failed(codec kafkaproto.Compression, err error) error {
	kind := kafkaproto.Malformed
	if errors.Is(err, errTooLarge) || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		kind = kafkaproto.TooLarge
	}
	return &kafkaproto.Error{Kind: kind, Field: codec.String() + " data", Offset: -1}
}

// sliceReader reads from a slice.
type sliceReader struct{ b []byte }

func (r *sliceReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// ReadByte keeps gzip from buffering.
func (r *sliceReader) ReadByte() (byte, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c, nil
}

// sliceWriter appends to a slice.
type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// appendAll appends what r gives, no more than the limit.
func (c *Codecs) appendAll(dst []byte, r io.Reader, cost int) ([]byte, error) {
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		room := min(piece, cap(dst)-len(dst), c.limit()+1-(len(dst)-start))
		n, err := r.Read(dst[len(dst) : len(dst)+room])
		dst = dst[:len(dst)+n]
		c.work(cost * n)
		if len(dst)-start > c.limit() {
			return nil, errTooLarge
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (c *Codecs) appendGzip(dst, src []byte) ([]byte, error) {
	c.sink.b = dst
	defer func() { c.sink.b = nil }()
	if c.gzip == nil {
		c.gzip = gzip.NewWriter(&c.sink)
	} else {
		c.gzip.Reset(&c.sink)
	}
	err := c.write(c.gzip, src, gzipCost)
	return c.sink.b, err
}

func (c *Codecs) appendGunzip(dst, src []byte) ([]byte, error) {
	c.source.b = src
	defer func() { c.source.b = nil }()
	var err error
	if c.gunzip == nil {
		c.gunzip, err = gzip.NewReader(&c.source)
	} else {
		err = c.gunzip.Reset(&c.source)
	}
	if err != nil {
		return nil, err
	}
	return c.appendAll(dst, c.gunzip, gunzipCost)
}

func (c *Codecs) appendZstd(dst, src []byte) ([]byte, error) {
	if c.zstd == nil {
		var err error
		// Kafka's own level is 3, which is this library's default.
		if c.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, err
		}
	}
	c.work(zstdCost * len(src))
	return c.zstd.EncodeAll(src, dst), nil
}

func (c *Codecs) appendUnzstd(dst, src []byte) ([]byte, error) {
	if c.unzstd == nil {
		var err error
		c.unzstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(c.limit())))
		if err != nil {
			return nil, err
		}
	}
	// The library takes as much memory as the header of the frame announces. No block of zstd makes more than 128 KiB out of its
	// four bytes or more (RFC 8878, 3.1.1.2).
	var h zstd.Header
	if err := h.Decode(src); err != nil {
		return nil, err
	}
	if h.HasFCS && h.FrameContentSize > uint64(len(src))<<15 {
		return nil, zstd.ErrFrameSizeExceeded
	}
	if len(dst) == 0 {
		out, err := c.unzstd.DecodeAll(src, dst)
		c.work(zstdCost * len(out))
		return out, err
	}
	// The library's limit counts what dst holds already.
	out, err := c.unzstd.DecodeAll(src, c.scratch[:0])
	if err != nil {
		return nil, err
	}
	c.work(zstdCost * len(out))
	c.scratch = out
	return append(dst, out...), nil
}
