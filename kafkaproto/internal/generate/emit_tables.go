package main

import (
	"cmp"
	"fmt"
	"go/format"
	"slices"
	"strings"
)

type api struct {
	key               int
	name              string
	request, response *message
}

func apis(messages []*message) ([]api, error) {
	byKey := map[int]*api{}
	for _, m := range messages {
		if m.kind != "request" && m.kind != "response" {
			continue
		}
		a := byKey[m.apiKey]
		if a == nil {
			a = &api{key: m.apiKey}
			byKey[m.apiKey] = a
		}
		if m.kind == "request" {
			a.request, a.name = m, strings.TrimSuffix(m.name, "Request")
		} else {
			a.response = m
		}
	}
	var out []api
	for _, a := range byKey {
		if a.request == nil || a.response == nil || a.request.valid != a.response.valid {
			return nil, fmt.Errorf("API key %d: request and response don't match", a.key)
		}
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b api) int { return cmp.Compare(a.key, b.key) })
	return out, nil
}

// emitAPIs writes the constants and the table of what is known of each API.
func emitAPIs(messages []*message) ([]byte, error) {
	list, err := apis(messages)
	if err != nil {
		return nil, err
	}
	e := &emitter{}
	e.line("%s\npackage kafkaproto\n\n// The API keys of Kafka.\nconst (", marker)
	for _, a := range list {
		e.line("\tAPIKey%s APIKey = %d", a.name, a.key)
	}
	e.line(")\n\n// apis is indexed by API key; where max is below min no such API is known.\nvar apis = [...]apiFacts{")
	next := 0
	for _, a := range list {
		for ; next < a.key; next++ {
			e.line("\t%d: {max: -1},", next)
		}
		next++
		e.line("\tAPIKey%s: {%q, %d, %d, %d, %d},", a.name, a.name, a.request.valid.min(), a.request.valid.max(),
			firstFlexible(a.request), firstFlexible(a.response))
	}
	e.line("}")
	return format.Source(e.Bytes())
}

// firstFlexible returns the first flexible version, one past the highest if
// there is none.
func firstFlexible(m *message) int {
	if f := m.flexible & m.valid; f != 0 {
		return f.min()
	}
	return m.valid.max() + 1
}

// emitRegistry writes the constructors by API key and by name.
func emitRegistry(messages []*message) ([]byte, error) {
	list, err := apis(messages)
	if err != nil {
		return nil, err
	}
	e := &emitter{}
	e.line("%s\npackage registry\n", marker)
	e.line("import (\n%q\n%q\n)\n", modulePath+"/kafkaproto", modulePath+"/kafkaproto/messages")
	for _, kind := range []string{"Request", "Response"} {
		e.line("// New%s returns a new %s of the API, with its defaults set, or nil if the\n// API isn't known.", kind, strings.ToLower(kind))
		e.line("func New%s(key kafkaproto.APIKey) kafkaproto.Message {\nvar m kafkaproto.Message\nswitch key {", kind)
		for _, a := range list {
			name := a.request.name
			if kind == "Response" {
				name = a.response.name
			}
			e.line("case kafkaproto.APIKey%s:\nm = new(messages.%s)", a.name, name)
		}
		e.line("default:\nreturn nil\n}\nm.SetDefaults()\nreturn m\n}\n")
	}
	e.line("// New returns a new message of the name that Kafka gives it, with its\n// defaults set, or nil if there is none.")
	e.line("func New(name string) kafkaproto.Message {\nvar m kafkaproto.Message\nswitch name {")
	for _, m := range messages {
		e.line("case %q:\nm = new(messages.%s)", m.name, m.name)
	}
	e.line("default:\nreturn nil\n}\nm.SetDefaults()\nreturn m\n}\n")
	e.line("var names = [...]string{")
	for _, m := range messages {
		e.line("%q,", m.name)
	}
	e.line("}")
	return format.Source(e.Bytes())
}
