package naspconfig

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/wasmhost"
)

func TestParseExample(t *testing.T) {
	b, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(b, "dir")
	if err != nil {
		t.Fatal(err)
	}
	want := nasp.Config{
		Filters: []nasp.Filter{
			{Name: "mask", BuiltIn: "pii", Configuration: []byte(`{"keys":"mask"}`)},
			{
				Name: "audit", File: filepath.Join("dir", "audit.wasm"), SHA256: strings.Repeat("0123456789abcdef", 4),
				Configuration: []byte(`{"level":2,"topics":["orders","payments"]}`), FailOpen: true, TimeLimit: 100 * time.Millisecond, LogBytes: 64 << 10,
			},
		},
		Rules: []nasp.Rule{
			{Name: "not this one", Addresses: []string{"metrics.kafka.example.com"}, Filters: []string{}},
			{
				Name: "ours", Addresses: []string{"*.kafka.example.com", "10.0.0.0/8"},
				Ports: []nasp.PortRange{{First: 9092, Last: 9092}, {First: 9094, Last: 9099}}, Filters: []string{"mask"},
			},
			{Name: "everything else"},
		},
		VMs: 2, MemoryLimit: 128 << 20, MaxBuffered: 16 << 20, MaxBufferedTotal: 1 << 30, CacheDir: "/var/cache/my-service/nasp",
		HTTPDestinations: map[string]wasmhost.HTTPDestination{"policy": {URL: "https://policy.example.com"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestEveryKey: each key of the schema is read, and changes the configuration.
func TestEveryKey(t *testing.T) {
	pinned := "sha256: " + strings.Repeat("ab", 32) + "\n    "
	values := map[string]string{
		"File.filters": "[]", "File.rules": "[{}]", "File.limits": "{vms: 1}", "File.http_destinations": "{a: 'http://b'}", "File.cache_dir": "c",
		"File.trusted_sha256": "[" + strings.Repeat("ab", 32) + "]",
		"Filter.name":         "n", "Filter.builtin": "kafka", "Filter.file": "f", "Filter.sha256": strings.Repeat("ab", 32), "Filter.trusted": "true",
		"Filter.config": "[1]", "Filter.vm_config": "text", "Filter.directions": "upstream", "Filter.failure": "open", "Filter.allow_tls": "true",
		"Filter.vms": "3", "Filter.time_limit": "1m", "Filter.log_lines": "4", "Filter.log_bytes": "5 B", "Filter.recycle_bytes": "1KiB",
		"Filter.min_backoff": "1ms", "Filter.max_backoff": "1h",
		"Rule.name": "n", "Rule.addresses": "[a]", "Rule.ports": "[1]", "Rule.filters": "[]",
		"Limits.vms": "1", "Limits.memory": "1MiB", "Limits.buffered": "1", "Limits.buffered_total": "1", "Limits.linger": "1s", "Limits.shared_data": "1",
		"Limits.queues": "1", "Limits.shutdown": "1s",
	}
	around := map[string][2]string{ // what a file without the key is, and what stands before the key
		"File": {"", ""}, "Limits": {"limits: {}", "limits: {"}, "Rule": {"rules: [{}]", "rules: [{"}, "Filter": {"filters:\n  - file: g", "filters:\n  - file: g\n    "},
	}
	var s struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	seen := 0
	check := func(typ, key string) {
		seen++
		value, ok := values[typ+"."+key]
		if !ok {
			t.Errorf("this test doesn't know %s.%s", typ, key)
			return
		}
		without, before := around[typ][0], around[typ][1]
		with := before + key + ": " + value
		switch {
		case strings.HasSuffix(strings.TrimSuffix(before, key), "{"):
			with += "}" + strings.Repeat("]", strings.Count(before, "["))
		case key == "trusted":
			without, with = without+"\n    "+pinned, before+pinned+key+": "+value
		case key == "file" || key == "builtin":
			without, with = "filters: [{builtin: pii}]", "filters: [{"+key+": "+value+"}]"
		}
		a, err := Parse([]byte(without), "")
		b, err2 := Parse([]byte(with), "")
		if err != nil || err2 != nil || reflect.DeepEqual(a, b) {
			t.Errorf("%s.%s: %v, %v, without it %+v, with it %+v", typ, key, err, err2, a, b)
		}
	}
	for key := range s.Properties {
		check("File", key)
	}
	for typ, d := range s.Defs {
		for key := range d.Properties {
			check(typ, key)
		}
	}
	if seen != len(values) {
		t.Errorf("the schema has %d keys, this test %d", seen, len(values))
	}
}

// TestErrorsHaveLines, and say what is wrong.
func TestErrorsHaveLines(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"unknown key":             {"filters: []\nlimit: {}", `line 2: there is no key "limit" in the file`},
		"unknown key of a filter": {"filters:\n  - builtin: pii\n    confg: {}", `line 3: there is no key "confg" in a filter`},
		"unknown key of a rule":   {"rules:\n- port: 1", `line 2: there is no key "port" in a rule`},
		"unknown key of limits":   {"limits:\n  vm: 1", `line 2: there is no key "vm" in limits`},
		"key twice":               {"filters: []\nfilters: []", `line 2: mapping key "filters" already defined at line 1`},
		"key twice in config":     {"filters:\n- builtin: pii\n  config:\n    a: 1\n    a: 2", `line 5: the key "a" comes twice`},
		"no value":                {"filters:\nrules: []", "line 1: filters has no value"},
		"no value in a list":      {"rules:\n-\n", "line 2: an element of this list has no value"},
		"no YAML":                 {"filters: [", "line 1: did not find expected node content"},
		"two documents":           {"filters: []\n---\nrules: []", "line 2: a second document"},
		"a list":                  {"- a", "line 1: cannot unmarshal !!seq where a File is expected"},
		"text for a list":         {"filters: pii", "line 1: cannot unmarshal !!str `pii` where a Filter is expected"},
		"size":                    {"limits:\n  memory: 1GB", "line 2: a size is"},
		"size too large":          {"limits:\n  memory: 99999999999GiB", "line 2: this size is too large"},
		"duration without a unit": {"limits:\n  linger: 2", "line 2: a duration is"},
		"duration below zero":     {"limits:\n  linger: -2s", "line 2: a duration is"},
		"count below zero":        {"limits:\n  vms: -1", "line 2: this must be a whole number"},
		"port":                    {"rules:\n- ports:\n  - 1\n  - 70000", "line 4: this must be a port"},
		"directions":              {"filters:\n- builtin: pii\n  directions: down", "line 3: directions must be"},
		"failure":                 {"filters:\n- builtin: pii\n  failure: close", "line 3: failure must be closed or open"},
		"no source":               {"filters:\n- name: a", `line 2: filter "a": set exactly one`},
		"unknown built-in":        {"filters:\n- builtin: pi", `line 2: filter "pi": there is no built-in filter "pi": there are kafka, pii`},
		"names":                   {"filters:\n- builtin: pii\n- builtin: pii", `line 3: filter "pii": another filter has this name`},
		"unknown filter":          {"rules:\n- name: a\n- filters: [x]", `line 3: rule "": no filter has the name "x"`},
		"address":                 {"rules:\n- addresses: ['a:1']", `line 2: rule "": address "a:1" is neither`},
		"digest":                  {"trusted_sha256: [abc]", "isn't a SHA-256"},
		"infinite number":         {"filters:\n- builtin: pii\n  config: {a: .inf}", "line 3: JSON has no such number"},
		"number as a key":         {"filters:\n- builtin: pii\n  config: {1: 2}", "line 3: keys must be texts"},
		"merge key":               {"filters:\n- builtin: pii\n  config: {<<: {a: 1}}", "line 3: keys must be texts"},
	} {
		_, err := Parse([]byte(test.in), "")
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "naspconfig: ") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestEmptyFiles(t *testing.T) {
	for _, in := range []string{"", "\n", "# nothing\n", "---\n", "{}"} {
		c, err := Parse([]byte(in), "")
		if err != nil || len(c.Filters) != 1 || c.Filters[0].BuiltIn != "pii" {
			t.Errorf("%q: %+v, %v", in, c, err)
		}
	}
}

func TestConfigBecomesJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{b: 1, a: 2}`:           `{"b":1,"a":2}`,
		`[1, -2, 0x1F, 1_000]`:   `[1,-2,31,1000]`,
		`18446744073709551615`:   `18446744073709551615`,
		`[1.5, 1e3]`:             `[1.5,1000]`,
		`[true, no, null, ~]`:    `[true,"no",null,null]`,
		`[2001-01-01, "x\n", é]`: `["2001-01-01","x\n","é"]`,
		`{a: {}, b: []}`:         `{"a":{},"b":[]}`,
		`[&x {a: 1}, *x]`:        `[{"a":1},{"a":1}]`,
		`just text`:              `just text`,
		`'{"already": "JSON"}'`:  `{"already": "JSON"}`,
		`{"</script>": "<&>"}`:   `{"\u003c/script\u003e":"\u003c\u0026\u003e"}`,
		`!!binary aGVsbG8=`:      ``,
		`&a [*a]`:                ``,
	} {
		c, err := Parse([]byte("filters:\n- builtin: kafka\n  config: "+in), "")
		if (err == nil) != (want != "") {
			t.Errorf("%s: %v", in, err)
		}
		if err == nil && string(c.Filters[0].Configuration) != want {
			t.Errorf("%s: %s, want %s", in, c.Filters[0].Configuration, want)
		}
	}
}

// TestAliasesCannotExplode: a short file must not become a large document.
func TestAliasesCannotExplode(t *testing.T) {
	in := "filters:\n- builtin: kafka\n  config:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		n := string(rune('0' + i + 1))
		p := "*a" + string(rune('0'+i))
		in += "    a" + n + ": &a" + n + " [" + p + strings.Repeat(", "+p, 9) + "]\n"
	}
	if _, err := Parse([]byte(in), ""); err == nil {
		t.Error("it is accepted")
	}
}

// FuzzParse: an error is fine, and so is a configuration that nasp accepts, whose JSON is JSON.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add([]byte("filters:\n- builtin: pii\n  config: {a: [1.0, 0x1, ~], b: &x {c: d}, e: *x}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := Parse(in, "d")
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Error("nasp refuses it:", err)
		}
		for _, fl := range c.Filters {
			if b := fl.Configuration; len(b) > 0 && (b[0] == '{' || b[0] == '[') && !json.Valid(b) && !strings.Contains(string(in), string(b)) {
				t.Errorf("the configuration is no JSON: %q", b)
			}
		}
	})
}
