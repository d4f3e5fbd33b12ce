// Command generate writes the messages, the table of APIs and the registry of
// kafkaproto from the message descriptors in pinned jars of Apache Kafka.
//
// It takes over facts alone (names, types, versions, defaults, nullability,
// tags). Jars are fetched with Maven into the user's cache directory and
// checked against the SHA-256 in jars.txt. Run it by "go generate ./kafkaproto".
//
// With -check it deletes everything generated, generates again into place,
// and fails if that made a difference.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	modulePath = "github.com/libnasp/libnasp"
	pattern    = "zz_generated_*.go"
)

// folders below kafkaproto that hold generated files.
var folders = []string{".", "messages", "registry"}

func main() {
	dir := flag.String("dir", ".", "the kafkaproto folder")
	check := flag.Bool("check", false, "fail if generating again makes a difference")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	before, err := generated(dir)
	if err != nil {
		return err
	}
	messages, err := load()
	if err != nil {
		return err
	}
	files, err := emitAll(messages)
	if err != nil {
		return err
	}
	for name := range before {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o666); err != nil {
			return err
		}
	}
	fmt.Printf("generate: %d messages, %d files\n", len(messages), len(files))
	if check {
		return compare(before, files)
	}
	return nil
}

// generated reads the generated files that are there.
func generated(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(dir, folder, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			files[filepath.Join(folder, filepath.Base(name))] = content
		}
	}
	return files, nil
}

func compare(before, after map[string][]byte) error {
	var changed []string
	for name, content := range after {
		if !bytes.Equal(before[name], content) {
			changed = append(changed, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			changed = append(changed, name)
		}
	}
	if len(changed) > 0 {
		slices.Sort(changed)
		return fmt.Errorf("not what the generator writes: %s", strings.Join(changed, ", "))
	}
	return nil
}

// load reads all jars and merges the descriptors of each message.
func load() ([]*message, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	cache := filepath.Join(base, "libnasp", "kafka-jars")
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return nil, err
	}
	byName := map[string]*message{}
	for _, j := range pinnedJars() {
		z, err := j.open(cache)
		if err != nil {
			return nil, err
		}
		all, err := descriptors(z)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", j.coordinates, err)
		}
		for _, d := range all {
			if err := mergeInto(byName, d); err != nil {
				return nil, fmt.Errorf("%s: %w", j.coordinates, err)
			}
		}
	}
	return finishAll(byName)
}

// mergeInto merges d into the message that it belongs to.
func mergeInto(byName map[string]*message, d *descriptor) error {
	m := byName[d.Name]
	if m == nil {
		m = renamed(byName, d)
	}
	if m == nil {
		m = newMessage(d)
		byName[d.Name] = m
	}
	if err := m.merge(d); err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	return nil
}

// renamed finds the newer message with the API key of d: KIP-1142 made
// ListClientMetricsResources into ListConfigResources.
func renamed(byName map[string]*message, d *descriptor) *message {
	if d.Type != "request" && d.Type != "response" {
		return nil
	}
	for _, m := range byName {
		if m.kind == d.Type && m.apiKey == *d.APIKey {
			return m
		}
	}
	return nil
}

func finishAll(byName map[string]*message) ([]*message, error) {
	var out []*message
	for _, m := range byName {
		if err := m.finish(); err != nil {
			return nil, err
		}
		if m.valid == 0 {
			return nil, fmt.Errorf("%s: no jar has a version of it", m.name)
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b *message) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func emitAll(messages []*message) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, m := range messages {
		src, err := emitMessage(m)
		if err != nil {
			return nil, err
		}
		files[filepath.Join("messages", "zz_generated_"+snake(m.name)+".go")] = src
	}
	var err error
	if files["zz_generated_apis.go"], err = emitAPIs(messages); err != nil {
		return nil, err
	}
	name := filepath.Join("registry", "zz_generated_registry.go")
	files[name], err = emitRegistry(messages)
	return files, err
}

// snake turns ApiVersionsRequest into api_versions_request.
func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			lower := i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z'
			wordEnd := i > 0 && i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if lower || wordEnd {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
