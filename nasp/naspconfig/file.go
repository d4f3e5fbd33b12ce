package naspconfig

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/wasmhost"
)

// File is what a configuration file holds. All of it may be left out.
type File struct {
	// The filters, in the order in which they see what the client sends; what it receives they see in the reverse order. Without this key: builtin pii
	// alone. [] means none.
	Filters []Filter `yaml:"filters"`
	// Which connections are filtered, and by which of the filters: the first rule that matches counts. A connection that none matches is not touched.
	// Without rules, all filters run on every connection.
	Rules []Rule `yaml:"rules"`
	// Bounds of what filters may use.
	Limits Limits `yaml:"limits"`
	// Where modules may send HTTP requests to: names that they use, and URLs of scheme and host.
	HTTPDestinations map[string]string `yaml:"http_destinations"`
	// A folder for compiled modules, which makes the next start faster. It holds native code, so only this user may write to it. It is made if missing, and its path begins at the folder of the configuration file.
	CacheDir string `yaml:"cache_dir"`
	// SHA-256 digests of modules that are trusted to return soon, as if each had trusted: true.
	TrustedSHA256 []string `yaml:"trusted_sha256"`
}

// Filter is an element of File.Filters. One of builtin and file is required.
type Filter struct {
	// The name in logs, metrics and rules. Without it, that of the built-in filter, or of the file without its suffix.
	Name string `yaml:"name"`
	// A filter that is a part of nasp: pii masks personal data and secrets in what Kafka clients produce; kafka is the module that carries all filters for
	// Kafka, whose configuration names those that run.
	BuiltIn string `yaml:"builtin"`
	// The path of a Proxy-Wasm module, from the folder of the configuration file on.
	File string `yaml:"file"`
	// The SHA-256 that the file must have, in hexadecimal.
	SHA256 string `yaml:"sha256"`
	// The module of file always returns soon: it runs at full speed, but can't be stopped, so one that loops freezes the process. Needs sha256.
	Trusted bool `yaml:"trusted"`
	// The filter's configuration. The module gets it as JSON; a text it gets as it is.
	Config Document `yaml:"config"`
	// What each virtual machine gets at its start, in the same form.
	VMConfig Document `yaml:"vm_config"`
	// What the filter is shown: both, downstream (what the client sends) or upstream (what the server sends). Filters for Kafka need both.
	Directions Directions `yaml:"directions"`
	// What becomes of new connections while the filter can't start: closed refuses them, open lets them go on without it. Without this key: closed.
	Failure Failure `yaml:"failure"`
	// Lets connections pass that turn out to be TLS inside, of which the filter sees ciphertext. Otherwise they get an error.
	AllowTLS bool `yaml:"allow_tls"`

	// Overrides limits.vms for this filter.
	VMs Count `yaml:"vms"`
	// Bounds each call into the module. Without this key: 1s, and 10s for a trusted module.
	TimeLimit Duration `yaml:"time_limit"`
	// Bounds how many lines the module logs each second. Without this key: 1000.
	LogLines Count `yaml:"log_lines"`
	// Bounds how much the module logs each second. Without this key: 1 MiB.
	LogBytes Size `yaml:"log_bytes"`
	// The memory of a virtual machine from which on it is replaced. Without this key: half of limits.memory.
	RecycleBytes Size `yaml:"recycle_bytes"`
	// The shortest delay before a virtual machine that failed is replaced. Without this key: 200ms.
	MinBackoff Duration `yaml:"min_backoff"`
	// The longest delay before a virtual machine that failed is replaced. Without this key: 30s.
	MaxBackoff Duration `yaml:"max_backoff"`
}

// Rule is an element of File.Rules. What it leaves out matches everything.
type Rule struct {
	// The name in logs.
	Name string `yaml:"name"`
	// Addresses of the server's end: IP addresses, networks like 10.0.0.0/8, and names of hosts as the client dials them, in which * stands for any
	// characters and ? for one. Kafka clients dial what brokers advertise: what no rule matches isn't filtered.
	Addresses []string `yaml:"addresses"`
	// Ports of the server's end: numbers, or ranges like 9092-9094.
	Ports []Ports `yaml:"ports"`
	// Names of the filters that run, in the order of the list of filters. Without this key: all. [] means none, which makes an exception from the rules that follow.
	Filters []string `yaml:"filters"`
}

// Limits is File.Limits.
type Limits struct {
	// Virtual machines of each filter. Without this key: as many as processors.
	VMs Count `yaml:"vms"`
	// Memory of each virtual machine. Without this key: 256 MiB.
	Memory Size `yaml:"memory"`
	// Bytes that one direction of a connection holds back; filters may hand on twice that at once. Without this key: 64 MiB.
	Buffered Size `yaml:"buffered"`
	// Bytes that all connections hold back together. Without this key: no bound.
	BufferedTotal Size `yaml:"buffered_total"`
	// How long closing a connection waits for filters and for its last bytes to be sent. Without this key: 2s.
	Linger Duration `yaml:"linger"`
	// Bytes that modules keep in shared data. Without this key: 64 MiB.
	SharedData Size `yaml:"shared_data"`
	// Bytes that modules keep in shared queues. Without this key: 64 MiB.
	Queues Size `yaml:"queues"`
	// How long a module that defers its end is waited for. Without this key: 5s.
	Shutdown Duration `yaml:"shutdown"`
}

// Size is a number of bytes, as a number or with B, KiB, MiB or GiB.
type Size uint64

// Duration is a time like 500ms, 2s or 1m30s.
type Duration time.Duration

// Count is a number that isn't negative.
type Count int

// Ports is a port or a range of ports.
type Ports nasp.PortRange

// Directions is both, downstream or upstream.
type Directions nasp.Directions

// Failure tells whether a filter fails open.
type Failure bool

var (
	sizePattern   = regexp.MustCompile(`^([0-9]+) ?(B|KiB|MiB|GiB)?$`)
	sizeShift     = map[string]uint{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30}
	directionName = map[string]Directions{"both": Directions(nasp.BothDirections), "downstream": Directions(nasp.DownstreamOnly), "upstream": Directions(nasp.UpstreamOnly)}
	failureName   = map[string]Failure{"closed": false, "open": true}
)

// lineError is an error at a line of the file.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

func at(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Errorf(format, args...)}
}

// UnmarshalYAML reads a size.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	m := sizePattern.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || m == nil {
		return at(n, "a size is a number of bytes, or one with KiB, MiB or GiB")
	}
	v, err := strconv.ParseUint(m[1], 10, 64)
	shift := sizeShift[m[2]]
	if err != nil || v > math.MaxInt64>>shift {
		return at(n, "this size is too large")
	}
	*s = Size(v << shift)
	return nil
}

// UnmarshalYAML reads a duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < 0 || n.ShortTag() != "!!str" {
		return at(n, "a duration is a number with its unit, like 500ms, 2s or 1m30s")
	}
	*d = Duration(v)
	return nil
}

// UnmarshalYAML reads a count.
func (c *Count) UnmarshalYAML(n *yaml.Node) error {
	v, err := strconv.ParseUint(n.Value, 10, 31)
	if n.Kind != yaml.ScalarNode || err != nil {
		return at(n, "this must be a whole number that isn't negative")
	}
	*c = Count(v)
	return nil
}

// UnmarshalYAML reads a port or a range.
func (p *Ports) UnmarshalYAML(n *yaml.Node) error {
	v, err := nasp.ParsePortRange(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		return at(n, "this must be a port, or a range like 9092-9094")
	}
	*p = Ports(v)
	return nil
}

// UnmarshalYAML reads a direction.
func (d *Directions) UnmarshalYAML(n *yaml.Node) error {
	v, ok := directionName[n.Value]
	if n.Kind != yaml.ScalarNode || !ok {
		return at(n, "directions must be both, downstream or upstream")
	}
	*d = v
	return nil
}

// UnmarshalYAML reads a failure policy.
func (f *Failure) UnmarshalYAML(n *yaml.Node) error {
	v, ok := failureName[n.Value]
	if n.Kind != yaml.ScalarNode || !ok {
		return at(n, "failure must be closed or open")
	}
	*f = v
	return nil
}

// Load reads a configuration file. Errors name it, and the line.
func Load(path string) (nasp.Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nasp.Config{}, fmt.Errorf("naspconfig: %w", err)
	}
	c, err := Parse(b, filepath.Dir(path))
	if err != nil {
		return nasp.Config{}, fmt.Errorf("naspconfig: %s: %w", path, errors.Unwrap(err))
	}
	return c, nil
}

// maxFile bounds the size of a configuration, which is read whole.
const maxFile = 4 << 20

// Parse reads a configuration. Paths of modules in it are relative to dir. It checks all that can be checked without loading the modules, and nothing of the
// result refers to b.
func Parse(b []byte, dir string) (nasp.Config, error) {
	c, err := parse(b, dir)
	if err != nil {
		return nasp.Config{}, fmt.Errorf("naspconfig: %w", err)
	}
	return c, nil
}

func parse(b []byte, dir string) (nasp.Config, error) {
	if len(b) > maxFile {
		return nasp.Config{}, fmt.Errorf("the file has %d bytes, more than the %d that a configuration may have", len(b), maxFile)
	}
	root, err := document(b)
	if err != nil {
		return nasp.Config{}, err
	}
	var f File
	if root != nil {
		if err := noNulls(root); err != nil {
			return nasp.Config{}, err
		}
		d := yaml.NewDecoder(bytes.NewReader(b))
		d.KnownFields(true)
		if err := d.Decode(&f); err != nil {
			return nasp.Config{}, explain(err)
		}
	}
	c, err := f.config(dir)
	if err != nil {
		return nasp.Config{}, err
	}
	return c, locate(root, c.Validate())
}

// document returns the content of the only document of a file, nil if it is empty.
func document(b []byte) (*yaml.Node, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil {
		if len(bytes.TrimSpace(b)) == 0 || strings.HasSuffix(err.Error(), "EOF") {
			return nil, nil
		}
		return nil, explain(err)
	}
	if d.Decode(&more) == nil {
		return nil, at(&more, "a second document begins: a configuration is one")
	}
	if len(doc.Content) != 1 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, nil
	}
	return root, nil
}

// noNulls refuses keys without a value, of which one can't tell whether nothing or everything is meant. What modules are given isn't looked at.
func noNulls(n *yaml.Node) error {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key := n.Content[i-1]
			if key.Value == "config" || key.Value == "vm_config" {
				continue
			}
			if isNull(child) {
				return at(key, "%s has no value: leave it out, or write [] for an empty list", key.Value)
			}
		}
		if isNull(child) {
			return at(child, "an element of this list has no value")
		}
		if err := noNulls(child); err != nil {
			return err
		}
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

var (
	unknownKey = regexp.MustCompile(`field (.+) not found in type naspconfig\.(\w+)`)
	goType     = regexp.MustCompile(`into (\[\])?(naspconfig\.)?(\w+)`)
	places     = map[string]string{"File": "the file", "Filter": "a filter", "Rule": "a rule", "Limits": "limits"}
)

// explain makes a parser's error one about the file.
func explain(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		var le *lineError
		if errors.As(err, &le) {
			return le
		}
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var list []string
	for _, e := range te.Errors {
		e = unknownKey.ReplaceAllStringFunc(e, func(s string) string {
			m := unknownKey.FindStringSubmatch(s)
			return fmt.Sprintf("there is no key %q in %s", m[1], places[m[2]])
		})
		list = append(list, goType.ReplaceAllString(e, "where a $3 is expected"))
	}
	return errors.New(strings.Join(list, "; "))
}

// config makes what nasp takes.
func (f *File) config(dir string) (nasp.Config, error) {
	c := nasp.Config{
		VMs: int(f.Limits.VMs), MemoryLimit: uint64(f.Limits.Memory), MaxBuffered: int(f.Limits.Buffered), MaxBufferedTotal: int64(f.Limits.BufferedTotal),
		Linger: time.Duration(f.Limits.Linger), SharedDataLimit: uint64(f.Limits.SharedData), QueueLimit: uint64(f.Limits.Queues),
		ShutdownTimeout: time.Duration(f.Limits.Shutdown), CacheDir: inFolder(dir, f.CacheDir), TrustedSHA256: f.TrustedSHA256,
	}
	if f.Filters != nil {
		c.Filters = make([]nasp.Filter, len(f.Filters))
	}
	for i := range f.Filters {
		c.Filters[i] = f.Filters[i].filter(dir)
	}
	if f.Filters == nil {
		c.Filters = []nasp.Filter{{BuiltIn: nasp.BuiltInPII}}
	}
	for _, r := range f.Rules {
		c.Rules = append(c.Rules, r.rule())
	}
	for name, url := range f.HTTPDestinations {
		if c.HTTPDestinations == nil {
			c.HTTPDestinations = map[string]wasmhost.HTTPDestination{}
		}
		c.HTTPDestinations[name] = wasmhost.HTTPDestination{URL: url}
	}
	return c, nil
}

func inFolder(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func (f *Filter) filter(dir string) nasp.Filter {
	return nasp.Filter{
		Name: f.Name, BuiltIn: f.BuiltIn, File: inFolder(dir, f.File), SHA256: f.SHA256, Trusted: f.Trusted,
		Configuration: f.Config.JSON, VMConfiguration: f.VMConfig.JSON,
		Directions: nasp.Directions(f.Directions), FailOpen: bool(f.Failure), AllowTLS: f.AllowTLS,
		VMs: int(f.VMs), TimeLimit: time.Duration(f.TimeLimit), LogLines: int(f.LogLines), LogBytes: int(f.LogBytes),
		RecycleBytes: uint64(f.RecycleBytes), MinBackoff: time.Duration(f.MinBackoff), MaxBackoff: time.Duration(f.MaxBackoff),
	}
}

func (r *Rule) rule() nasp.Rule {
	out := nasp.Rule{Name: r.Name, Addresses: r.Addresses, Filters: r.Filters}
	for _, p := range r.Ports {
		out.Ports = append(out.Ports, nasp.PortRange(p))
	}
	return out
}

// locate adds the line to an error about a filter or a rule.
func locate(root *yaml.Node, err error) error {
	var ce *nasp.ConfigError
	if !errors.As(err, &ce) || root == nil {
		if err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "nasp: "))
		}
		return nil
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if list := root.Content[i+1]; root.Content[i].Value == ce.List+"s" && ce.Index < len(list.Content) {
			return at(list.Content[ce.Index], "%s %q: %w", ce.List, ce.Name, ce.Err)
		}
	}
	return ce
}
