package nasp

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/filters/guest/kafkawasm"
)

// Config says what an Interceptor does. Its zero value masks personal data and secrets in what Kafka clients produce.
type Config struct {
	// Filters run in this order on what the client sends, and in the reverse order on what it receives. Nil means PII alone;
	// empty but not nil means none.
	Filters []Filter
	// Logger gets what filters and the host have to say, never bytes of a stream. Nil means slog.Default.
	Logger *slog.Logger
	// CacheDir is a folder for compiled modules, which makes the second start faster. It must belong to nasp alone: it holds native
	// code, and is created with mode 0700. Empty means no cache on disk.
	CacheDir string
	// VMs is the number of virtual machines of each Wasm filter, GOMAXPROCS if 0. A connection is pinned to one of them.
	VMs int
	// MaxBuffered bounds the bytes that one direction of a connection holds back; filters may hand on twice that at once. 0 means
	// DefaultMaxBuffered.
	MaxBuffered int
}

// DefaultMaxBuffered is 64 MiB: twice that is more than Kafka's largest request (socket.request.max.bytes, 100 MiB), which a filter may have
// taken in pieces and hands on whole. It is a bound, not an allocation.
const DefaultMaxBuffered = 64 << 20

// Filter names one filter. Exactly one of Wasm, File and New is set.
type Filter struct {
	// Name appears in errors and logs.
	Name string
	// Wasm is a Proxy-Wasm module.
	Wasm []byte
	// File is the path of a Proxy-Wasm module.
	File string
	// SHA256 is what the module's checksum must be, in hexadecimal; empty means that it isn't checked.
	SHA256 string
	// Trusted says that the module of Wasm or File always returns soon, as the built-in one does, which is trusted without it. A trusted
	// module runs at full speed, but one that loops can't be stopped and freezes the whole process. Other modules lose their VM
	// when a call takes longer than a second; for that they pay about 1 µs a call, and tight loops that are 30 times slower.
	// For a File it needs SHA256, so that another file doesn't inherit the trust.
	Trusted bool
	// TimeLimit bounds each call into the module, which sees up to a whole request in one: 0 means one second, and ten for a trusted module.
	TimeLimit time.Duration
	// Configuration is given to the module as it is. What it means is the module's own matter.
	Configuration []byte
	// New makes a filter written in Go for a new connection, without Wasm.
	New func() (conn.Filter, error)
}

// PII returns the filter that masks personal data and secrets in the record values and headers that Kafka clients
// produce. configuration is JSON, for example {"filters":[{"name":"pii","config":{"keys":"mask"}}]}; empty means the defaults.
func PII(configuration string) Filter {
	return Filter{Name: "pii", Wasm: kafkawasm.Module, Configuration: []byte(configuration)}
}

// withDefaults returns the configuration with all that was left out, or an error that says what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	if c.Filters == nil {
		c.Filters = []Filter{PII("")}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxBuffered == 0 {
		c.MaxBuffered = DefaultMaxBuffered
	}
	if c.VMs < 0 || c.MaxBuffered < 0 {
		return c, errors.New("nasp: VMs and MaxBuffered must not be negative")
	}
	for i, f := range c.Filters {
		if err := f.validate(); err != nil {
			return c, fmt.Errorf("nasp: filter %d (%q): %w", i, f.Name, err)
		}
	}
	return c, nil
}

func (f Filter) validate() error {
	sources := 0
	for _, set := range []bool{len(f.Wasm) > 0, f.File != "", f.New != nil} {
		if set {
			sources++
		}
	}
	if sources != 1 {
		return errors.New("set exactly one of Wasm, File and New")
	}
	if f.Trusted && f.File != "" && f.SHA256 == "" {
		return errors.New("set SHA256: a File is trusted by its digest")
	}
	if f.New != nil && (len(f.Configuration) > 0 || f.SHA256 != "" || f.Trusted || f.TimeLimit != 0) {
		return errors.New("it has New, and so none of Configuration, SHA256, Trusted and TimeLimit, which are for modules")
	}
	return nil
}

// module returns the bytes of the filter's module.
func (f Filter) module() ([]byte, error) {
	if f.File == "" {
		return f.Wasm, nil
	}
	return os.ReadFile(f.File)
}
