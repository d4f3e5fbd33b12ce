package kafkaproto

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
)

// wantEven wants the frames whose first byte is even.
func wantEven(_ int, start []byte) bool { return len(start) > 0 && start[0]%2 == 0 }

// split feeds stream in chunks and returns the wanted frames and all bytes that came out.
func split(t testing.TB, s *Splitter, stream []byte, chunkLen func() int) (frames [][]byte, all []byte, err error) {
	for len(stream) > 0 {
		n := min(chunkLen(), len(stream))
		chunk := stream[:n]
		stream = stream[n:]
		for len(chunk) > 0 {
			p, rest, err := s.Next(chunk)
			if err != nil {
				return frames, all, err
			}
			if len(p.Data) == 0 && len(rest) > 0 {
				t.Fatal("no progress")
			}
			if p.Frame {
				frames = append(frames, bytes.Clone(p.Data))
			}
			all = append(all, p.Data...)
			chunk = rest
		}
	}
	return frames, all, nil
}

func TestSplitterChunks(t *testing.T) {
	var stream []byte
	var want [][]byte
	for i := range 40 {
		body := bytes.Repeat([]byte{byte(i)}, []int{0, 1, 3, 4, 5, 100, 5000}[i%7])
		f := kafkatest.Frame(body)
		stream = append(stream, f...)
		if len(body) > 0 && i%2 == 0 {
			want = append(want, f)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for name, chunk := range map[string]func() int{
		"bytes":  func() int { return 1 },
		"threes": func() int { return 3 },
		"all":    func() int { return len(stream) },
		"random": func() int { return 1 + rng.IntN(300) },
	} {
		for _, look := range []int{1, 4, 8} {
			s := &Splitter{Want: wantEven, Look: look}
			frames, all, err := split(t, s, stream, chunk)
			if err != nil || !bytes.Equal(all, stream) {
				t.Fatalf("%s, look %d: %d of %d bytes came out, %v", name, look, len(all), len(stream), err)
			}
			if len(frames) != len(want) {
				t.Fatalf("%s, look %d: %d frames, want %d", name, look, len(frames), len(want))
			}
			for i := range want {
				if !bytes.Equal(frames[i], want[i]) {
					t.Fatalf("%s, look %d: frame %d differs", name, look, i)
				}
			}
			if s.Inside() {
				t.Errorf("%s: inside a frame at the end", name)
			}
		}
	}
}

// TestSplitterHoldsLittle checks that unwanted frames aren't gathered, and that a size alone costs nothing.
func TestSplitterHoldsLittle(t *testing.T) {
	s := &Splitter{Want: func(int, []byte) bool { return false }, Look: 4}
	f := kafkatest.Frame(make([]byte, 1<<20))
	for len(f) > 0 {
		n := min(1000, len(f))
		if _, rest, err := s.Next(f[:n]); err != nil || len(rest) > 0 {
			t.Fatal(err, len(rest))
		}
		if s.Held() > 8 {
			t.Fatalf("holds %d bytes", s.Held())
		}
		f = f[n:]
	}
	w := &Splitter{}
	allocated := testing.AllocsPerRun(1, func() { _, _, _ = w.Next([]byte{6, 0, 0, 0, 1}) })
	if cap(w.held) > 1024 || allocated > 2 {
		t.Fatalf("a frame of 96 MiB that has begun took a buffer of %d bytes", cap(w.held))
	}
	if !w.Inside() {
		t.Error("not inside a frame")
	}
}

func TestSplitterErrors(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		max  int
		want Kind
	}{
		{"TLS handshake", []byte{0x16, 3, 1, 0}, 0, TLS},
		{"TLS alert", []byte{0x15, 3, 3, 0}, 0, TLS},
		{"negative", []byte{0xff, 0xff, 0xff, 0xff}, 0, TooLarge},
		{"over the default", []byte{0x06, 0x40, 0, 1}, 0, TooLarge},
		{"over the limit", []byte{0, 0, 0, 11}, 10, TooLarge},
		{"HTTP", []byte("GET / HTTP/1.1"), 0, TooLarge},
	}
	for _, tt := range tests {
		for _, chunk := range []int{1, 100} {
			s := &Splitter{MaxFrame: tt.max}
			_, _, err := split(t, s, tt.in, func() int { return chunk })
			if !errors.Is(err, tt.want) {
				t.Errorf("%s in chunks of %d: %v", tt.name, chunk, err)
			}
			if _, _, again := s.Next([]byte{0, 0, 0, 0}); again != err {
				t.Errorf("%s in chunks of %d: the error doesn't stick: %v", tt.name, chunk, again)
			}
		}
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add(append(kafkatest.Frame([]byte("abcdef")), kafkatest.Frame([]byte("bcdefg"))...), uint8(3))
	f.Add([]byte{0x16, 3, 1, 0, 9}, uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, chunk uint8) {
		s := &Splitter{Want: wantEven, Look: 4, MaxFrame: 1 << 16}
		frames, all, err := split(t, s, in, func() int { return int(chunk) + 1 })
		whole := &Splitter{Want: wantEven, Look: 4, MaxFrame: 1 << 16}
		frames2, all2, err2 := split(t, whole, in, func() int { return len(in) })
		if (err == nil) != (err2 == nil) || len(frames) != len(frames2) {
			t.Fatalf("chunks matter: %d frames, %v; %d frames, %v", len(frames), err, len(frames2), err2)
		}
		if err == nil && (!bytes.Equal(all, in[:len(in)-s.Held()]) || len(all2) != len(in)-whole.Held()) {
			t.Fatal("bytes were lost")
		}
	})
}
