package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/libnasp/libnasp/test/e2e/internal/download"
	"github.com/libnasp/libnasp/test/e2e/internal/process"
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
	dir, err := download.Once("kafka-"+c.Version, func(work string) (string, error) {
		c.progress("fetching the jars of Apache Kafka %s by mvn (the first time only, about 55 MB)", c.Version)
		libs := filepath.Join(work, "libs")
		return libs, copyDependencies(ctx, c.Version, work, libs)
	})
	if err != nil {
		return "", fmt.Errorf("kafkatest: the jars of Apache Kafka %s: %w", c.Version, err)
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
		return err
	}
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mvn could not fetch them: %w\n%s", errors.Join(err, ctx.Err()), process.Tail(string(out)))
	}
	return nil
}
