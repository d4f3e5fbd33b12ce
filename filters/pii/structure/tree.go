package structure

import "errors"

// node is a value of JSON, read as a whole: for schemas, which are small and are read once. encoding/json would bring reflect into guests.
type node struct {
	kind    nodeKind
	text    string // of a string, number or literal
	members []member
	items   []node
}

type member struct {
	name  string
	value node
}

type nodeKind uint8

const (
	nodeString nodeKind = iota
	nodeOther           // a number or literal
	nodeObject
	nodeArray
)

var errSchemaJSON = errors.New("structure: the schema isn't JSON")

// get returns the member with a name, nil if there is none.
func (n *node) get(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value
		}
	}
	return nil
}

// str returns a member that is a string, empty if there is none.
func (n *node) str(name string) string {
	if m := n.get(name); m != nil && m.kind == nodeString {
		return m.text
	}
	return ""
}

type treeReader struct {
	b []byte
	i int
}

// readTree reads one document of JSON.
func readTree(b []byte) (node, error) {
	r := &treeReader{b: b}
	n, ok := r.value(0)
	if r.space(); !ok || r.i != len(b) {
		return node{}, errSchemaJSON
	}
	return n, nil
}

func (r *treeReader) space() {
	for r.i < len(r.b) && isJSONSpace(r.b[r.i]) {
		r.i++
	}
}

func (r *treeReader) next(c byte) bool {
	if r.space(); r.i < len(r.b) && r.b[r.i] == c {
		r.i++
		return true
	}
	return false
}

func (r *treeReader) value(depth int) (n node, ok bool) {
	if depth > maxDepth {
		return n, false
	}
	if r.space(); r.i >= len(r.b) {
		return n, false
	}
	switch c := r.b[r.i]; {
	case c == '"':
		n.text, ok = r.string()
		return n, ok
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	}
	start := r.i
	for r.i < len(r.b) && (isNumberByte(r.b[r.i]) || isLower(r.b[r.i])) {
		r.i++
	}
	return node{kind: nodeOther, text: string(r.b[start:r.i])}, r.i > start
}

func (r *treeReader) string() (string, bool) {
	if !r.next('"') {
		return "", false
	}
	end, ok := stringEnd(r.b, r.i)
	if !ok {
		return "", false
	}
	var v View
	v.Unescape(r.b[r.i:end], JSONEscapes)
	r.i = end + 1
	return string(v.Text), true
}

func (r *treeReader) object(depth int) (n node, ok bool) {
	n.kind = nodeObject
	r.i++
	if r.next('}') {
		return n, true
	}
	for {
		name, ok := r.string()
		if !ok || !r.next(':') {
			return n, false
		}
		v, ok := r.value(depth + 1)
		if !ok {
			return n, false
		}
		n.members = append(n.members, member{name, v})
		if r.next('}') {
			return n, true
		}
		if !r.next(',') {
			return n, false
		}
	}
}

func (r *treeReader) array(depth int) (n node, ok bool) {
	n.kind = nodeArray
	r.i++
	if r.next(']') {
		return n, true
	}
	for {
		v, ok := r.value(depth + 1)
		if !ok {
			return n, false
		}
		n.items = append(n.items, v)
		if r.next(']') {
			return n, true
		}
		if !r.next(',') {
			return n, false
		}
	}
}
