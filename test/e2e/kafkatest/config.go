package kafkatest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
)

// Version is the version of Apache Kafka that runs if Config says nothing else.
const Version = "4.1.0"

// The security protocols of a listener (Kafka's listener.security.protocol.map).
const (
	Plaintext     = "PLAINTEXT"
	TLS           = "SSL"
	SASLPlaintext = "SASL_PLAINTEXT"
	SASLTLS       = "SASL_SSL"
)

// The names of the listeners that every broker has. DefaultListener is what the helpers of this package and a test's own
// plain clients talk to.
const (
	DefaultListener    = "PLAIN"
	controllerListener = "CONTROLLER"
)

// Config says what broker to start. Its zero value is a plaintext broker of Version.
type Config struct {
	// Version of Apache Kafka, "" means Version.
	Version string
	// Listeners are added to DefaultListener.
	Listeners []Listener
	// Properties are added to server.properties, and win over what this package sets.
	Properties map[string]string
	// Progress is told of steps that take long; nil means os.Stderr.
	Progress io.Writer
}

// Listener is one more address of the broker.
type Listener struct {
	// Name is the listener's name: upper-case letters, digits and underscores.
	Name string
	// Protocol is one of the security protocols, "" means Plaintext. Listeners with TLS ask for a client certificate: see Broker.ClientTLS.
	Protocol string
	// Addr is the host:port to listen on, "" means a free port of loopback.
	Addr string
	// Advertised is the host:port that clients are told to connect to, for a proxy in between; "" means where the broker listens.
	Advertised string
	// Properties are set for this listener alone (Kafka's prefix listener.name.<name>.), for example "plain.sasl.jaas.config".
	Properties map[string]string
}

// withDefaults returns the configuration with all that was left out, DefaultListener first among the listeners.
func (c Config) withDefaults() (Config, error) {
	if c.Version == "" {
		c.Version = Version
	}
	if c.Progress == nil {
		c.Progress = os.Stderr
	}
	c.Listeners = append([]Listener{{Name: DefaultListener}}, c.Listeners...)
	names := []string{controllerListener}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Name == "" || strings.Trim(l.Name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			return c, fmt.Errorf("kafkatest: listener name %q: use upper-case letters, digits and underscores", l.Name)
		}
		if slices.Contains(names, l.Name) {
			return c, fmt.Errorf("kafkatest: there are two listeners %s: choose another name", l.Name)
		}
		names = append(names, l.Name)
		if l.Protocol == "" {
			l.Protocol = Plaintext
		}
	}
	return c, nil
}

// usesTLS tells whether a listener needs certificates.
func (c Config) usesTLS() bool {
	return slices.ContainsFunc(c.Listeners, func(l Listener) bool { return l.usesTLS() })
}

func (l Listener) usesTLS() bool { return l.Protocol == TLS || l.Protocol == SASLTLS }

// choosePorts gives a free loopback address to each listener that has none, and returns one more for the controller. Another process
// may take a port before the broker does: Start tries again then.
func (c *Config) choosePorts() (controller string, err error) {
	c.Listeners = slices.Clone(c.Listeners)
	var held []net.Listener // all are held until the end, so that no port is chosen twice
	defer func() {
		for _, h := range held {
			h.Close()
		}
	}()
	free := func() string {
		h, e := net.Listen("tcp", "127.0.0.1:0")
		if e != nil {
			err = errors.Join(err, e)
			return ""
		}
		held = append(held, h)
		return h.Addr().String()
	}
	for i := range c.Listeners {
		if c.Listeners[i].Addr == "" {
			c.Listeners[i].Addr = free()
		}
	}
	controller = free()
	return controller, err
}

// serverProperties returns the properties of a broker whose folder is dir. Certificates are those of writeCertificates in dir.
func (c Config) serverProperties(dir, controller string) map[string]string {
	listeners := []string{controllerListener + "://" + controller}
	protocols := []string{controllerListener + ":" + Plaintext}
	var advertised []string
	p := map[string]string{}
	for _, l := range c.Listeners {
		listeners = append(listeners, l.Name+"://"+l.Addr)
		protocols = append(protocols, l.Name+":"+l.Protocol)
		a := l.Advertised
		if a == "" {
			a = l.Addr
		}
		advertised = append(advertised, l.Name+"://"+a)
		prefix := "listener.name." + strings.ToLower(l.Name) + "."
		if l.usesTLS() {
			addPrefixed(p, prefix, tlsProperties(dir))
		}
		addPrefixed(p, prefix, l.Properties)
	}
	addPrefixed(p, "", map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        "1",
		"controller.quorum.voters":       "1@" + controller,
		"controller.listener.names":      controllerListener,
		"inter.broker.listener.name":     DefaultListener,
		"listeners":                      strings.Join(listeners, ","),
		"advertised.listeners":           strings.Join(advertised, ","),
		"listener.security.protocol.map": strings.Join(protocols, ","),
		"log.dirs":                       dataDir(dir),
		"auto.create.topics.enable":      "false", // a misspelt topic is an error, not a topic
		// There is one broker: internal topics with the usual three replicas would never come to be.
		"offsets.topic.replication.factor":                 "1",
		"transaction.state.log.replication.factor":         "1",
		"transaction.state.log.min.isr":                    "1",
		"share.coordinator.state.topic.replication.factor": "1",
		"share.coordinator.state.topic.min.isr":            "1",
		"offsets.topic.num.partitions":                     "4", // 50 take seconds to create
		"transaction.state.log.num.partitions":             "4",
		"share.coordinator.state.topic.num.partitions":     "4",
		"group.initial.rebalance.delay.ms":                 "0",
	})
	addPrefixed(p, "", c.Properties)
	return p
}

func addPrefixed(dst map[string]string, prefix string, src map[string]string) {
	for k, v := range src {
		dst[prefix+k] = v
	}
}

// propertyEscaper writes what java.util.Properties reads back as the same value.
var propertyEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// formatProperties renders properties in the format of java.util.Properties, sorted by key. Keys are Kafka's and need no escape.
func formatProperties(p map[string]string) string {
	keys := make([]string, 0, len(p))
	for k := range p {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%s=%s\n", k, propertyEscaper.Replace(p[k]))
	}
	return b.String()
}
