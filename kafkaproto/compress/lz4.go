package compress

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/pierrec/lz4/v4"
)

// An LZ4 frame: magic, flags, block descriptor, perhaps the content's size, a byte of checksum of what stands between the magic
// and it, then blocks. Kafka's first clients took the checksum of the magic as well, and brokers hold on to that in messages of
// magic 0 (KAFKA-3160, KIP-57).
const (
	lz4MagicLen    = 4
	lz4FlagsAt     = 4
	lz4SizeFlag    = 0x08
	lz4DictFlag    = 0x01
	lz4ShortHeader = 7
)

var errLZ4 = errors.New("bad LZ4 frame")

// checksumAt returns where the checksum of the header of a frame is.
func checksumAt(frame []byte) (int, error) {
	if len(frame) < lz4ShortHeader || binary.LittleEndian.Uint32(frame) != 0x184D2204 || frame[lz4FlagsAt]&lz4DictFlag != 0 {
		return 0, errLZ4
	}
	at := lz4ShortHeader - 1
	if frame[lz4FlagsAt]&lz4SizeFlag != 0 {
		at += 8
	}
	if at >= len(frame) {
		return 0, errLZ4
	}
	return at, nil
}

func breakChecksum(frame []byte) error {
	at, err := checksumAt(frame)
	if err == nil {
		frame[at] = headerChecksum(frame[:at])
	}
	return err
}

func headerChecksum(b []byte) byte { return byte(xxh32(b) >> 8) }

// xxh32 is XXH32 with seed 0 of fewer than 16 bytes.
func xxh32(b []byte) uint32 {
	const p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
	h := uint32(p5) + uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*p3, 17) * p4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*p5, 11) * p1
	}
	h = (h ^ h>>15) * p2
	h = (h ^ h>>13) * p3
	return h ^ h>>16
}

func (c *Codecs) appendLZ4(dst, src []byte) ([]byte, error) {
	c.sink.b = dst
	defer func() { c.sink.b = nil }()
	if c.lz4 == nil {
		c.lz4 = lz4.NewWriter(&c.sink)
		// As Java's client writes it, which reads independent blocks only.
		err := c.lz4.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false), lz4.ConcurrencyOption(1))
		if err != nil {
			return nil, err
		}
	} else {
		c.lz4.Reset(&c.sink)
	}
	err := c.write(c.lz4, src, lz4Cost)
	return c.sink.b, err
}

// appendUnlz4 takes a wrong checksum of the header, if it is the wrong one of KAFKA-3160.
func (c *Codecs) appendUnlz4(dst, src []byte) ([]byte, error) {
	at, err := checksumAt(src)
	if err != nil {
		return nil, err
	}
	var header [lz4ShortHeader + 8]byte
	n := copy(header[:at+1], src)
	right := headerChecksum(src[lz4MagicLen:at])
	if src[at] != right && src[at] != headerChecksum(src[:at]) {
		return nil, errLZ4
	}
	header[at] = right
	r := &headedReader{head: header[:n], rest: src[n:]}
	if c.unlz4 == nil {
		c.unlz4 = lz4.NewReader(r)
		if err := c.unlz4.Apply(lz4.ConcurrencyOption(1)); err != nil {
			return nil, err
		}
	} else {
		c.unlz4.Reset(r)
	}
	return c.appendAll(dst, c.unlz4, lz4Cost)
}

// headedReader reads head, then rest.
type headedReader struct{ head, rest []byte }

func (r *headedReader) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	s := sliceReader{r.rest}
	n, err := s.Read(p)
	r.rest = s.b
	return n, err
}
