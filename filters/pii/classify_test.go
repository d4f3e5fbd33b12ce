package pii

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// slowBlock is what classify must give for the first 64 bytes of p.
func slowBlock(p []byte, t *tables) (b block) {
	for i, c := range p[:blockSize] {
		bit := uint64(1) << i
		for mask, is := range map[*uint64]bool{
			&b.digit: isDigit(c), &b.letter: isLetter(c), &b.space: contains(" /()", c), &b.dash: c == '-', &b.dot: c == '.', &b.colon: c == ':', &b.escape: c == '\\',
			&b.hint: c == '@' || t.hint[0].of(c)&t.hint[1].of(p[i+1])&t.hint[2].of(p[i+2])&t.hint[3].of(p[i+3]) != 0 && t.filter.mayBegin(p[i:]),
		} {
			if is {
				*mask |= bit
			}
		}
	}
	return b
}

// TestClassify compares the kernel with bytes looked at one by one. Run it in Wasm too, by Go 1.27, for the other kernel:
//
//	GOTOOLCHAIN=go1.27.4 GOOS=wasip1 GOARCH=wasm go test -exec 'go run github.com/tetratelabs/wazero/cmd/wazero run' -run TestClassify .
func TestClassify(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	e := newEngine(t)
	some := []byte("pasPWD\\u0secTOKautCREkeyssn%40 -.@09azAZ`[{/:()\x00\x7f\x80\xb0\xc0\xff\xae\xe1")
	for round := range 3000 {
		p := make([]byte, 3*blockSize+lookahead)
		for i := range p {
			if p[i] = byte(r.Uint32()); round%2 == 0 {
				p[i] = some[r.IntN(len(some))]
			}
		}
		for i := 0; round%3 == 0 && i+8 < len(p); i += 8 {
			l := e.dispatch.literals.list
			copy(p[i:], l[1+r.IntN(len(l)-1)].text)
		}
		got := make([]block, 3)
		classify(p, got, &e.blocks)
		for i, b := range got {
			if want := slowBlock(p[i*blockSize:], &e.blocks.tables); b != want {
				t.Fatalf("block %d of %q:\n got %x\nwant %x", i, p, b, want)
			}
		}
	}
}

// TestLiterals: each literal is found where it stands, in any case if it is a word.
func TestLiterals(t *testing.T) {
	e := newEngine(t)
	for _, l := range e.dispatch.literals.list[1:] {
		for _, text := range []string{l.text, strings.ToUpper(l.text)} {
			if text != l.text && !l.fold {
				continue
			}
			p := make([]byte, 2*blockSize+lookahead)
			copy(p[60:], text)
			got := make([]block, 2)
			classify(p, got, &e.blocks)
			i := 60 + l.at
			if got[i/blockSize].hint>>(i%blockSize)&1 == 0 || !l.has(p, 60) {
				t.Errorf("%q isn't found: %x", text, got[0].hint)
			}
		}
	}
}

// TestFind compares the kernel that finds anchors with the plain code, over some chunks.
func TestFind(t *testing.T) {
	e := newEngine(t)
	r := rand.New(rand.NewPCG(3, 4))
	x := &e.blocks
	sample := logs(1 << 13)
	for round := range 2000 {
		var text []byte
		for size := 1 + r.IntN(10_000>>(round%8)); len(text) < size; {
			switch round % 4 {
			case 0:
				text = append(text, byte(r.Uint32()))
			case 1:
				text = append(text, "0123456789abcdefAB.-: /()\\"[r.IntN(26)])
			case 2:
				text = append(text, parts[r.IntN(len(parts))]...)
			default:
				at := r.IntN(len(sample) - 200)
				text = append(text, sample[at:at+r.IntN(200)]...)
			}
		}
		fields := []Field{{r.IntN(1 + len(text)/2), len(text)}}
		x.start(fields)
		for base := 0; base <= len(text); base += chunk * blockSize {
			n := x.load(text, base, fields)
			before := x.carry
			some := x.findSlowly(n, &e.mask)
			anchors, rows, carry := x.anchors, x.rows, x.carry
			x.carry = before
			if got := x.find(n, &e.mask); got != some || x.anchors != anchors || x.rows != rows || x.carry != carry {
				t.Fatalf("%q from %d on: blocks %x, want %x", text, base, got, some)
			}
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	p := orders(64<<10+lookahead, 0)
	out := make([]block, len(p)/blockSize)
	e := newEngine(b)
	b.SetBytes(64 << 10)
	for b.Loop() {
		classify(p, out, &e.blocks)
	}
}
