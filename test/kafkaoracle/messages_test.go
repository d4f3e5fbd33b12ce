package kafkaoracle

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/registry"
)

const seed = 4

// javaCase is one message as the oracle wrote it.
type javaCase struct {
	name, kind string
	apiKey     int16
	version    int16
	made       []byte // as the oracle made it
	canonical  []byte // as Kafka wrote it after reading that
	others     []other
}

// other is the same message as Kafka wrote it in another version.
type other struct {
	version int16
	written []byte // nil: Kafka refuses
}

// TestMessagesAgreeWithKafka compares every message in every version with the
// classes of Kafka's jars, in both directions.
func TestMessagesAgreeWithKafka(t *testing.T) {
	requireE2E(t)
	cases := 16
	if n := os.Getenv("NASP_ORACLE"); n != "" {
		var err error
		if cases, err = strconv.Atoi(n); err != nil {
			t.Fatalf("NASP_ORACLE: %v", err)
		}
	}
	seen := map[string]bool{}
	pairs := 0
	for _, set := range jarSets(t) {
		kinds, n := javaToGo(t, set, cases, seen)
		pairs += n
		pairs += goToJava(t, set, kinds, cases)
	}
	versions := guardCoverage(t, seen)
	t.Logf("compared %d pairs of %d messages in %d versions", pairs, len(registry.Names()), versions)
}

// guardCoverage fails when a message or version of ours was never compared.
// The other way round, a descriptor that we lack fails in find.
func guardCoverage(t *testing.T, seen map[string]bool) int {
	versions := 0
	for _, name := range registry.Names() {
		lo, hi := registry.New(name).Versions()
		for v := lo; v <= hi; v++ {
			versions++
			if !seen[key(name, v)] {
				t.Errorf("%s v%d: no jar has it", name, v)
			}
		}
	}
	return versions
}

func key(name string, version int16) string { return fmt.Sprintf("%s v%d", name, version) }

// find returns our message for the oracle's, nil if there is none.
func find(c *javaCase) kafkaproto.Message {
	switch c.kind {
	case "request":
		return registry.NewRequest(kafkaproto.APIKey(c.apiKey))
	case "response":
		return registry.NewResponse(kafkaproto.APIKey(c.apiKey))
	}
	return registry.New(c.name)
}

// javaToGo decodes what Java wrote and encodes it again. It returns one case
// for each message and version.
func javaToGo(t *testing.T, set *jarSet, cases int, seen map[string]bool) ([]*javaCase, int) {
	// The older jars are asked only for what the newer ones don't have.
	list := filepath.Join(t.TempDir(), "seen")
	if err := os.WriteFile(list, []byte(strings.Join(slices.Collect(maps.Keys(seen)), "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := java(t, set.path, "Oracle.java", append([]string{"gen", strconv.Itoa(seed), strconv.Itoa(cases), list}, set.jars...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReaderSize(out, 1<<20)
	var kinds []*javaCase
	reused := map[string]kafkaproto.Message{}
	n := 0
	for {
		c, err := readCase(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		m := find(c)
		if m == nil {
			t.Fatalf("%s: a descriptor of %s that we don't have", c.name, set.version)
		}
		if len(kinds) == 0 || key(kinds[len(kinds)-1].name, kinds[len(kinds)-1].version) != key(c.name, c.version) {
			kinds = append(kinds, c)
		}
		seen[key(m.MessageName(), c.version)] = true
		seen[key(c.name, c.version)] = true // it may have been renamed since
		compare(t, c, m)
		// Once more into a message that held others, in other versions too.
		if r := reused[m.MessageName()]; r != nil {
			compare(t, c, r)
		} else {
			reused[m.MessageName()] = m
		}
		compareOthers(t, c, m)
		n += 1 + len(c.others)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the oracle failed: %v", err)
	}
	if t.Failed() {
		t.FailNow()
	}
	return kinds, n
}

func compare(t *testing.T, c *javaCase, m kafkaproto.Message) {
	t.Helper()
	for _, in := range [][]byte{c.made, c.canonical} {
		if err := m.Decode(in, c.version); err != nil {
			t.Errorf("%s v%d: %v\n%x", c.name, c.version, err, cut(in))
			return
		}
		size, err := m.Size(c.version)
		if err != nil {
			t.Errorf("%s v%d: %v", c.name, c.version, err)
		}
		got, err := m.AppendTo(nil, c.version)
		if err != nil {
			t.Errorf("%s v%d: %v", c.name, c.version, err)
			return
		}
		if !bytes.Equal(got, c.canonical) {
			t.Errorf("%s v%d:\ngot  %x\nwant %x", c.name, c.version, cut(got), cut(c.canonical))
			return
		}
		if size != len(got) {
			t.Errorf("%s v%d: Size says %d, %d were written", c.name, c.version, size, len(got))
		}
	}
}

// compareOthers writes m, which holds the case, in other versions, and compares what is refused too.
func compareOthers(t *testing.T, c *javaCase, m kafkaproto.Message) {
	t.Helper()
	if err := m.Decode(c.canonical, c.version); err != nil {
		t.Errorf("%s v%d: %v", c.name, c.version, err)
		return
	}
	for _, o := range c.others {
		got, err := m.AppendTo(nil, o.version)
		switch {
		case o.written == nil && err == nil:
			t.Errorf("%s v%d as v%d: Kafka refuses, we write %x", c.name, c.version, o.version, cut(got))
		case o.written != nil && err != nil:
			t.Errorf("%s v%d as v%d: %v, Kafka writes %x", c.name, c.version, o.version, err, cut(o.written))
		case err == nil && !bytes.Equal(got, o.written):
			t.Errorf("%s v%d as v%d:\ngot  %x\nwant %x", c.name, c.version, o.version, cut(got), cut(o.written))
		}
	}
}

func cut(b []byte) []byte { return b[:min(len(b), 400)] }

func readCase(in *bufio.Reader) (*javaCase, error) {
	c := &javaCase{}
	var err error
	if c.name, err = readUTF(in); err != nil {
		return nil, err
	}
	if c.kind, err = readUTF(in); err != nil {
		return nil, err
	}
	var numbers [2]int16
	if err := binary.Read(in, binary.BigEndian, &numbers); err != nil {
		return nil, err
	}
	c.apiKey, c.version = numbers[0], numbers[1]
	if c.made, err = readBlock(in); err != nil {
		return nil, err
	}
	if c.canonical, err = readBlock(in); err != nil {
		return nil, err
	}
	for {
		var o other
		if err := binary.Read(in, binary.BigEndian, &o.version); err != nil || o.version < 0 {
			return c, err
		}
		if o.written, err = readBlock(in); err != nil {
			return nil, err
		}
		c.others = append(c.others, o)
	}
}

func readUTF(in *bufio.Reader) (string, error) {
	var n uint16
	if err := binary.Read(in, binary.BigEndian, &n); err != nil {
		return "", err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(in, b)
	return string(b), err
}

func readBlock(in *bufio.Reader) ([]byte, error) {
	var n int32
	if err := binary.Read(in, binary.BigEndian, &n); err != nil || n < 0 {
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(in, b)
	return b, err
}

// goToJava has Kafka read and write what we wrote.
func goToJava(t *testing.T, set *jarSet, kinds []*javaCase, cases int) int {
	cmd := java(t, set.path, "Oracle.java", append([]string{"check"}, set.jars...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	cmd.Stdout = &report
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(in, 1<<20)
	n := 0
	for _, c := range kinds {
		for i := range cases {
			rng := rand.New(rand.NewPCG(seed, uint64(n)))
			b, err := randomMessage(find(c), c.version, rng, i)
			if err != nil {
				t.Fatalf("%s v%d: %v", c.name, c.version, err)
			}
			binary.Write(out, binary.BigEndian, uint16(len(c.name)))
			_, _ = out.WriteString(c.name)
			binary.Write(out, binary.BigEndian, c.version)
			binary.Write(out, binary.BigEndian, uint32(len(b)))
			out.Write(b)
			n++
		}
	}
	if err := errors.Join(out.Flush(), in.Close(), cmd.Wait()); err != nil {
		t.Fatalf("Kafka %s disagrees: %v\n%s", set.version, err, &report)
	}
	want := fmt.Sprintf("checked same=%d wrong=0\n", n)
	if report.String() != want {
		t.Fatalf("Kafka %s says %q, want %q", set.version, &report, want)
	}
	return n
}
