package wasmhosttest

import (
	"strings"
	"testing"
)

// TestLines: what checks say that they cover exists, and every line of semantics has a check that says so.
func TestLines(t *testing.T) {
	known, covered := map[string]bool{}, map[string]bool{}
	for _, s := range sections() {
		for _, l := range s.lines {
			if known[l.key] {
				t.Errorf("%s is there twice", l.key)
			}
			known[l.key] = true
		}
	}
	names := map[string]bool{}
	for _, c := range checks() {
		if names[c.name] {
			t.Errorf("two checks are named %s", c.name)
		}
		names[c.name] = true
		for _, key := range c.covers {
			covered[key] = true
			if !known[key] {
				t.Errorf("%s covers %s, which isn't a line", c.name, key)
			}
		}
	}
	for _, l := range semantics {
		if !covered[l.key] {
			t.Errorf("no check says that it covers %s", l.key)
		}
	}
	for key := range excuses {
		if !known[key] {
			t.Errorf("there is an excuse for %s, which isn't a line", key)
		}
	}
}

func TestReport(t *testing.T) {
	r := newReport()
	before := len(r.Missing())
	r.add("proxy_log 0", "a check")
	r.add("proxy_log 0", "another")
	if got := len(r.Missing()); got != before-1 || r.Complete() {
		t.Errorf("%d lines are missing, before %d; complete: %v", got, before, r.Complete())
	}
	for _, want := range []string{
		"| `proxy_log` → 0 OK | a check, another |\n", "| `proxy_log` → 2 BadArgument |  |\n", "| `proxy_grpc_call` → 0 OK | none: " + noGRPC + " |\n",
	} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("no %q in the report", want)
		}
	}
}
