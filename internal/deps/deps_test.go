// Package deps tests who may import whom (docs/ARCHITECTURE.md).
package deps

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/libnasp/libnasp/"

// rules gives, for the packages in a folder, the prefixes of what they may import besides the standard library and themselves. The longest
// matching folder counts.
var rules = map[string][]string{
	"conn":                     {},
	"wasmhost":                 {"github.com/tetratelabs/wazero"},
	"wasmhost/wasmhosttest":    {},
	"kafkaproto":               {},
	"kafkaproto/compress":      {module + "kafkaproto", "github.com/klauspost/compress", "github.com/pierrec/lz4"},
	"filters":                  {module + "filters", module + "kafkaproto"},
	"filters/pii":              {module + "filters/yield"},
	"filters/pii/piikafka":     {module + "filters/pii", module + "filters/kafka", module + "filters/yield", module + "kafkaproto"},
	"filters/kafka/filtertest": {module + "filters", module + "kafkaproto", module + "conn", module + "wasmhost"},
	"filters/proxywasm":        {},
	"filters/guest/kafkawasm":  {},
	"filters/yield":            {},
	"nasp":                     {module + "conn", module + "wasmhost", module + "filters/guest/kafkawasm"},
	"nasp/naspsarama":          {module + "nasp", "github.com/IBM/sarama", "golang.org/x/net/proxy"},
	"nasp/naspconfig":          {module + "nasp", module + "wasmhost", "go.yaml.in/yaml/v3"},
	"nasp/naspdebug":           {module + "nasp", module + "conn"},
	"nasp/nasptls":             {},
	"cmd/nasp":                 {module + "internal/redact", module + "nasp", module + "wasmhost", module + "filters/guest/kafkawasm"},
	"internal":                 {},
	"internal/redact":          {module + "conn", module + "wasmhost", module + "filters", module + "kafkaproto"},
	"internal/kithost":         {module + "wasmhost"},
	"internal/testguest":       {module + "filters/proxywasm"},
}

// small are packages that end up in guests and keep out what would make those large, and what TinyGo lacks.
var small = []string{"kafkaproto", "kafkaproto/wire", "kafkaproto/messages", "kafkaproto/registry", "filters/kafka", "filters/pii", "filters/pii/check", "filters/pii/masker", "filters/pii/structure", "filters/proxywasm", "filters/proxywasm/downstream", "filters/proxywasm/upstream",
	"filters/proxywasm/connection", "filters/proxywasm/timer", "filters/proxywasm/queue", "filters/proxywasm/httpcall", "filters/proxywasm/httprequest",
	"filters/proxywasm/httpresponse", "filters/proxywasm/foreign", "filters/proxywasm/streamlog", "filters/yield"}

// list runs go list from the root of the module, without the workspace: as an importer would see it.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("go list:", err)
	}
	return strings.Fields(strings.TrimSpace(string(out)))
}

func TestImports(t *testing.T) {
	standard := map[string]bool{"C": true, "unsafe": true}
	for _, p := range list(t, "std") {
		standard[p] = true
	}
	seen := map[string]bool{}
	for _, edge := range list(t, "-f", `{{$p := .ImportPath}}{{$p}}={{$p}} {{range .Imports}}{{$p}}={{.}} {{end}}`, "./...") {
		from, to, _ := strings.Cut(edge, "=")
		folder := strings.TrimPrefix(from, module)
		rule := ruleFor(folder)
		if rule == "" {
			t.Errorf("%s: no rule says what it may import", folder)
			continue
		}
		seen[rule] = true
		if !standard[to] && !inFolder(to, module+rule) && !allowed(to, rules[rule]) {
			t.Errorf("%s must not import %s", folder, to)
		}
	}
	for rule := range rules {
		if !seen[rule] {
			t.Errorf("the rule for %s matches no package", rule)
		}
	}
}

func ruleFor(folder string) string {
	best := ""
	for rule := range rules {
		if inFolder(folder, rule) && len(rule) > len(best) {
			best = rule
		}
	}
	return best
}

func allowed(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if inFolder(path, p) {
			return true
		}
	}
	return false
}

func inFolder(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestSmallPackages(t *testing.T) {
	for _, p := range small {
		for _, dep := range list(t, "-deps", "./"+p) {
			if dep == "reflect" || dep == "fmt" || dep == "regexp" || strings.HasPrefix(dep, "encoding/") {
				t.Errorf("%s brings in %s", p, dep)
			}
		}
	}
}
