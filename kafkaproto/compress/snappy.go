package compress

import (
	"encoding/binary"

	"github.com/klauspost/compress/snappy"
)

// The framing of Java's client, from the library snappy-java by xerial: a magic, a version and the oldest version that can read
// it, then blocks with an int32 length before each. librdkafka and others write one block without any framing.
var (
	xerialMagic  = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}
	xerialHeader = append(append([]byte{}, xerialMagic...), 0, 0, 0, 1, 0, 0, 0, 1)
)

// xerialBlock is the size of snappy-java's blocks before compression, in bytes.
const xerialBlock = 32 << 10

func (c *Codecs) appendXerial(dst, src []byte) []byte {
	dst = append(dst, xerialHeader...)
	for len(src) > 0 {
		n := min(len(src), xerialBlock)
		c.scratch = snappy.Encode(c.scratch[:cap(c.scratch)], src[:n])
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(c.scratch)))
		dst = append(dst, c.scratch...)
		c.work(snappyCost * n)
		src = src[n:]
	}
	return dst
}

func (c *Codecs) appendUnsnappy(dst, src []byte) ([]byte, error) {
	if len(src) < len(xerialHeader) || string(src[:len(xerialMagic)]) != string(xerialMagic) {
		return c.appendBlock(dst, src, c.limit())
	}
	src = src[len(xerialHeader):]
	left := c.limit()
	for len(src) > 0 {
		if len(src) < 4 {
			return nil, snappy.ErrCorrupt
		}
		n := int64(binary.BigEndian.Uint32(src))
		src = src[4:]
		if n > int64(len(src)) {
			return nil, snappy.ErrCorrupt
		}
		before := len(dst)
		var err error
		if dst, err = c.appendBlock(dst, src[:n], left); err != nil {
			return nil, err
		}
		left -= len(dst) - before
		src = src[n:]
	}
	return dst, nil
}

func (c *Codecs) appendBlock(dst, src []byte, limit int) ([]byte, error) {
	n, err := snappy.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, errTooLarge
	}
	// Three bytes make 64 at most, which bounds the buffer by what is there and not by what is announced.
	if n > 22*len(src) {
		return nil, snappy.ErrCorrupt
	}
	if cap(c.scratch) < n {
		c.scratch = make([]byte, n)
	}
	out, err := snappy.Decode(c.scratch[:cap(c.scratch)], src)
	if err != nil {
		return nil, err
	}
	c.work(snappyCost * n)
	return append(dst, out...), nil
}
