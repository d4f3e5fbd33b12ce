package naspconfig

import (
	"encoding/json"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Document is a piece of YAML that a module is given as JSON; a text is given as it is.
type Document struct{ JSON []byte }

// UnmarshalYAML converts the piece, in the order in which it is written.
func (d *Document) UnmarshalYAML(n *yaml.Node) (err error) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		d.JSON = []byte(n.Value)
		return nil
	}
	d.JSON, err = appendJSON(nil, n, 0)
	return err
}

const (
	maxDepth = 100     // of JSON
	maxJSON  = 4 << 20 // bytes; aliases could make a small file a large document
)

func appendJSON(out []byte, n *yaml.Node, depth int) ([]byte, error) {
	if depth > maxDepth || len(out) > maxJSON {
		return nil, at(n, "this configuration is too deep or too large")
	}
	switch n.Kind {
	case yaml.AliasNode:
		return appendJSON(out, n.Alias, depth+1)
	case yaml.SequenceNode:
		return appendList(out, n, depth)
	case yaml.MappingNode:
		return appendObject(out, n, depth)
	case yaml.ScalarNode:
		return appendScalar(out, n)
	}
	return nil, at(n, "this can't be given to a module")
}

func appendList(out []byte, n *yaml.Node, depth int) (_ []byte, err error) {
	out = append(out, '[')
	for i, child := range n.Content {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendJSON(out, child, depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendObject(out []byte, n *yaml.Node, depth int) (_ []byte, err error) {
	seen := map[string]bool{}
	out = append(out, '{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			return nil, at(key, "keys must be texts (put quotes around it): JSON has no others, nor merge keys")
		case seen[key.Value]:
			return nil, at(key, "the key %q comes twice", key.Value)
		}
		seen[key.Value] = true
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, key.Value), ':')
		if out, err = appendJSON(out, n.Content[i+1], depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendScalar(out []byte, n *yaml.Node) ([]byte, error) {
	switch n.ShortTag() {
	case "!!str", "!!timestamp": // a date that nobody has put quotes around
		return appendString(out, n.Value), nil
	case "!!null":
		return append(out, "null"...), nil
	case "!!bool":
		var v bool
		err := n.Decode(&v)
		return strconv.AppendBool(out, v), err
	case "!!int":
		var v int64
		if n.Decode(&v) == nil {
			return strconv.AppendInt(out, v, 10), nil
		}
		var u uint64
		if err := n.Decode(&u); err != nil {
			return nil, at(n, "this number is too large")
		}
		return strconv.AppendUint(out, u, 10), nil
	case "!!float":
		var v float64
		if err := n.Decode(&v); err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, at(n, "JSON has no such number")
		}
		return strconv.AppendFloat(out, v, 'g', -1, 64), nil
	}
	return nil, at(n, "JSON has nothing like %s", n.ShortTag())
}

func appendString(out []byte, s string) []byte {
	b, _ := json.Marshal(s) // a string always can be
	return append(out, b...)
}
