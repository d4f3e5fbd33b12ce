package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A descriptor is one JSON file of a jar, with what is needed of it: facts,
// not the prose ("about") nor the listeners.
type descriptor struct {
	Name          string           `json:"name"`
	Type          string           `json:"type"`
	APIKey        *int             `json:"apiKey"`
	ValidVersions string           `json:"validVersions"`
	Flexible      string           `json:"flexibleVersions"`
	Fields        []fieldJSON      `json:"fields"`
	CommonStructs []structJSON     `json:"commonStructs"`
	Unstable      *json.RawMessage `json:"latestVersionUnstable"`
}

type structJSON struct {
	Name     string      `json:"name"`
	Versions string      `json:"versions"`
	Fields   []fieldJSON `json:"fields"`
}

type fieldJSON struct {
	Name      string          `json:"name"`
	Type      string          `json:"type"`
	Versions  string          `json:"versions"`
	Nullable  string          `json:"nullableVersions"`
	Tagged    string          `json:"taggedVersions"`
	Tag       json.RawMessage `json:"tag"`
	Flexible  *string         `json:"flexibleVersions"`
	Ignorable json.RawMessage `json:"ignorable"`
	Default   json.RawMessage `json:"default"`
	Fields    []fieldJSON     `json:"fields"`
}

// parseDescriptor reads a file with // comments.
func parseDescriptor(file []byte) (*descriptor, error) {
	var d descriptor
	if err := json.Unmarshal(stripComments(file), &d); err != nil {
		return nil, err
	}
	if d.Name == "" || d.Type == "" {
		return nil, fmt.Errorf("no name or type")
	}
	return &d, nil
}

// stripComments removes // comments that stand outside strings.
func stripComments(file []byte) []byte {
	var out bytes.Buffer
	quoted := false
	for i := 0; i < len(file); i++ {
		c := file[i]
		switch {
		case quoted && c == '\\' && i+1 < len(file):
			out.WriteByte(c)
			i++
			c = file[i]
		case c == '"':
			quoted = !quoted
		case !quoted && c == '/' && i+1 < len(file) && file[i+1] == '/':
			for i < len(file) && file[i] != '\n' {
				i++
			}
			c = '\n'
		}
		out.WriteByte(c)
	}
	return out.Bytes()
}

// text reads a JSON string, number or boolean as its text. Absent and null
// give "", as in Kafka's own generator.
func text(raw json.RawMessage) string {
	s := strings.TrimSpace(string(raw))
	if s == "null" {
		return ""
	}
	if unquoted, err := strconv.Unquote(s); err == nil {
		return unquoted
	}
	return s
}
