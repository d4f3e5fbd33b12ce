package conn_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/conn"
)

func TestSplice(t *testing.T) {
	for _, tt := range []struct {
		name     string
		start, n int
		p        string
		want     string // of "abcdef"; "" is an error
	}{
		{"nothing", 3, 0, "", "abcdef"},
		{"patch", 2, 2, "XY", "abXYef"},
		{"patch all", 0, 6, "UVWXYZ", "UVWXYZ"},
		{"grow in the middle", 2, 1, "XYZ", "abXYZdef"},
		{"shrink in the middle", 1, 4, "X", "aXf"},
		{"remove in the middle", 1, 4, "", "af"},
		{"prepend", 0, 0, "XY", "XYabcdef"},
		{"append", 6, 0, "XY", "abcdefXY"},
		{"drop the front", 0, 2, "", "cdef"},
		{"drop the back", 4, 2, "", "abcd"},
		{"replace all", 0, 6, "X", "X"},
		{"past the end", 7, 0, "X", ""},
		{"over the end", 5, 2, "X", ""},
		{"negative start", -1, 1, "X", ""},
		{"negative count", 1, -1, "X", ""},
		{"sum overflows", 1, int(^uint(0) >> 1), "X", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := []byte("abcdef")
			b := conn.NewBuffer(in)
			// A second time on a buffer that has storage of its own already.
			owned := conn.NewBuffer([]byte("-abcde"))
			owned.Splice(6, 0, []byte("f"))
			owned.Splice(0, 1, nil)
			for _, b := range []*conn.Buffer{b, owned} {
				err := b.Splice(tt.start, tt.n, []byte(tt.p))
				want := tt.want
				if want == "" {
					if want = "abcdef"; err == nil {
						t.Error("no error")
					}
				} else if err != nil {
					t.Error(err)
				}
				if got := string(b.Bytes()); got != want || b.Len() != len(want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if string(in) != "abcdef" {
				t.Errorf("the caller's slice was changed: %q", in)
			}
		})
	}
}

func TestSpliceOfItsOwnView(t *testing.T) {
	b := conn.NewBuffer([]byte("abcdef"))
	for _, step := range []struct {
		start, n, from, to int
		want               string
	}{
		{0, 0, 2, 4, "cdabcdef"},
		{1, 2, 0, 6, "ccdabcdbcdef"},
		{0, 3, 1, 4, "cdaabcdbcdef"},
	} {
		if err := b.Splice(step.start, step.n, b.Bytes()[step.from:step.to]); err != nil || string(b.Bytes()) != step.want {
			t.Fatalf("%q, %v, want %q", b.Bytes(), err, step.want)
		}
	}
}

// FuzzSplice compares a Buffer with slices.Replace.
func FuzzSplice(f *testing.F) {
	f.Add([]byte("abc"), []byte{0, 1, 2, 9, 9, 0})
	f.Fuzz(func(t *testing.T, in, script []byte) {
		b, want := conn.NewBuffer(in), bytes.Clone(in)
		before := bytes.Clone(in)
		for ; len(script) >= 3 && len(want) < 1<<16; script = script[3:] {
			start, n, p := int(script[0]), int(script[1]), []byte(strings.Repeat("x", int(script[2])))
			err := b.Splice(start, n, p)
			if ok := start+n <= len(want); ok != (err == nil) {
				t.Fatalf("Splice(%d, %d) of %d bytes: %v", start, n, len(want), err)
			} else if ok {
				want = slices.Replace(want, start, start+n, p...)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Fatalf("got %q, want %q", b.Bytes(), want)
			}
		}
		if !bytes.Equal(in, before) {
			t.Fatal("the caller's slice was changed")
		}
	})
}

func TestSpliceIsBounded(t *testing.T) {
	var err error
	grow := func(n int) conn.Filter {
		f := &hook{}
		f.down = func(_ context.Context, b *conn.Buffer, _ bool) (conn.Action, error) {
			err = b.Splice(b.Len(), 0, make([]byte, n))
			return conn.Pause, err
		}
		return f
	}
	for _, tt := range []struct {
		grow int
		full bool
	}{{190, false}, {191, true}} {
		cfg := filters(grow(tt.grow))
		cfg.MaxBuffered = 100
		c, _ := client(t, cfg)
		n, werr := c.Write(make([]byte, 10))
		if full := errors.Is(err, conn.ErrBufferFull); full != tt.full || errors.Is(werr, conn.ErrBufferFull) != tt.full {
			t.Errorf("growing by %d: %v; Write = %d, %v", tt.grow, err, n, werr)
		}
	}
}
