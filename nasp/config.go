package nasp

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
	"github.com/libnasp/libnasp/wasmhost"
)

// Config says what an Interceptor does. Its zero value masks personal data and secrets in what Kafka clients produce. Package
// naspconfig reads the same from a YAML file.
type Config struct {
	// Filters run in this order on what the client sends, and in the reverse order on what it receives. Nil means PII alone;
	// empty but not nil means none.
	Filters []Filter
	// Rules say which connections are filtered, and by which of Filters: the first that matches counts. A connection that none matches is not
	// touched. Empty means that all filters run on every connection.
	Rules []Rule
	// Logger gets what filters and the host have to say, never bytes of a stream. Nil means slog.Default.
	Logger *slog.Logger

	// VMs is the number of virtual machines of each Wasm filter, GOMAXPROCS if 0. A connection is pinned to one of them.
	VMs int
	// MemoryLimit bounds the memory of each virtual machine, in bytes. 0 means 256 MiB.
	MemoryLimit uint64
	// MaxBuffered bounds the bytes that one direction of a connection holds back; filters may hand on twice that at once. 0 means
	// DefaultMaxBuffered.
	MaxBuffered int
	// MaxBufferedTotal bounds the bytes that all connections hold back together; those of configurations before a Reload count for themselves. 0 means
	// no bound.
	MaxBufferedTotal int64
	// Linger bounds how long closing a connection waits for filters and for its last bytes to be sent. 0 means conn.DefaultLinger.
	Linger time.Duration
	// SharedDataLimit bounds the bytes that modules keep in shared data, QueueLimit those in shared queues. 0 means 64 MiB.
	SharedDataLimit, QueueLimit uint64
	// ShutdownTimeout bounds how long a module that defers its end is waited for. 0 means 5 s.
	ShutdownTimeout time.Duration
	// HTTPDestinations are where modules may send HTTP requests to, by the names that they use. Empty: nowhere.
	HTTPDestinations map[string]wasmhost.HTTPDestination
	// CacheDir is a folder for compiled modules, which makes the second start faster. It must belong to nasp alone: it holds native
	// code, and is created with mode 0700. Empty means no cache on disk.
	CacheDir string
	// TrustedSHA256 lists digests, in hexadecimal, of modules that are trusted to return soon, see Filter.Trusted.
	TrustedSHA256 []string
}

// DefaultMaxBuffered is 64 MiB: twice that is more than Kafka's largest request (socket.request.max.bytes, 100 MiB), which a filter may have
// taken in pieces and hands on whole. It is a bound, not an allocation.
const DefaultMaxBuffered = 64 << 20

// Directions says which bytes of a connection a filter is shown.
type Directions uint8

const (
	// BothDirections leaves the choice to the filter.
	BothDirections Directions = iota
	// DownstreamOnly shows a filter only what the client sends. A filter that pairs requests and responses, as those for Kafka do, needs both.
	DownstreamOnly
	// UpstreamOnly shows a filter only what the server sends.
	UpstreamOnly
)

func (d Directions) allow(dir conn.Direction) bool {
	return d == BothDirections || (d == DownstreamOnly) == (dir == conn.Downstream)
}

// Filter names one filter. Exactly one of BuiltIn, Wasm, File and New is set.
type Filter struct {
	// Name appears in errors, logs and metrics, and in Rule.Filters. No two filters have the same. Empty means the name of the built-in filter, that of the
	// file without its suffix, or "filter" and its place.
	Name string
	// BuiltIn is the name of a filter that is a part of nasp, one of BuiltIns.
	BuiltIn string
	// Wasm is a Proxy-Wasm module.
	Wasm []byte
	// File is the path of a Proxy-Wasm module.
	File string
	// New makes a filter written in Go for a new connection, without Wasm.
	New func() (conn.Filter, error)

	// SHA256 is what the module's checksum must be, in hexadecimal; empty means that it isn't checked.
	SHA256 string
	// Trusted says that the module of Wasm or File always returns soon, as the built-in one does, which is trusted without it. A trusted
	// module runs at full speed, but one that loops can't be stopped and freezes the whole process. Other modules lose their VM
	// when a call takes longer than a second; for that they pay about 1 µs a call, and tight loops that are 30 times slower.
	// For a File it needs SHA256, so that another file doesn't inherit the trust.
	Trusted bool

	// Configuration is given to the module as it is. What it means is the module's own matter; the built-in ones take JSON.
	Configuration []byte
	// VMConfiguration is given to each virtual machine at its start.
	VMConfiguration []byte
	// Directions limits what the filter is shown.
	Directions Directions
	// FailOpen lets new connections go on without the filter while it can't start, for example because its virtual machines have failed; that is
	// counted and logged. Otherwise they are refused. A connection whose filter fails later ends either way.
	FailOpen bool
	// AllowTLS lets connections pass that turn out to be TLS inside, of which the filter sees ciphertext. Otherwise they get an error.
	AllowTLS bool

	// VMs is Config.VMs for this filter. 0 means that one.
	VMs int
	// TimeLimit bounds each call into the module, which sees up to a whole request in one: 0 means one second, and ten for a trusted module.
	TimeLimit time.Duration
	// LogLines and LogBytes bound what the module logs each second. 0 means 1000 lines and 1 MiB.
	LogLines, LogBytes int
	// RecycleBytes is the size of a virtual machine's memory from which on it is replaced. 0 means half of Config.MemoryLimit.
	RecycleBytes uint64
	// MinBackoff and MaxBackoff bound the delay before a virtual machine that failed is replaced. 0 means 200 ms and 30 s.
	MinBackoff, MaxBackoff time.Duration
}

// The filters that are a part of nasp.
const (
	// BuiltInKafka is the module that carries all filters for Kafka. Its configuration names them in their order, for example
	// {"filters":[{"name":"pii","config":{"keys":"mask"}}]}.
	BuiltInKafka = "kafka"
	// BuiltInPII is the same module with the PII filter alone, and its configuration that of the filter, for example {"keys":"mask"}.
	BuiltInPII = "pii"
)

// BuiltIns returns the names of the filters that are a part of nasp.
func BuiltIns() []string { return []string{BuiltInKafka, BuiltInPII} }

// PII returns the filter that masks personal data and secrets in the record values and headers that Kafka clients
// produce. configuration is JSON, for example {"filters":[{"name":"pii","config":{"keys":"mask"}}]}; empty means the defaults.
func PII(configuration string) Filter {
	return Filter{Name: "pii", BuiltIn: BuiltInKafka, Configuration: []byte(configuration)}
}

// ConfigError tells what is wrong with a filter or a rule of a Config.
type ConfigError struct {
	List  string // "filter" or "rule"
	Index int    // in Config.Filters or Config.Rules
	Name  string
	Err   error
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("nasp: %s %d (%q): %v", e.List, e.Index, e.Name, e.Err)
}

// Unwrap returns what is wrong.
func (e *ConfigError) Unwrap() error { return e.Err }

// Validate checks what can be checked without loading modules. New and Reload do it, too. What concerns one filter or rule is a *ConfigError.
func (c Config) Validate() error {
	_, err := c.withDefaults()
	return err
}

// withDefaults returns the configuration with all that was left out, or an error that says what is wrong with it. It copies what it keeps.
func (c Config) withDefaults() (Config, error) {
	if c.Filters == nil {
		c.Filters = []Filter{PII("")}
	}
	c.Filters = slices.Clone(c.Filters)
	c.Rules = slices.Clone(c.Rules)
	c.HTTPDestinations = maps.Clone(c.HTTPDestinations)
	c.TrustedSHA256 = slices.Clone(c.TrustedSHA256)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxBuffered == 0 {
		c.MaxBuffered = DefaultMaxBuffered
	}
	return c, c.validate()
}

// validate also gives each filter its name.
func (c Config) validate() error {
	if c.VMs < 0 || c.MaxBuffered < 0 || c.MaxBufferedTotal < 0 || c.Linger < 0 || c.ShutdownTimeout < 0 {
		return errors.New("nasp: VMs, MaxBuffered, MaxBufferedTotal, Linger and ShutdownTimeout must not be negative")
	}
	for _, sum := range c.TrustedSHA256 {
		if !isDigest(sum) {
			return fmt.Errorf("nasp: TrustedSHA256: %q isn't a SHA-256 of 64 hexadecimal digits", sum)
		}
	}
	names := map[string]bool{}
	for i := range c.Filters {
		f := &c.Filters[i]
		f.Name = cmp.Or(f.Name, f.defaultName(i))
		if names[f.Name] {
			return &ConfigError{"filter", i, f.Name, errors.New("another filter has this name: give each one of its own, by which logs, metrics and rules tell them apart")}
		}
		names[f.Name] = true
		if err := f.validate(); err != nil {
			return &ConfigError{"filter", i, f.Name, err}
		}
	}
	for i, r := range c.Rules {
		if err := r.validate(names); err != nil {
			return &ConfigError{"rule", i, r.Name, err}
		}
	}
	return nil
}

func (f *Filter) defaultName(i int) string {
	file := filepath.Base(f.File)
	switch {
	case f.BuiltIn != "":
		return f.BuiltIn
	case f.File != "":
		return strings.TrimSuffix(file, filepath.Ext(file))
	}
	return fmt.Sprintf("filter %d", i)
}

func (f *Filter) validate() error {
	sources := 0
	for _, set := range []bool{f.BuiltIn != "", len(f.Wasm) > 0, f.File != "", f.New != nil} {
		if set {
			sources++
		}
	}
	switch {
	case sources != 1:
		return errors.New("set exactly one of BuiltIn, Wasm, File and New")
	case f.BuiltIn != "" && !slices.Contains(BuiltIns(), f.BuiltIn):
		return fmt.Errorf("there is no built-in filter %q: there are %s", f.BuiltIn, strings.Join(BuiltIns(), ", "))
	case f.BuiltIn != "" && (f.SHA256 != "" || f.Trusted):
		return errors.New("it is built in, and so has neither SHA256 nor Trusted")
	case f.SHA256 != "" && !isDigest(f.SHA256):
		return fmt.Errorf("SHA256: %q isn't a SHA-256 of 64 hexadecimal digits", f.SHA256)
	case f.Trusted && f.File != "" && f.SHA256 == "":
		return errors.New("set SHA256: a File is trusted by its digest")
	case f.New != nil && f.hasModuleSettings():
		return errors.New("it has New, and so none of the settings for modules (Configuration, SHA256, Trusted, TimeLimit and the like)")
	case f.VMs < 0 || f.TimeLimit < 0 || f.LogLines < 0 || f.LogBytes < 0 || f.MinBackoff < 0 || f.MaxBackoff < 0:
		return errors.New("VMs, TimeLimit, LogLines, LogBytes, MinBackoff and MaxBackoff must not be negative")
	case f.Directions > UpstreamOnly:
		return fmt.Errorf("Directions is %d, which means nothing", f.Directions)
	}
	return nil
}

func (f *Filter) hasModuleSettings() bool {
	return len(f.Configuration) > 0 || len(f.VMConfiguration) > 0 || f.SHA256 != "" || f.Trusted || f.VMs != 0 || f.TimeLimit != 0 ||
		f.LogLines != 0 || f.LogBytes != 0 || f.RecycleBytes != 0 || f.MinBackoff != 0 || f.MaxBackoff != 0
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size
}

// module returns the bytes of the filter's module.
func (f *Filter) module() ([]byte, error) {
	switch {
	case f.BuiltIn != "":
		return kafkawasm.Module, nil
	case f.File != "":
		return os.ReadFile(f.File)
	}
	return f.Wasm, nil
}

// configuration returns what the module is given.
func (f *Filter) configuration() ([]byte, error) {
	if f.BuiltIn == "" || f.BuiltIn == BuiltInKafka || len(f.Configuration) == 0 {
		return f.Configuration, nil
	}
	if !json.Valid(f.Configuration) {
		return nil, errors.New("its configuration isn't JSON")
	}
	type one struct {
		Name   string          `json:"name"`
		Config json.RawMessage `json:"config"`
	}
	return json.Marshal(map[string][]one{"filters": {{f.BuiltIn, f.Configuration}}})
}
