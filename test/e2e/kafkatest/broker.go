package kafkatest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/libnasp/libnasp/test/e2e/internal/process"
)

// Broker is a running Apache Kafka.
type Broker struct {
	config  Config
	java    string
	libs    string
	dir     string // configuration, data and log; removed by Stop
	process *process.Process
	certs   *certificates // nil without TLS
	client  *kgo.Client
	admin   *kadm.Client
}

const (
	startTimeout = 2 * time.Minute // for one attempt, on a machine with other things to do; it usually takes five seconds
	attempts     = 3               // other processes may take the chosen ports meanwhile
)

// Start starts a broker and returns when it answers. ctx bounds the start only.
func Start(ctx context.Context, config Config) (*Broker, error) {
	c, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	java, err := find("java")
	if err != nil {
		return nil, err
	}
	libs, err := c.jars(ctx)
	if err != nil {
		return nil, err
	}
	// A port that the caller has chosen stays taken.
	chosen := slices.ContainsFunc(c.Listeners, func(l Listener) bool { return l.Addr != "" })
	for attempt := 1; ; attempt++ {
		b, err := start(ctx, c, java, libs)
		if err == nil {
			return b, nil
		}
		if chosen || attempt == attempts || !errors.Is(err, errPortTaken) {
			return nil, err
		}
		c.progress("a port was taken by another process: trying again")
	}
}

func start(ctx context.Context, c Config, java, libs string) (*Broker, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	began := time.Now()
	dir, err := os.MkdirTemp("", "kafkatest-")
	if err != nil {
		return nil, fmt.Errorf("kafkatest: %w", err)
	}
	b := &Broker{config: c, java: java, libs: libs, dir: dir}
	c.progress("starting Apache Kafka %s, its log is %s", c.Version, b.logFile())
	if err := b.run(ctx); err != nil {
		return nil, errors.Join(err, b.Stop())
	}
	c.progress("Apache Kafka %s is up at %s after %s", c.Version, b.Addr(""), time.Since(began).Round(100*time.Millisecond))
	return b, nil
}

// run configures, formats and starts the broker, and waits until it answers.
func (b *Broker) run(ctx context.Context) error {
	properties, err := b.configure()
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, b.java, b.javaArgs("kafka.tools.StorageTool", "format", "-t", clusterID, "-c", properties)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("kafkatest: formatting the storage: %w\n%s", errors.Join(err, ctx.Err()), process.Tail(string(out)))
	}
	if b.process, err = process.Start(b.logFile(), b.java, b.javaArgs("kafka.Kafka", properties)...); err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	if b.client, err = kgo.NewClient(kgo.SeedBrokers(b.Addr("")), kgo.MetadataMinAge(10*time.Millisecond)); err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	b.admin = kadm.NewClient(b.client)
	return b.awaitReady(ctx)
}

// clusterID is any 16 bytes in URL-safe base64.
const clusterID = "bmFzcC1lMmUta2Fma2F0ZQ"

// javaArgs returns the arguments of java for a main class. The flags are for a short life on a small machine.
func (b *Broker) javaArgs(class string, args ...string) []string {
	return append([]string{
		"-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dlog4j2.configurationFile=" + filepath.Join(b.dir, "log4j2.properties"),
		"-cp", filepath.Join(b.libs, "*"), class,
	}, args...)
}

// logging sends Kafka's log to the standard output, without the hundreds of lines of its configuration.
const logging = `rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n
logger.config.name = org.apache.kafka.common.config.AbstractConfig
logger.config.level = warn
`

// configure writes the files that the broker reads, and returns the path of server.properties.
func (b *Broker) configure() (string, error) {
	controller, err := b.config.choosePorts()
	if err != nil {
		return "", fmt.Errorf("kafkatest: choosing ports: %w", err)
	}
	if b.config.usesTLS() {
		if b.certs, err = newCertificates(); err != nil {
			return "", fmt.Errorf("kafkatest: making certificates: %w", err)
		}
		if err := b.certs.write(b.dir); err != nil {
			return "", fmt.Errorf("kafkatest: %w", err)
		}
	}
	properties := b.properties()
	return properties, errors.Join(
		os.WriteFile(filepath.Join(b.dir, "log4j2.properties"), []byte(logging), 0o600),
		os.WriteFile(properties, []byte(formatProperties(b.config.serverProperties(b.dir, controller))), 0o600))
}

func (b *Broker) properties() string { return filepath.Join(b.dir, "server.properties") }

// Restart ends the broker at once, as a crash would, and starts it again on the same ports with what it has stored. It returns when the broker
// answers again.
func (b *Broker) Restart(ctx context.Context) (err error) {
	b.process.Kill()
	if b.process, err = process.Start(b.logFile(), b.java, b.javaArgs("kafka.Kafka", b.properties())...); err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	return b.awaitReady(ctx)
}

func dataDir(dir string) string { return filepath.Join(dir, "data") }

func (b *Broker) logFile() string { return filepath.Join(b.dir, "kafka.log") }

// errPortTaken is why a broker ends when another process listens on its port.
var errPortTaken = errors.New("kafkatest: the port is taken")

// awaitReady returns when the broker has registered itself with the controller, so that topics can be created.
func (b *Broker) awaitReady(ctx context.Context) error {
	for {
		err := b.answers(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-b.process.Done():
			return b.startError(fmt.Errorf("java ended: %w", b.process.Err()))
		case <-ctx.Done():
			return b.startError(errors.Join(ctx.Err(), err))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// answers asks once, and not for as long as the client would try on its own: the broker may have ended meanwhile. A broker answers on
// its first listener before it knows that it can't have the port of its last, so its own word is needed, too.
func (b *Broker) answers(ctx context.Context) error {
	if !strings.Contains(b.Log(), "Kafka Server started") {
		return errors.New("it has not said yet that it is started")
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	brokers, err := b.admin.ListBrokers(ctx)
	if err == nil && len(brokers) == 0 {
		err = errors.New("it is not registered yet")
	}
	return err
}

// startError describes a start that failed, with the end of the log.
func (b *Broker) startError(err error) error {
	log := b.Log()
	if strings.Contains(log, "Address already in use") {
		err = errors.Join(err, errPortTaken)
	}
	return fmt.Errorf("kafkatest: Apache Kafka %s did not start: %w\nfrom its log:\n%s", b.config.Version, err, process.Tail(complaints(log)))
}

// complaints returns the lines of a log that are more than information, with their stack traces: a broker that gives up goes on
// to log for pages how it takes itself apart. It returns all lines if there are no such ones.
func complaints(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, " INFO ") { // as in the pattern of logging
			kept.WriteString(line)
		}
	}
	if kept.Len() == 0 {
		return log
	}
	return kept.String()
}

// Log returns what the broker has logged so far.
func (b *Broker) Log() string {
	log, err := os.ReadFile(b.logFile())
	if err != nil {
		return err.Error()
	}
	return string(log)
}

// Addr returns the host:port at which clients of a listener begin, which is what it advertises; "" means DefaultListener. It panics if
// there is no such listener.
func (b *Broker) Addr(listener string) string {
	l := b.listener(listener)
	if l.Advertised != "" {
		return l.Advertised
	}
	return l.Addr
}

// ListenAddr returns the host:port on which the broker listens, for the upstream of a proxy that Listener.Advertised names.
func (b *Broker) ListenAddr(listener string) string { return b.listener(listener).Addr }

func (b *Broker) listener(name string) Listener {
	if name == "" {
		name = DefaultListener
	}
	for _, l := range b.config.Listeners {
		if l.Name == name {
			return l
		}
	}
	panic("kafkatest: no listener " + name + ": add it to Config.Listeners")
}

// ClientTLS returns what a client of a TLS listener needs: the authority that signed the broker's certificate, and a certificate
// of its own. The caller may change it.
func (b *Broker) ClientTLS() *tls.Config {
	if b.certs == nil {
		panic("kafkatest: no listener has TLS: add one to Config.Listeners")
	}
	return b.certs.clientConfig()
}

// Stop ends the broker at once and removes its files: nobody needs its data any more. Calling it again does nothing.
func (b *Broker) Stop() error {
	if b.client != nil {
		b.client.Close()
		b.client = nil
	}
	if b.process != nil {
		b.process.Kill()
	}
	if err := os.RemoveAll(b.dir); err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	return nil
}

// progress tells people what takes so long.
func (c Config) progress(format string, args ...any) {
	fmt.Fprintf(c.Progress, "kafkatest: "+format+"\n", args...)
}
