//go:build !(wasm && go1.27)

package pii

// classify fills out from p, which has a block for each of out and lookahead bytes more.
func classify(p []byte, out []block) {
	for i := range out {
		classifyBlock((*[blockSize + lookahead]byte)(p[i*blockSize:]), &out[i])
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

func classifyBlock(p *[blockSize + lookahead]byte, b *block) {
	*b = block{hint: hintBits(p)}
	for i := 0; i < blockSize; i += 8 {
		w := load(p[i : i+8])
		low := w &^ highs // comparisons by additions that carry into the highest bit of each byte and no further
		ascii := ^w & highs
		b.digit |= gather(ascii&(low+(128-'0')*ones)&^(low+(127-'9')*ones)) << i
		folded := low | 0x20*ones
		b.letter |= gather(ascii&(folded+(128-'a')*ones)&^(folded+(127-'z')*ones)) << i
		b.space |= gather(ascii&equal(low, ' ')) << i
		b.dash |= gather(ascii&equal(low, '-')) << i
		b.dot |= gather(ascii&equal(low, '.')) << i
		b.at |= gather(ascii&equal(low, '@')) << i
		b.rare |= gather(ascii&(equal(low&^ones, '0')|equal(low, '7')|equal(low, '9'))) << i
	}
}

// load reads 8 bytes, the first into the lowest bits.
func load(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// equal sets the highest bit of each byte of low, whose highest bits are 0, that is c. The other bits are undefined.
func equal(low uint64, c byte) uint64 { return ^((low ^ uint64(c)*ones) + 0x7f*ones) }

// gather makes a mask of 8 bits of the highest bits of 8 bytes. The other bits must be 0.
func gather(x uint64) uint64 { return (x >> 7) * 0x0102040810204080 >> 56 }

// hintTable has, for each byte, the sets of hints that it may be the first, second and third byte of, in bits 0, 8 and 16 and up.
var hintTable = newHintTable()

func newHintTable() (t [256]uint32) {
	for c := range t {
		for i := range kernelTables.hint {
			t[c] |= uint32(kernelTables.hint[i].of(byte(c))) << (8 * i)
		}
	}
	return t
}

func hintBits(p *[blockSize + lookahead]byte) (bits uint64) {
	first, second := hintTable[p[0]], hintTable[p[1]]
	for i := range blockSize {
		third := hintTable[p[i+2]]
		if first&(second>>8)&(third>>16)&0xff != 0 {
			bits |= 1 << i
		}
		first, second = second, third
	}
	return bits
}

// findAnchors finds the anchors of the first n blocks but the first in b, and returns a bit for each that has any. starts is all ones for texts of
// their own, otherwise 0: then a card begins where a group of digits does.
func findAnchors(b *[chunk + 3]block, found *[chunk]anchors, mask *anchors, n, starts uint64) (some uint64) {
	before, d := b[0].digit, b[1].digit
	row := d | (b[1].space|b[1].dash)&(d<<1|before>>63)&(d>>1|b[2].digit<<63) // digits, and what separates groups of them
	for i := range int(n) {
		cur, after := &b[1+i], &b[2+i]
		nd := after.digit
		next := nd | (after.space|after.dash)&(nd<<1|d>>63)&(nd>>1|b[3+i].digit<<63)
		a := anchors{at: cur.at & mask.at &^ (cur.space<<1 | b[i].space>>63), hint: cur.hint & mask.hint}
		if d|nd&7 != 0 {
			// Rows of 2, 4 and 12 bytes begin at the bits that are left.
			four := row & (row>>1 | next<<63)
			more := next & (next >> 1)
			four &= four>>2 | more<<62
			more &= more >> 2
			a.card = four & (four>>4 | more<<60) & (four>>8 | more<<56) & d & mask.card &^ (starts & (d<<1 | before>>63))
			a.card &= ^cur.rare | four>>11 | more<<53 // 15 bytes

			gap := row &^ d
			if a.ssn = gap & (gap>>3 | (next&^nd)<<61) & mask.ssn; a.ssn != 0 {
				a.ssn &= (d>>4 | nd<<60) & (d>>5 | nd<<59) & (d>>6 | nd<<58) & (d>>7 | nd<<57)
			}
			if dot := cur.dot & (d<<1 | before>>63) & (d>>1 | nd<<63) & mask.ipv4; dot != 0 {
				dots := after.dot & (nd<<1 | d>>63) & (nd >> 1)
				dot &= dot>>2 | dot>>3 | dot>>4 | dots<<62 | dots<<61 | dots<<60
				dots &= dots>>2 | dots>>3 | dots>>4
				a.ipv4 = dot & (dot>>2 | dot>>3 | dot>>4 | dots<<62 | dots<<61 | dots<<60)
			}
			a.iban = cur.letter & (cur.letter>>1 | after.letter<<63) & (d>>2 | nd<<62) & (d>>3 | nd<<61) & mask.iban
		}
		found[i] = a
		if a.all() != 0 {
			some |= 1 << i
		}
		before, d, row = d, nd, next
	}
	return some
}
