package kafkaoracle

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
	"github.com/libnasp/libnasp/kafkaproto/wire"
)

func each(t *testing.T, records []byte, f func(*kafkaproto.EditableRecord)) {
	t.Helper()
	w := kafkaproto.Rewriter{Compressor: &compress.Codecs{}, Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
		f(r)
		return true, nil // so that the checksums are looked at
	}}
	if _, _, err := w.Append(nil, records); err != nil {
		t.Errorf("reading records: %v", err)
	}
}

// TestRecordsAgreeWithLibrdkafka has kcat produce records of every magic and codec to a broker made of kafkaproto, which changes
// them, and consume them again.
func TestRecordsAgreeWithLibrdkafka(t *testing.T) {
	requireE2E(t)
	if _, err := exec.LookPath("kcat"); err != nil {
		t.Fatal("kcat isn't installed: apt-get install kcat")
	}
	const count = 30
	for magic := range 3 {
		b := startBroker(t, magic, editValues)
		for codec, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
			if name == "zstd" && magic < 2 {
				continue
			}
			t.Run(fmt.Sprintf("magic %d %s", magic, name), func(t *testing.T) {
				topic := fmt.Sprintf("topic-%d-%s", magic, name)
				var in, want strings.Builder
				for i := range count {
					value := strings.Repeat(fmt.Sprintf("value %d ", i), 1+i*20)
					fmt.Fprintf(&in, "key%d:%s\n", i, value)
					if i%2 == 0 {
						value += "changed"
					}
					headers := ""
					if magic == 2 {
						headers = "h=v"
					}
					fmt.Fprintf(&want, "%d key%d=%s %s\n", i, i, value, headers)
				}
				args := []string{"-P", "-t", topic, "-p", "0", "-K:", "-z", name, "-X", "linger.ms=20000", "-X", "batch.num.messages=" + strconv.Itoa(count), "-X", "compression.level=1"} // one batch, sent when it is full
				if magic == 2 {
					args = append(args, "-H", "h=v")
				}
				kcat(t, b, in.String(), args...)
				b.mu.Lock()
				raw := b.raw[topic]
				b.mu.Unlock()
				checkForm(t, raw, int8(magic), kafkaproto.Compression(codec))
				got := kcat(t, b, "", "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-X", "check.crcs=true",
					"-f", "%o %k=%s %h\n")
				if got != want.String() {
					t.Errorf("kcat reads\n%.2000s\nwant\n%.2000s", got, want.String())
				}
			})
		}
	}
}

// checkForm fails if librdkafka has written something else than the test is about.
func checkForm(t *testing.T, records []byte, magic int8, codec kafkaproto.Compression) {
	t.Helper()
	entry, got, _, err := kafkaproto.NextEntry(records)
	if err != nil {
		t.Fatal(err)
	}
	used := kafkaproto.Compression(0)
	if got == 2 {
		used = kafkaproto.Batch(entry).Compression()
	} else {
		var m kafkaproto.Message0
		if err := m.Parse(entry); err != nil {
			t.Fatal(err)
		}
		used = m.Compression()
	}
	if got != magic || used != codec {
		t.Fatalf("librdkafka has written magic %d, codec %q", got, used)
	}
}

// editValues changes every second value, and gives wrapped and plain messages the offsets that a broker would give them.
func editValues(records []byte) ([]byte, error) {
	n := 0
	w := kafkaproto.Rewriter{Compressor: &compress.Codecs{}, Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
		n++
		if n%2 == 0 {
			return false, nil
		}
		r.Value = append(bytes.Clone(r.Value), "changed"...)
		return true, nil
	}}
	out, changed, err := w.Append(nil, records)
	if err == nil && !changed {
		err = errors.New("nothing was changed")
	}
	if err != nil {
		return nil, err
	}
	at := int64(0)
	for rest := out; len(rest) > 0; {
		entry, magic, next, err := kafkaproto.NextEntry(rest)
		if err != nil {
			return nil, err
		}
		rest = next
		if magic == 2 {
			wire.PutInt64(entry, at)
			at += int64(kafkaproto.Batch(entry).Count())
			continue
		}
		var m kafkaproto.Message0
		if err := m.Parse(entry); err != nil {
			return nil, err
		}
		if m.Compression() != kafkaproto.NoCompression {
			at = int64(n) - 1 // a wrapper has the offset of its last message
		}
		wire.PutInt64(entry, at)
		at++
	}
	return out, nil
}

func kcat(t *testing.T, b *broker, in string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kcat", append([]string{"-b", b.address(), "-X", "broker.version.fallback=0.9.0"}, args...)...)
	cmd.Stdin = strings.NewReader(in)
	var report bytes.Buffer
	cmd.Stderr = &report
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kcat %v: %v\n%s", args, err, &report)
	}
	return string(out)
}
