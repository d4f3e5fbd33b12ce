package compress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/libnasp/libnasp/kafkaproto"
)

var codecs = []kafkaproto.Compression{
	kafkaproto.Gzip, kafkaproto.Snappy, kafkaproto.LZ4, kafkaproto.LZ4Magic0, kafkaproto.Zstd,
}

func samples() [][]byte {
	random := make([]byte, 200_000)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	return [][]byte{{}, []byte("a"), []byte(strings.Repeat("synthetic record ", 20_000)), random, make([]byte, 1<<20)}
}

func TestRoundTrip(t *testing.T) {
	var c Codecs // the same for all, as in use
	for range 2 {
		for _, codec := range codecs {
			for i, in := range samples() {
				packed, err := c.AppendCompressed([]byte("x"), in, codec)
				if err != nil || packed[0] != 'x' {
					t.Fatalf("%v, sample %d: %v", codec, i, err)
				}
				out, err := c.AppendDecompressed([]byte("y"), packed[1:], codec)
				if err != nil {
					t.Fatalf("%v, sample %d: %v", codec, i, err)
				}
				if out[0] != 'y' || !bytes.Equal(out[1:], in) {
					t.Fatalf("%v, sample %d: %d bytes became %d", codec, i, len(in), len(out)-1)
				}
			}
		}
	}
}

func TestRawSnappy(t *testing.T) {
	var c Codecs
	for i, in := range samples() {
		out, err := c.AppendDecompressed(nil, snappy.Encode(nil, in), kafkaproto.Snappy)
		if err != nil || !bytes.Equal(out, in) {
			t.Errorf("sample %d: %v", i, err)
		}
	}
}

// TestLZ4Checksum checks the two checksums of a frame's header against known frames: flags 0x60, block descriptor 0x40, of which
// the right one is 0x82 (as every LZ4 tool writes it).
func TestLZ4Checksum(t *testing.T) {
	var c Codecs
	right, err := c.AppendCompressed(nil, []byte("abc"), kafkaproto.LZ4)
	if err != nil {
		t.Fatal(err)
	}
	if right[4] != 0x60 || right[5] != 0x40 || right[6] != 0x82 {
		t.Fatalf("header % x", right[:7])
	}
	wrong, err := c.AppendCompressed(nil, []byte("abc"), kafkaproto.LZ4Magic0)
	if err != nil || wrong[6] == right[6] {
		t.Fatalf("the checksum isn't wrong: % x, %v", wrong[:7], err)
	}
	other := bytes.Clone(right)
	other[6] = ^other[6]
	if other[6] == wrong[6] {
		other[6]++
	}
	if _, err := c.AppendDecompressed(nil, other, kafkaproto.LZ4); !errors.Is(err, kafkaproto.Malformed) {
		t.Errorf("neither checksum: %v", err)
	}
}

// TestLimit checks that bombs stay bounded, and that the codecs work after them.
func TestLimit(t *testing.T) {
	var big Codecs
	for _, codec := range codecs {
		bomb, err := big.AppendCompressed(nil, make([]byte, 4<<20), codec)
		if err != nil {
			t.Fatal(err)
		}
		c := Codecs{Limit: 1 << 20}
		out, err := c.AppendDecompressed([]byte("x"), bomb, codec)
		if !errors.Is(err, kafkaproto.TooLarge) || string(out) != "x" {
			t.Errorf("%v: %d bytes, %v", codec, len(out), err)
		}
		fits, _ := big.AppendCompressed(nil, make([]byte, 1<<20), codec)
		if out, err = c.AppendDecompressed(nil, fits, codec); err != nil || len(out) != 1<<20 {
			t.Errorf("%v: what fits gives %d bytes, %v", codec, len(out), err)
		}
	}
}

func TestAnnouncedSizes(t *testing.T) {
	huge := binary.AppendUvarint(nil, 90<<20)
	tests := map[string]struct {
		codec kafkaproto.Compression
		in    []byte
	}{
		"snappy":        {kafkaproto.Snappy, append(huge, 0)},
		"xerial":        {kafkaproto.Snappy, append(append(append([]byte{}, xerialHeader...), 0, 0, 0, byte(len(huge)+1)), append(huge, 0)...)},
		"xerial length": {kafkaproto.Snappy, append(append([]byte{}, xerialHeader...), 0xff, 0xff, 0xff, 0xff)},
		"zstd":          {kafkaproto.Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0x80, 5, 1, 0, 0}},
	}
	for name, tt := range tests {
		var c Codecs
		var err error
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = c.AppendDecompressed(nil, tt.in, tt.codec)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if err == nil || allocated > 8<<20 {
			t.Errorf("%s: %d bytes taken, %v", name, allocated, err)
		}
	}
}

func TestDamaged(t *testing.T) {
	var c Codecs
	for _, codec := range codecs {
		whole, err := c.AppendCompressed(nil, []byte(strings.Repeat("synthetic", 100)), codec)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 3, len(whole) / 2, len(whole) - 1} {
			if _, err := c.AppendDecompressed(nil, whole[:n], codec); err == nil {
				t.Errorf("%v: no error for %d of %d bytes", codec, n, len(whole))
			}
		}
	}
	if _, err := c.AppendDecompressed(nil, nil, 7); !errors.Is(err, kafkaproto.Malformed) {
		t.Errorf("unknown codec: %v", err)
	}
}

func FuzzDecompress(f *testing.F) {
	var c Codecs
	for _, codec := range codecs {
		packed, err := c.AppendCompressed(nil, []byte(strings.Repeat("synthetic", 30)), codec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(codec), packed)
	}
	f.Fuzz(func(t *testing.T, codec byte, in []byte) {
		c := Codecs{Limit: 1 << 20}
		out, err := c.AppendDecompressed(nil, in, kafkaproto.Compression(codec))
		if err == nil && len(out) > 1<<20 {
			t.Fatalf("%d bytes, more than the limit", len(out))
		}
	})
}

// TestWork: the work is told of as it goes on, of Zstandard in one go.
func TestWork(t *testing.T) {
	told, largest := 0, 0
	c := Codecs{Work: func(n int) { told += n; largest = max(largest, n) }}
	in := []byte(strings.Repeat("synthetic record ", 20_000))
	check := func(what string, codec kafkaproto.Compression, least int) {
		t.Helper()
		if told < least || codec != kafkaproto.Zstd && largest > 256<<10 {
			t.Errorf("%s %v: told of %d, at least %d expected; %d in one go", what, codec, told, least, largest)
		}
		told, largest = 0, 0
	}
	for _, codec := range codecs {
		packed, err := c.AppendCompressed(nil, in, codec)
		if err != nil {
			t.Fatal(err)
		}
		check("compress", codec, len(in))
		if _, err := c.AppendDecompressed(nil, packed, codec); err != nil {
			t.Fatal(err)
		}
		check("decompress", codec, len(in))
	}
}
