package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	good := write(t, "good.yaml", "filters:\n- builtin: pii\n  config: {keys: mask}\n")
	mistyped := write(t, "mistyped.yaml", "filters:\n- builtin: pii\n  confg: {}\n")
	refused := write(t, "refused.yaml", "filters:\n- builtin: pii\n  config: {kyes: mask}\n")
	for name, test := range map[string]struct {
		args     []string
		code     int
		out, err string // substrings; empty means nothing at all
	}{
		"good":            {args: []string{"check", good}},
		"mistyped":        {args: []string{"check", mistyped}, code: exitFailed, err: `mistyped.yaml: line 3: there is no key "confg" in a filter`},
		"refused":         {args: []string{"check", refused}, code: exitFailed, err: "kyes"},
		"not the modules": {args: []string{"check", "-no-modules", refused}},
		"missing":         {args: []string{"check", good + "2"}, code: exitFailed, err: "good.yaml2"},
		"no file":         {args: []string{"check"}, code: exitUsage, err: "one FILE"},
		"nothing":         {code: exitUsage, err: "say check FILE, or schema"},
		"unknown":         {args: []string{"chekc", good}, code: exitUsage, err: "say check FILE, or schema"},
		"help":            {args: []string{"-h"}, out: "usage: nasp config check [flags] FILE | schema"},
		"schema":          {args: []string{"schema"}, out: "https://json-schema.org/draft/2020-12/schema"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := start(t, "", append([]string{"config"}, test.args...)...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(err, test.err) ||
				(test.out == "") != (out == "") || (test.err == "") != (err == "") {
				t.Errorf("exit code %d, output %q, errors %q", code, out, err)
			}
		})
	}
	var schema struct {
		Properties map[string]json.RawMessage
	}
	if _, out, _ := start(t, "", "config", "schema"); json.Unmarshal([]byte(out), &schema) != nil || schema.Properties["filters"] == nil {
		t.Error("the schema is no schema")
	}
}
