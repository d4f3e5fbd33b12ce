package kafkaoracle

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
)

// codecJars are the libraries that kafka-clients compresses with, by Kafka version.
var codecJars = map[string][]string{
	"3.9.1": {"com.github.luben:zstd-jni:1.5.6-4", "org.lz4:lz4-java:1.8.0", "org.xerial.snappy:snappy-java:1.1.10.5"},
	"4.3.1": {"com.github.luben:zstd-jni:1.5.6-10", "at.yawk.lz4:lz4-java:1.10.2", "org.xerial.snappy:snappy-java:1.1.10.7"},
}

// recordsSource returns java/Records.java as the version needs it: 4.x has moved the classes of records.
func recordsSource(t *testing.T, version string) string {
	t.Helper()
	src, err := os.ReadFile("java/Records.java")
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(version, "4.") {
		src = bytes.ReplaceAll(src, []byte("//4.x "), nil)
	}
	file := filepath.Join(t.TempDir(), "Records.java")
	if err := os.WriteFile(file, src, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// runRecords runs java/Records.java and returns what it prints.
func runRecords(t *testing.T, set *jarSet, args ...string) string {
	t.Helper()
	path := set.path
	for _, c := range codecJars[set.version] {
		path += string(os.PathListSeparator) + fetchJar(t, c)
	}
	cmd := java(t, path, recordsSource(t, set.version), args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", args[0], err)
	}
	return string(out)
}

// TestRecordsAgreeWithKafka has Kafka's classes write batches of every magic and codec, reads and changes them, and has Kafka
// read what came of it.
func TestRecordsAgreeWithKafka(t *testing.T) {
	requireE2E(t)
	for _, set := range jarSets(t) {
		t.Run(set.version, func(t *testing.T) {
			written, changed := t.TempDir(), t.TempDir()
			runRecords(t, set, "write", written, "0", "1", "2")
			names, err := filepath.Glob(filepath.Join(written, "*"))
			if err != nil || len(names) != 13 {
				t.Fatalf("Kafka has written %d files, %v", len(names), err)
			}
			read, want := "", ""
			var files []string
			for _, name := range names {
				records, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				header := "file " + filepath.Base(name) + "\n"
				out, lines, edited := edit(t, name, records)
				read += header + lines
				want += header + edited
				file := filepath.Join(changed, filepath.Base(name))
				if err := os.WriteFile(file, out, 0o666); err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			if got := runRecords(t, set, slices.Concat([]string{"read"}, names)...); got != read {
				t.Errorf("reading differs: Kafka\n%s\nwe\n%s", short(got), short(read))
			}
			if got := runRecords(t, set, slices.Concat([]string{"read"}, files)...); got != want {
				t.Errorf("after the change: Kafka\n%s\nwant\n%s", short(got), short(want))
			}
			t.Logf("%d files of records, each read and changed", len(files))
		})
	}
}

func short(s string) string { return strings.ReplaceAll(s, strings.Repeat("0123456789", 100), "…") }

// edit changes every second record and returns the new records and the lines of both as java/Records.java prints them.
func edit(t *testing.T, name string, records []byte) (out []byte, before, after string) {
	t.Helper()
	n := 0
	w := kafkaproto.Rewriter{
		Compressor: &compress.Codecs{},
		Edit: func(r *kafkaproto.EditableRecord) (bool, error) {
			before += line(r)
			n++
			if n%2 == 0 {
				after += line(r)
				return false, nil
			}
			r.Value = append(bytes.Clone(r.Value), "changed"...)
			r.Key = []byte("masked")
			after += line(r)
			return true, nil
		},
	}
	out, changed, err := w.Append(nil, records)
	if err != nil || !changed {
		t.Fatalf("%s: changed %v, %v", name, changed, err)
	}
	return out, before, after
}

func line(r *kafkaproto.EditableRecord) string {
	s := fmt.Sprintf("%d %d %s=%s", r.Offset, r.Timestamp, text(r.Key), text(r.Value))
	for _, h := range r.Headers {
		s += " " + string(h.Key) + ":" + text(h.Value)
	}
	return s + "\n"
}

func text(b []byte) string {
	if b == nil {
		return "<null>"
	}
	return "[" + string(b) + "]"
}
