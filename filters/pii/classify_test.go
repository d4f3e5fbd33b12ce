package pii

import (
	"math/rand/v2"
	"testing"
)

// slowBlock is what classify must give for the first 64 bytes of p.
func slowBlock(p []byte) (b block) {
	for i, c := range p[:blockSize] {
		bit := uint64(1) << i
		if isDigit(c) {
			b.digit |= bit
		}
		if isLetter(c) {
			b.letter |= bit
		}
		if c == ' ' {
			b.space |= bit
		}
		if c == '-' {
			b.dash |= bit
		}
		if c == '.' {
			b.dot |= bit
		}
		if c == '@' {
			b.at |= bit
		}
		if contains("0179", c) {
			b.rare |= bit
		}
		if t := &kernelTables; t.hint[0].of(c)&t.hint[1].of(p[i+1])&t.hint[2].of(p[i+2]) != 0 {
			b.hint |= bit
		}
	}
	return b
}

// TestClassify compares the kernel with bytes looked at one by one. Run it in Wasm too, by Go 1.27, for the other kernel:
//
//	GOTOOLCHAIN=go1.27.4 GOOS=wasip1 GOARCH=wasm go test -exec 'go run github.com/tetratelabs/wazero/cmd/wazero run' -run TestClassify .
func TestClassify(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	some := []byte("pasPWD\\u0secTOKautCREkeyssn%40 -.@09azAZ`[{/:\x00\x7f\x80\xb0\xc0\xff\xae\xe1")
	for round := range 3000 {
		p := make([]byte, 3*blockSize+lookahead)
		for i := range p {
			if p[i] = byte(r.Uint32()); round%2 == 0 {
				p[i] = some[r.IntN(len(some))]
			}
		}
		for i := 0; round%3 == 0 && i+8 < len(p); i += 8 {
			set := hints[r.IntN(len(hints))]
			copy(p[i+r.IntN(6):], set[r.IntN(len(set))])
		}
		got := make([]block, 3)
		classify(p, got)
		for i, b := range got {
			if want := slowBlock(p[i*blockSize:]); b != want {
				t.Fatalf("block %d of %q:\n got %x\nwant %x", i, p, b, want)
			}
		}
	}
}

// TestHints: each hint is one in any case.
func TestHints(t *testing.T) {
	for _, set := range hints {
		for _, w := range set {
			for _, upper := range []byte{0, 0x20} {
				var p [blockSize + lookahead]byte
				for i := range w {
					if p[61+i] = w[i]; isLetter(w[i]) {
						p[61+i] &^= upper
					}
				}
				got := make([]block, 1)
				classify(p[:], got)
				if got[0].hint != 1<<61 {
					t.Errorf("%q: %x", p[61:64], got[0].hint)
				}
			}
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	p := orders(64<<10+lookahead, 0)
	out := make([]block, len(p)/blockSize)
	b.SetBytes(64 << 10)
	for b.Loop() {
		classify(p, out)
	}
}
