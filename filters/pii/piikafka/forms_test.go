package piikafka

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// form builds records of a magic and a codec.
func form(t testing.TB, magic int, codec kafkaproto.Compression, records ...kafkatest.Record) []byte {
	t.Helper()
	var c compress.Codecs
	packed := codec
	if magic == 0 && codec == kafkaproto.LZ4 {
		packed = kafkaproto.LZ4Magic0
	}
	b, err := kafkatest.Records(magic, uint8(codec), func(b []byte) ([]byte, error) { return c.AppendCompressed(nil, b, packed) }, records...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestForms masks records of every magic and codec, and leaves those alone in which nothing is found.
func TestForms(t *testing.T) {
	key := []byte("a@example.com")
	for magic := range 3 {
		for codec := kafkaproto.NoCompression; codec <= kafkaproto.Zstd; codec++ {
			if magic < 2 && codec == kafkaproto.Zstd {
				continue
			}
			t.Run(fmt.Sprint("magic ", magic, " ", codec), func(t *testing.T) {
				f, c := newFilter(t, Config{})
				in := form(t, magic, codec, kafkatest.Record{Key: key, Value: []byte("My email is example@email.com")}, kafkatest.Record{}, kafkatest.Record{Value: []byte("nothing")})
				want := form(t, magic, codec, kafkatest.Record{Key: key, Value: []byte("My email is *****************")}, kafkatest.Record{}, kafkatest.Record{Value: []byte("nothing")})
				out, changed, refusal := run(f, in)
				if refusal != nil || !changed || !bytes.Equal(out, want) {
					t.Errorf("changed %v, refused %v, got %q, want %q", changed, refusal, out, want)
				}
				if *c != (counts{masked: [3]int{0, 1, 0}, left: [3]int{1, 0, 0}, seen: 3}) {
					t.Errorf("counted %+v", *c)
				}
				in = form(t, magic, codec, kafkatest.Text("nothing", "here")...)
				if out, changed, refusal := run(f, bytes.Clone(in)); changed || refusal != nil || !bytes.Equal(out, in) {
					t.Errorf("changed %v, refused %v", changed, refusal)
				}
			})
		}
	}
}

// TestDirections masks what is produced, what is fetched, or both.
func TestDirections(t *testing.T) {
	plain, masked := kafkatest.Batch(kafkatest.Text("from example@email.com")...), kafkatest.Batch(kafkatest.Text("from *****************")...)
	tests := map[string]struct {
		directions        []string
		produced, fetched []byte
	}{
		"default": {nil, masked, plain},
		"produce": {[]string{"produce"}, masked, plain},
		"fetch":   {[]string{"fetch"}, plain, masked},
		"both":    {[]string{"fetch", "produce"}, masked, masked},
	}
	for name, test := range tests {
		f, _ := newFilter(t, Config{Directions: test.directions})
		chain, err := kafka.NewChain(kafka.Config{Filters: []kafka.Filter{f}})
		if err != nil {
			t.Fatal(err)
		}
		s := chain.NewStream()
		buf := &kafkatest.Buffer{B: kafkatest.Produce(1, 0, plain)}
		if err := s.Downstream(buf, len(buf.B), false); err != nil || !bytes.HasSuffix(buf.B, test.produced) {
			t.Errorf("%s: %q leaves, %v", name, buf.B, err)
		}
		fetch := &messages.FetchRequest{}
		fetch.SetDefaults()
		b, err := fetch.AppendTo(kafkatest.Header(1, 11, 2), 11)
		if err != nil {
			t.Fatal(err)
		}
		buf = &kafkatest.Buffer{B: kafkatest.Frame(b)}
		if err := s.Downstream(buf, len(buf.B), false); err != nil {
			t.Fatal(err)
		}
		p := messages.FetchResponsePartitionData{}
		p.SetDefaults()
		p.Records = plain
		answer := messages.FetchResponse{Responses: []messages.FetchResponseFetchableTopicResponse{{Topic: []byte("t"), Partitions: []messages.FetchResponsePartitionData{p}}}}
		if b, err = answer.AppendTo([]byte{0, 0, 0, 2}, 11); err != nil {
			t.Fatal(err)
		}
		buf = &kafkatest.Buffer{B: kafkatest.Frame(b)}
		if err := s.Upstream(buf, len(buf.B), false); err != nil || !bytes.HasSuffix(buf.B, test.fetched) {
			t.Errorf("%s: %q arrives, %v", name, buf.B, err)
		}
	}
	if _, err := New(Config{Directions: []string{"both"}}, &counts{}); err == nil {
		t.Error("a direction that there isn't is accepted")
	}
}
