package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed jars.txt
var jarList string

// A jar is a pinned artifact of Maven's central repository.
type jar struct {
	coordinates string // group:artifact:version
	sha256      string
}

func pinnedJars() []jar {
	var jars []jar
	for line := range strings.Lines(jarList) {
		if f := strings.Fields(line); len(f) == 2 && f[0] != "#" {
			jars = append(jars, jar{f[0], f[1]})
		}
	}
	return jars
}

// open returns the verified content of the jar, fetched if it isn't cached.
func (j jar) open(cache string) (*zip.Reader, error) {
	parts := strings.Split(j.coordinates, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf("bad coordinates %q", j.coordinates)
	}
	file := filepath.Join(cache, parts[1]+"-"+parts[2]+".jar")
	content, err := os.ReadFile(file)
	if err != nil || j.verify(content) != nil {
		if err := j.fetch(cache); err != nil {
			return nil, err
		}
		if content, err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	if err := j.verify(content); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(content), int64(len(content)))
}

func (j jar) verify(content []byte) error {
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != j.sha256 {
		return fmt.Errorf("%s: SHA-256 is %s, pinned is %s", j.coordinates, got, j.sha256)
	}
	return nil
}

// fetch has Maven copy the jar into the cache.
func (j jar) fetch(cache string) error {
	mvn := exec.Command("mvn", "-q", "-B", "dependency:copy",
		"-Dartifact="+j.coordinates, "-DoutputDirectory="+cache, "-Dmdep.overWriteReleases=true")
	mvn.Stderr = os.Stderr
	if out, err := mvn.Output(); err != nil {
		return fmt.Errorf("fetching %s with Maven: %w\n%s", j.coordinates, err, out)
	}
	return nil
}

// descriptors reads every message descriptor of the jar, by name.
func descriptors(z *zip.Reader) ([]*descriptor, error) {
	var all []*descriptor
	for _, f := range z.File {
		dir := path.Dir(f.Name)
		if path.Ext(f.Name) != ".json" || (path.Base(dir) != "message" && path.Base(dir) != "metadata") {
			continue
		}
		content, err := readEntry(f)
		if err != nil {
			return nil, err
		}
		d, err := parseDescriptor(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *descriptor) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func readEntry(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(bufio.NewReader(r))
}
