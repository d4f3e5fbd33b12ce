package kafkaoracle

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// slf4j is what Kafka's record classes log to.
const slf4j = "org.slf4j:slf4j-api:1.7.36"

// jarSet is one version of Kafka's jars.
type jarSet struct {
	version string
	jars    []string // those with descriptors
	path    string   // class path
}

func requireE2E(t *testing.T) {
	t.Helper()
	if os.Getenv("NASP_E2E") == "" {
		t.Skip("set NASP_E2E=1 to compare with Kafka's classes (needs Java and Maven)")
	}
}

// jarSets returns the jars that the generator is pinned to, by Kafka version.
func jarSets(t *testing.T) []*jarSet {
	t.Helper()
	list, err := os.ReadFile("../../kafkaproto/internal/generate/jars.txt")
	if err != nil {
		t.Fatal(err)
	}
	var sets []*jarSet
	byVersion := map[string]*jarSet{}
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) != 2 || f[0] == "#" {
			continue
		}
		version := f[0][strings.LastIndexByte(f[0], ':')+1:]
		s := byVersion[version]
		if s == nil {
			s = &jarSet{version: version, path: fetchJar(t, slf4j)}
			byVersion[version] = s
			sets = append(sets, s)
		}
		file := fetchJar(t, f[0])
		s.jars = append(s.jars, file)
		s.path += string(os.PathListSeparator) + file
	}
	return sets
}

// fetchJar returns the path of an artifact in the cache, fetched if need be.
// The generator shares the cache and checks what it reads against its pins.
func fetchJar(t *testing.T, coordinates string) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "libnasp", "kafka-jars")
	parts := strings.Split(coordinates, ":")
	file := filepath.Join(dir, parts[1]+"-"+parts[2]+".jar")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	cmd := exec.Command("mvn", "-q", "-B", "dependency:copy", "-Dartifact="+coordinates, "-DoutputDirectory="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("fetching %s: %v\n%s", coordinates, err, out)
	}
	return file
}

// java returns the command that runs a source file in java/.
func java(t *testing.T, classPath, source string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "java",
		append([]string{"-Xmx1g", "-XX:+UseSerialGC", "-cp", classPath, sourcePath(source)}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd
}

func sourcePath(source string) string {
	if filepath.IsAbs(source) {
		return source
	}
	return filepath.Join("java", source)
}
