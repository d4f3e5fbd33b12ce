package kafka

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

// marker is a filter that upper-cases records, or refuses those that begin with '!'.
type marker struct{ frames int }

func (*marker) Name() string    { return "marker" }
func (*marker) Requests() []API { return APIs(kafkaproto.APIKeyProduce) }

func (m *marker) OnRequest(r *Request) error {
	m.frames++
	for _, p := range r.Produce.Partitions {
		if len(p.Records) > 0 && p.Records[0] == '!' {
			r.Refuse(Refusal{Code: kafkaproto.InvalidRecord, Message: "no exclamation marks"})
			return nil
		}
		if up := bytes.ToUpper(p.Records); !bytes.Equal(up, p.Records) {
			copy(p.Records, up)
			r.Patched()
		}
	}
	return nil
}

// newStream is a stream of a chain of its own.
func newStream(t testing.TB, filters ...Filter) *Stream {
	t.Helper()
	return newStreamOf(t, Config{Filters: filters, Compressor: &compress.Codecs{Limit: 1 << 20}})
}

func newStreamOf(t testing.TB, config Config) *Stream {
	t.Helper()
	c, err := NewChain(config)
	if err != nil {
		t.Fatal(err)
	}
	return c.NewStream()
}

// produceFrame is a Produce request of one partition.
func produceFrame(correlationID int32, acks int16, records string) []byte {
	return kafkatest.Produce(correlationID, acks, []byte(records))
}

// feed sends b in pieces through one direction and returns what comes out.
func feed(t *testing.T, run func(Buffer, int, bool) error, b []byte, cut func(left int) int) []byte {
	t.Helper()
	var out []byte
	for len(b) > 0 {
		n := min(cut(len(b)), len(b))
		buf := &kafkatest.Buffer{B: bytes.Clone(b[:n])}
		if err := run(buf, n, false); err != nil {
			t.Fatal(err)
		}
		out = append(out, buf.B...)
		b = b[n:]
	}
	return out
}

func whole(left int) int { return left }
func one(int) int        { return 1 }

func TestFramesCutAnywhere(t *testing.T) {
	other := kafkatest.Frame(append(kafkatest.Header(3, 1, 7), 0, 0, 0, 0))
	large := kafkatest.Frame(append(kafkatest.Header(18, 3, 8), make([]byte, 70_000)...))
	in := bytes.Join([][]byte{
		other, produceFrame(1, 1, "abc"), produceFrame(2, 1, strings.Repeat("xyz ", 30_000)), large,
		produceFrame(3, 1, "UNCHANGED"), produceFrame(4, 1, ""), other,
	}, nil)
	want := bytes.Join([][]byte{
		other, produceFrame(1, 1, "ABC"), produceFrame(2, 1, strings.Repeat("XYZ ", 30_000)), large,
		produceFrame(3, 1, "UNCHANGED"), produceFrame(4, 1, ""), other,
	}, nil)
	cuts := map[string]func(int) int{
		"whole": whole, "one byte": one,
		"random": func(int) int { return 1 + rand.IntN(40) }, "large random": func(int) int { return 1 + rand.IntN(100_000) },
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			h := &marker{}
			if got := feed(t, newStream(t, h).Downstream, in, cut); !bytes.Equal(got, want) {
				t.Fatalf("other bytes than expected: %d, want %d", len(got), len(want))
			}
			if h.frames != 4 {
				t.Fatalf("%d Produce requests seen, want 4", h.frames)
			}
		})
	}
}

func TestWholeFrameLeavesBeforePartialOne(t *testing.T) {
	first, second := produceFrame(1, 1, "abc"), produceFrame(2, 1, "def")
	s := newStream(t, &marker{})
	half := len(second) / 2
	if got := feed(t, s.Downstream, append(bytes.Clone(first), second[:half]...), whole); !bytes.Equal(got, produceFrame(1, 1, "ABC")) {
		t.Fatalf("%d bytes left after one and a half frames, want the first frame", len(got))
	}
	if got := feed(t, s.Downstream, second[half:], whole); !bytes.Equal(got, produceFrame(2, 1, "DEF")) {
		t.Fatal("the second frame is not as expected")
	}
}

func TestUnchangedFramesAreNotRewritten(t *testing.T) {
	in := append(produceFrame(1, 1, "ABC"), produceFrame(2, 1, "DEF")...)
	buf := &noEdit{kafkatest.Buffer{B: in}}
	if err := newStream(t, &marker{}).Downstream(buf, len(in), false); err != nil {
		t.Fatal(err)
	}
}

type noEdit struct{ kafkatest.Buffer }

func (*noEdit) ReplacePrefix(int, []byte) error { return errors.New("edited") }

func TestRefusalIsSubstituted(t *testing.T) {
	for _, cut := range []func(int) int{whole, one} {
		s := newStream(t, &marker{})
		in := bytes.Join([][]byte{produceFrame(1, 1, "abc"), produceFrame(2, -1, "!x"), produceFrame(3, 1, "def")}, nil)
		want := bytes.Join([][]byte{
			produceFrame(1, 1, "ABC"), kafkaproto.AppendEmptyMetadataRequest(nil, 2, []byte("me")), produceFrame(3, 1, "DEF"),
		}, nil)
		if got := feed(t, s.Downstream, in, cut); !bytes.Equal(got, want) {
			t.Fatal("the requests that leave are not as expected")
		}
		first := kafkatest.Frame(append([]byte{0, 0, 0, 1}, "first"...))
		metadata := kafkatest.Frame(append([]byte{0, 0, 0, 2}, "brokers"...))
		third := kafkatest.Frame(append([]byte{0, 0, 0, 3}, "third"...))
		got := feed(t, s.Upstream, bytes.Join([][]byte{first, metadata, third}, nil), cut)
		req := kafkaproto.ProduceRequest{RequestHeader: kafkaproto.RequestHeader{APIVersion: 7, CorrelationID: 2}, Partitions: []kafkaproto.ProducePartition{{Topic: []byte("t")}}}
		refusal := kafkaproto.AppendProduceRefusal(nil, &req, kafkaproto.InvalidRecord, "no exclamation marks")
		if want := bytes.Join([][]byte{first, refusal, third}, nil); !bytes.Equal(got, want) {
			t.Fatalf("the answers are not as expected: %q", got)
		}
	}
}

func TestRefusedWithoutAcksIsDropped(t *testing.T) {
	s := newStream(t, &marker{})
	in := append(produceFrame(1, 0, "!x"), produceFrame(2, 1, "abc")...)
	if got := feed(t, s.Downstream, in, whole); !bytes.Equal(got, produceFrame(2, 1, "ABC")) {
		t.Fatal("more or less than the second request left")
	}
	answer := kafkatest.Frame([]byte{0, 0, 0, 2, 9})
	if got := feed(t, s.Upstream, answer, whole); !bytes.Equal(got, answer) {
		t.Fatal("an answer was replaced though nobody waits for one")
	}
}

func TestSaslTokensPass(t *testing.T) {
	handshake := kafkatest.Frame(append(kafkatest.Header(17, 0, 1), 0, 5, 'P', 'L', 'A', 'I', 'N'))
	in := bytes.Join([][]byte{handshake, kafkatest.Frame([]byte("\x00u\x00p")), kafkatest.Frame(nil), kafkatest.Frame([]byte("x")), produceFrame(1, 1, "abc")}, nil)
	want := append(bytes.Clone(in[:len(in)-3]), "ABC"...)
	answers := bytes.Join([][]byte{kafkatest.Frame([]byte{0, 0, 0, 1, 0, 0}), kafkatest.Frame(nil), kafkatest.Frame([]byte("ok"))}, nil)
	for _, cut := range []func(int) int{whole, one} {
		s := newStream(t, &marker{})
		if got := feed(t, s.Downstream, in, cut); !bytes.Equal(got, want) {
			t.Fatal("tokens or the request after them changed")
		}
		if got := feed(t, s.Upstream, answers, cut); !bytes.Equal(got, answers) {
			t.Fatal("tokens of the broker changed")
		}
	}
}

func TestBadFrames(t *testing.T) {
	lying := produceFrame(1, 1, "abc")
	lying[len(lying)-4] = 200 // the records claim 200 bytes
	version := produceFrame(1, 1, "abc")
	version[7] = 99
	tests := map[string]struct {
		in   []byte
		want string
	}{
		"records beyond the end": {lying, "has a length beyond the end"},
		"unknown version":        {version, "the newest known is 13"},
		"TLS":                    {[]byte{0x16, 3, 1, 0, 200, 1, 0, 0, 0}, "let nasp do TLS"},
		"too large":              {[]byte{0x7f, 0, 0, 0, 0, 0, 0, 7}, "larger than the limit"},
		"negative":               {[]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 7}, "larger than the limit"},
		"too small":              {[]byte{0, 0, 0, 2, 0, 0, 0, 7}, "smaller than its header"},
		"trailing bytes":         {kafkatest.Frame(append(produceFrame(1, 1, "abc")[4:], 1)), "don't belong"},
	}
	for name, test := range tests {
		for _, cut := range []int{len(test.in), 1} {
			s := newStream(t, &marker{})
			var err error
			passed := 0
			for in := test.in; len(in) > 0 && err == nil; {
				buf := &kafkatest.Buffer{B: bytes.Clone(in[:cut])}
				err = s.Downstream(buf, cut, false)
				in = in[cut:]
				if err == nil {
					passed += len(buf.B)
				}
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: error %v, want one that says %q", name, err, test.want)
			}
			if passed > 0 {
				t.Errorf("%s: %d bytes passed", name, passed)
			}
		}
	}
}

func TestEndWithinARequest(t *testing.T) {
	s := newStream(t, &marker{})
	feed(t, s.Downstream, produceFrame(1, 1, "abc")[:20], whole)
	if err := s.Downstream(&kafkatest.Buffer{}, 0, true); err == nil {
		t.Fatal("no error though bytes were discarded")
	}
	s = newStream(t, &marker{})
	buf := &kafkatest.Buffer{B: []byte{0, 0, 0}}
	if err := s.Upstream(buf, 3, true); err != nil || len(buf.B) != 3 {
		t.Fatalf("the last bytes of the server: %d, %v", len(buf.B), err)
	}
}
