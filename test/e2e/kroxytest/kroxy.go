// Package kroxytest runs a real Kroxylicious, the Kafka proxy in Java, before a broker: with its own transformation of Produce requests, which
// upper-cases each value. It needs a JDK and, the first time, Maven.
//
//	proxy, err := kroxytest.Start(ctx, kroxytest.Config{Upstream: broker.Addr("")})
//	if err != nil {
//		return err // says what is missing and how to install it
//	}
//	defer proxy.Stop()
//
// It tells clients its own addresses, so the broker needn't know of it.
package kroxytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/libnasp/libnasp/test/e2e/internal/download"
	"github.com/libnasp/libnasp/test/e2e/internal/process"
)

// Version is the version of Kroxylicious that runs: the newest release on Maven Central whose dependencies are there too.
const Version = "0.12.0"

// Config says what to start. Upstream is needed.
type Config struct {
	// Upstream is the host:port of the broker.
	Upstream string
	// Progress is told of steps that take long; nil means os.Stderr.
	Progress io.Writer
}

// Proxy is a running Kroxylicious.
type Proxy struct {
	dir     string
	addr    string
	process *process.Process
}

const (
	startTimeout = 2 * time.Minute
	attempts     = 5 // its ports, one for bootstrap and some behind it for brokers, may be taken
)

// Start starts Kroxylicious and returns when it accepts connections. ctx bounds the start only.
func Start(ctx context.Context, config Config) (*Proxy, error) {
	if config.Progress == nil {
		config.Progress = os.Stderr
	}
	libs, err := download.Once("kroxylicious-"+Version, func(work string) (string, error) {
		fmt.Fprintf(config.Progress, "kroxytest: fetching the jars of Kroxylicious %s by mvn (the first time only)\n", Version)
		return filepath.Join(work, "libs"), fetch(ctx, work)
	})
	if err != nil {
		return nil, fmt.Errorf("kroxytest: %w", err)
	}
	for attempt := 1; ; attempt++ {
		p, err := start(ctx, config, libs)
		if err == nil || attempt == attempts || ctx.Err() != nil {
			return p, err
		}
		fmt.Fprintln(config.Progress, "kroxytest: it did not start, perhaps since a port was taken: trying again")
	}
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>nasp</groupId><artifactId>kroxytest</artifactId><version>1</version>
<dependencies>
<dependency><groupId>io.kroxylicious</groupId><artifactId>kroxylicious-runtime</artifactId><version>` + Version + `</version></dependency>
<dependency><groupId>io.kroxylicious</groupId><artifactId>kroxylicious-simple-transform</artifactId><version>` + Version + `</version></dependency>
</dependencies>
</project>
`

// launcher is what Kroxylicious' own command line does, without its dependencies.
const launcher = `import io.kroxylicious.proxy.KafkaProxy;
import io.kroxylicious.proxy.config.ConfigParser;
import io.kroxylicious.proxy.config.ServiceBasedPluginFactoryRegistry;
import io.kroxylicious.proxy.internal.config.Features;
import java.nio.file.Files;
import java.nio.file.Path;

public class Launcher {
    public static void main(String[] args) throws Exception {
        var config = new ConfigParser().parseConfiguration(Files.readString(Path.of(args[0])));
        try (var proxy = new KafkaProxy(new ServiceBasedPluginFactoryRegistry(), config, Features.defaultFeatures())) {
            proxy.startup();
            proxy.block();
        }
    }
}
`

func fetch(ctx context.Context, work string) error {
	if _, err := exec.LookPath("mvn"); err != nil {
		return fmt.Errorf("mvn isn't installed (%w): install Apache Maven, for example: apt-get install maven", err)
	}
	file := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(file, []byte(pom), 0o600); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DincludeScope=runtime",
		"-DoutputDirectory="+filepath.Join(work, "libs")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mvn could not fetch the jars: %w\n%s", err, process.Tail(string(out)))
	}
	return nil
}

func start(ctx context.Context, config Config, libs string) (_ *Proxy, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("kroxytest: java isn't installed (%w): install a JDK 17 or newer, for example: apt-get install default-jdk-headless", err)
	}
	p := &Proxy{}
	if p.addr, err = freePort(); err != nil {
		return nil, err
	}
	if p.dir, err = os.MkdirTemp("", "kroxytest-"); err != nil {
		return nil, fmt.Errorf("kroxytest: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Stop())
		}
	}()
	source, yaml := filepath.Join(p.dir, "Launcher.java"), filepath.Join(p.dir, "proxy.yaml")
	if err := errors.Join(os.WriteFile(source, []byte(launcher), 0o600), os.WriteFile(yaml, []byte(configuration(config.Upstream, p.addr)), 0o600)); err != nil {
		return nil, fmt.Errorf("kroxytest: %w", err)
	}
	if p.process, err = process.Start(p.logFile(), java, "-Xmx1g", "-cp", filepath.Join(libs, "*"), source, yaml); err != nil {
		return nil, fmt.Errorf("kroxytest: %w", err)
	}
	return p, p.awaitReady(ctx)
}

func configuration(upstream, addr string) string {
	return `virtualClusters:
  - name: demo
    targetCluster: { bootstrapServers: "` + upstream + `" }
    gateways:
      - name: default
        portIdentifiesNode: { bootstrapAddress: "` + addr + `" }
filterDefinitions:
  - name: upper
    type: ProduceRequestTransformation
    config: { transformation: UpperCasing, transformationConfig: { charset: UTF-8 } }
defaultFilters: [upper]
`
}

// freePort returns an address with a port that is free, and the next one too: brokers get the ports behind the first.
func freePort() (string, error) {
	for range attempts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", fmt.Errorf("kroxytest: choosing a port: %w", err)
		}
		next, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port+1))
		l.Close()
		if err == nil {
			next.Close()
			return l.Addr().String(), nil
		}
	}
	return "", errors.New("kroxytest: no two free ports in a row")
}

func (p *Proxy) awaitReady(ctx context.Context) error {
	for {
		c, err := net.DialTimeout("tcp", p.addr, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.process.Done():
			return fmt.Errorf("kroxytest: java ended: %w\n%s", p.process.Err(), process.Tail(p.Log()))
		case <-ctx.Done():
			return fmt.Errorf("kroxytest: it doesn't listen: %w\n%s", ctx.Err(), process.Tail(p.Log()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Addr is the host:port that clients begin with.
func (p *Proxy) Addr() string { return p.addr }

// PID is the process id of the Java virtual machine.
func (p *Proxy) PID() int { return p.process.PID() }

func (p *Proxy) logFile() string { return filepath.Join(p.dir, "kroxylicious.log") }

// Log returns what it has logged so far.
func (p *Proxy) Log() string {
	log, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(log))
}

// Stop ends it at once and removes its files.
func (p *Proxy) Stop() error {
	if p.process != nil {
		p.process.Kill()
	}
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("kroxytest: %w", err)
	}
	return nil
}
