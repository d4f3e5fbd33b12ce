package kafkaproto

import (
	"hash/crc32"
	"sync"
)

// CRC-32C is linear: the checksum of a batch in which some bytes changed is the old one, xor the checksum of the changes
// (old xor new), shifted by the bytes that follow them. So patching a few bytes of a large batch doesn't need its other bytes, and
// a batch that was corrupt before the change stays detectably corrupt, which computing the checksum anew would hide.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// shiftPowers covers gaps of up to 2^27 bytes, more than Kafka's largest request.
const shiftPowers = 27

// shiftTables returns [k][j][v]: byte v at place j of a checksum, moved on by 2^k zero bytes. They are made at their first use:
// who only reads shouldn't pay for it at start.
var shiftTables = sync.OnceValue(makeShiftTables)

func makeShiftTables() *[shiftPowers][4][256]uint32 {
	t := new([shiftPowers][4][256]uint32)
	for j := range 4 {
		for v := range 256 {
			c := uint32(v) << (8 * j)
			t[0][j][v] = c>>8 ^ castagnoli[byte(c)]
		}
	}
	for k := 1; k < shiftPowers; k++ {
		for j := range 4 {
			for v := range 256 {
				t[k][j][v] = shiftBy(&t[k-1], shiftBy(&t[k-1], uint32(v)<<(8*j)))
			}
		}
	}
	return t
}

func shiftBy(t *[4][256]uint32, c uint32) uint32 {
	return t[0][byte(c)] ^ t[1][byte(c>>8)] ^ t[2][byte(c>>16)] ^ t[3][byte(c>>24)]
}

// shift moves the checksum c on by n zero bytes.
func shift(c uint32, n int) uint32 {
	if c == 0 {
		return 0
	}
	tables := shiftTables()
	for k := 0; n > 0 && k < shiftPowers; k++ {
		if n&1 != 0 {
			c = shiftBy(&tables[k], c)
		}
		n >>= 1
	}
	return c
}

// CRCPatch gathers changes of bytes that a CRC-32C covers. Its zero value is ready.
type CRCPatch struct {
	delta uint32 // checksum of the changes so far, as if they ended at off
	off   int
}

// Change notes that the bytes from off on, counted from the first byte that the checksum covers, changed from was to is, which are
// equally long. Offsets must not go back.
func (p *CRCPatch) Change(off int, was, is []byte) {
	c := shift(p.delta, off-p.off)
	for i, w := range was {
		c = c>>8 ^ castagnoli[byte(c)^w^is[i]]
	}
	p.delta, p.off = c, off+len(was)
}

// Apply returns the new checksum of size bytes whose checksum was crc.
func (p *CRCPatch) Apply(crc uint32, size int) uint32 { return crc ^ shift(p.delta, size-p.off) }
