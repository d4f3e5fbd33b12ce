package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// install says how to get a program that isn't there. People without Debian know what to do with the names.
var install = map[string]string{
	"java": "a Java 17 runtime or newer, for example: apt-get install default-jre-headless",
	"mvn":  "Apache Maven, for example: apt-get install maven",
	"kcat": "kcat, for example: apt-get install kcat",
}

// find returns the path of a program, or an error that says how to install it.
func find(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("kafkatest: %s isn't installed (%w): install %s", program, err, install[program])
	}
	return path, nil
}

// pom asks for a broker, its command line tools, and something that prints its log, which Kafka leaves to whoever runs it.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>nasp</groupId><artifactId>kafkatest</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>VERSION</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>VERSION</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
</dependencies>
</project>
`

// jars returns a folder with the jars of a broker. They are fetched by Maven once and kept in the user's cache folder.
func (c Config) jars(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("kafkatest: no folder to keep Kafka's jars in: %w", err)
	}
	parent := filepath.Join(cache, "nasp")
	dir := filepath.Join(parent, "kafka-"+c.Version)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("kafkatest: %w", err)
	}
	work, err := os.MkdirTemp(parent, "download-")
	if err != nil {
		return "", fmt.Errorf("kafkatest: %w", err)
	}
	defer os.RemoveAll(work)
	c.progress("fetching the jars of Apache Kafka %s by mvn (the first time only, about 55 MB)", c.Version)
	start := time.Now()
	libs := filepath.Join(work, "libs")
	if err := copyDependencies(ctx, c.Version, work, libs); err != nil {
		return "", err
	}
	c.progress("the jars are in %s after %s", dir, time.Since(start).Round(time.Second))
	// The folder appears whole or not at all. Another process may have been faster: its jars are as good.
	if err := os.Rename(libs, dir); err != nil && !isDir(dir) {
		return "", fmt.Errorf("kafkatest: %w", err)
	}
	return dir, nil
}

func copyDependencies(ctx context.Context, version, work, libs string) error {
	mvn, err := find("mvn")
	if err != nil {
		return err
	}
	file := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(pom, "VERSION", version)), 0o600); err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("kafkatest: mvn could not fetch Apache Kafka %s: %w\n%s", version, errors.Join(err, ctx.Err()), tail(string(out)))
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// tailLines is how much of a program's output an error shows.
const tailLines = 40

// tail returns the last lines of s.
func tail(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
