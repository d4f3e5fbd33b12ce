package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/test/e2e/internal/process"
)

// KcatOutput returns what kcat -C prints for all records of a topic that are there now. args are added to its command line.
func (b *Broker) KcatOutput(t testing.TB, topic string, args ...string) string {
	t.Helper()
	kcat, err := find("kcat")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), guard)
	defer cancel()
	cmd := exec.CommandContext(ctx, kcat, append([]string{"-C", "-e", "-q", "-b", b.Addr(""), "-t", topic}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kafkatest: kcat on topic %s: %v\n%s", topic, errors.Join(err, ctx.Err()), process.Tail(stderr.String()))
	}
	return string(out)
}

// KcatProduce sends stdin by kcat -P to a topic through the broker's listener at addr, a line a record unless args, which are added to its
// command line, say otherwise. The error of a kcat that fails, also of one whose record was refused, holds what it printed.
func (b *Broker) KcatProduce(t testing.TB, addr, topic, stdin string, args ...string) error {
	t.Helper()
	kcat, err := find("kcat")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), guard)
	defer cancel()
	cmd := exec.CommandContext(ctx, kcat, append([]string{"-P", "-b", addr, "-t", topic}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("kafkatest: kcat on topic %s: %w\n%s", topic, errors.Join(err, ctx.Err()), process.Tail(string(out)))
	}
	return nil
}

// kcatFormat begins each record with its lengths, so that keys and values may hold anything. Headers may not hold commas, equals
// signs or line ends: kcat has no lengths for them.
const kcatFormat = `%p %o %K %S\n%k%s%h\n`

// Kcat returns all records that a topic holds now, by partition and offset, as kcat (librdkafka) reads them.
func (b *Broker) Kcat(t testing.TB, topic string) []Record {
	t.Helper()
	records, err := parseKcat([]byte(b.KcatOutput(t, topic, "-f", kcatFormat)))
	if err != nil {
		t.Fatalf("kafkatest: kcat's output for topic %s: %v", topic, err)
	}
	sortRecords(records)
	return records
}

// parseKcat reads what kcat prints by kcatFormat.
func parseKcat(out []byte) ([]Record, error) {
	var records []Record
	for len(out) > 0 {
		r, rest, err := parseKcatRecord(out)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", len(records), err)
		}
		records, out = append(records, r), rest
	}
	return records, nil
}

func parseKcatRecord(out []byte) (r Record, rest []byte, err error) {
	line, rest, found := bytes.Cut(out, []byte("\n"))
	if !found {
		return r, nil, errors.New("the first line has no end")
	}
	var n [4]int64
	fields := strings.Fields(string(line))
	if len(fields) != len(n) {
		return r, nil, fmt.Errorf("%d fields instead of %d", len(fields), len(n))
	}
	for i, f := range fields {
		if n[i], err = strconv.ParseInt(f, 10, 64); err != nil {
			return r, nil, err
		}
	}
	r.Partition, r.Offset = int32(n[0]), n[1]
	if r.Key, rest, err = take(rest, n[2]); err != nil {
		return r, nil, fmt.Errorf("key: %w", err)
	}
	if r.Value, rest, err = take(rest, n[3]); err != nil {
		return r, nil, fmt.Errorf("value: %w", err)
	}
	line, rest, found = bytes.Cut(rest, []byte("\n"))
	if !found {
		return r, nil, errors.New("the headers have no end")
	}
	if len(line) > 0 {
		for h := range strings.SplitSeq(string(line), ",") {
			name, value, _ := strings.Cut(h, "=")
			r.Headers = append(r.Headers, Header{name, value})
		}
	}
	return r, rest, nil
}

// take returns the first n bytes of b and the others; n is -1 for null.
func take(b []byte, n int64) (field, rest []byte, err error) {
	if n == -1 {
		return nil, b, nil
	}
	if n < 0 || n > int64(len(b)) {
		return nil, nil, fmt.Errorf("%d bytes announced, %d are there", n, len(b))
	}
	return b[:n:n], b[n:], nil
}
