// Package naspconfig reads the configuration of nasp from a YAML file and follows its changes.
//
//	source := &naspconfig.Source{Path: "nasp.yaml"}
//	config, err := source.Load()
//	…
//	n, err := nasp.New(ctx, config)
//	…
//	go source.Watch(ctx, n)
//
// A file says which connections are filtered, by what, and within which limits:
//
//	filters:
//	  - builtin: pii
//	    config: {keys: mask}
//	rules:
//	  - addresses: ["*.kafka.example.com", 10.0.0.0/8]
//	    ports: [9092-9094]
//	limits:
//	  vms: 2
//
// All keys are in docs/configuration.md, and in the JSON schema that Schema returns. The reader is strict: unknown and repeated keys are errors with their
// line.
package naspconfig

import (
	_ "embed" // for the schema
	"slices"
)

//go:generate go test -run TestGenerated -update .

//go:embed schema.json
var schema []byte

// Schema returns the JSON schema (draft 2020-12) of a configuration file.
func Schema() []byte { return slices.Clone(schema) }
