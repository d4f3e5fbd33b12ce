//go:build !(wasm && go1.27)

package pii

// classify fills out from p, which has a block for each of out and lookahead bytes more.
func classify(p []byte, out []block, x *blocks) {
	for i := range out {
		classifyBlock((*[blockSize + lookahead]byte)(p[i*blockSize:]), &out[i], x)
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

func classifyBlock(p *[blockSize + lookahead]byte, b *block, x *blocks) {
	*b = block{hint: x.hints.bits(p, &x.tables.filter)}
	for i := 0; i < blockSize; i += 8 {
		w := load(p[i : i+8])
		low := w &^ highs // comparisons by additions that carry into the highest bit of each byte and no further
		ascii := ^w & highs
		b.digit |= gather(ascii&(low+(128-'0')*ones)&^(low+(127-'9')*ones)) << i
		folded := low | 0x20*ones
		b.letter |= gather(ascii&(folded+(128-'a')*ones)&^(folded+(127-'z')*ones)) << i
		b.space |= gather(ascii&(equal(low, ' ')|equal(low, '/')|equal(low&^ones, '('))) << i
		b.dash |= gather(ascii&equal(low, '-')) << i
		b.dot |= gather(ascii&equal(low, '.')) << i
		b.colon |= gather(ascii&equal(low, ':')) << i
		b.escape |= gather(ascii&equal(low, '\\')) << i
	}
}

// equal sets the highest bit of each byte of low, whose highest bits are 0, that is c. The other bits are undefined.
func equal(low uint64, c byte) uint64 { return ^((low ^ uint64(c)*ones) + 0x7f*ones) }

// gather makes a mask of 8 bits of the highest bits of 8 bytes. The other bits must be 0.
func gather(x uint64) uint64 { return (x >> 7) * 0x0102040810204080 >> 56 }

func (t *hintTable) bits(p *[blockSize + lookahead]byte, f *filter) (bits uint64) {
	first, second, third := t[p[0]], t[p[1]], t[p[2]]
	for i := range blockSize {
		fourth := t[p[i+3]]
		if first&(second>>8)&(third>>16)&(fourth>>24) != 0 && f.mayBegin(p[i:i+window]) || p[i] == '@' {
			bits |= 1 << i
		}
		first, second, third = second, third, fourth
	}
	return bits
}

func (x *blocks) find(n int, mask *anchors) uint64 { return x.findSlowly(n, mask) }
