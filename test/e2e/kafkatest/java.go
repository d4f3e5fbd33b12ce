package kafkatest

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/test/e2e/internal/process"
)

// Java runs a Java program of one file with the broker's jars, which have Kafka's client, and returns the lines that it prints.
func (b *Broker) Java(t testing.TB, file string, args ...string) []string {
	t.Helper()
	java, err := find("java")
	if err != nil {
		t.Fatal(err)
	}
	libs, err := b.config.jars(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*guard)
	defer cancel()
	cmd := exec.CommandContext(ctx, java, append([]string{
		"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(libs, "*"), file,
	}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kafkatest: %s %s: %v\n%s", filepath.Base(file), args[0], errors.Join(err, ctx.Err()), process.Tail(stderr.String()))
	}
	// Kafka's log goes to the standard output as well, in lines with brackets or levels.
	var lines []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, "[main]") && !strings.Contains(line, " ERROR ") && !strings.Contains(line, " WARN ") {
			lines = append(lines, line)
		}
	}
	return lines
}
