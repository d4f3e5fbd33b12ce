package structure

import (
	"errors"
	"strconv"
	"strings"
)

// AvroSchema is a parsed schema of Avro 1.12: it tells where the strings of a value in binary encoding are.
type AvroSchema struct {
	root *avroType
	walk walk
	read avroReader
}

type avroType struct {
	kind     avroKind
	fields   []avroField // of a record
	items    *avroType   // of an array or map
	branches []*avroType // of a union
	size     int         // of a fixed
}

type avroField struct {
	name []byte
	typ  *avroType
}

type avroKind uint8

const (
	avroNull avroKind = iota
	avroBoolean
	avroVarint // int, long and enum
	avroFloat
	avroDouble
	avroBytes
	avroNumber // bytes that are a number: logical type decimal
	avroString
	avroRecord
	avroArray
	avroMap
	avroFixed
	avroUnion
)

var avroPrimitives = map[string]avroKind{
	"null": avroNull, "boolean": avroBoolean, "int": avroVarint, "long": avroVarint, "float": avroFloat, "double": avroDouble,
	"bytes": avroBytes, "string": avroString,
}

// ParseAvro reads a schema in JSON, as a schema registry stores it.
func ParseAvro(schema []byte) (*AvroSchema, error) {
	tree, err := readTree(schema)
	if err != nil {
		return nil, err
	}
	p := avroParser{named: map[string]*avroType{}}
	root, err := p.parse(&tree, "", 0)
	if err != nil {
		return nil, err
	}
	return &AvroSchema{root: root}, nil
}

type avroParser struct{ named map[string]*avroType }

func (p *avroParser) parse(n *node, namespace string, depth int) (*avroType, error) {
	if depth > maxDepth {
		return nil, errors.New("structure: the Avro schema is nested too deep")
	}
	switch n.kind {
	case nodeString:
		return p.byName(n.text, namespace)
	case nodeArray:
		u := &avroType{kind: avroUnion}
		for i := range n.items {
			b, err := p.parse(&n.items[i], namespace, depth+1)
			if err != nil {
				return nil, err
			}
			u.branches = append(u.branches, b)
		}
		return u, nil
	case nodeObject:
		return p.object(n, namespace, depth)
	}
	return nil, errors.New("structure: the Avro schema has a number where a type is expected")
}

func (p *avroParser) byName(name, namespace string) (*avroType, error) {
	if k, ok := avroPrimitives[name]; ok {
		return &avroType{kind: k}, nil
	}
	if t := p.named[fullName(name, namespace)]; t != nil {
		return t, nil
	}
	if t := p.named[name]; t != nil {
		return t, nil
	}
	return nil, errors.New("structure: the Avro schema names an unknown type " + name)
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func (p *avroParser) object(n *node, namespace string, depth int) (*avroType, error) {
	typ := n.get("type")
	if typ == nil {
		return nil, errors.New("structure: the Avro schema has an object without a type")
	}
	if typ.kind != nodeString {
		return p.parse(typ, namespace, depth+1)
	}
	t := &avroType{}
	if ns := n.str("namespace"); ns != "" {
		namespace = ns
	}
	if name := fullName(n.str("name"), namespace); name != "" {
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			namespace = name[:i]
		}
		switch typ.text {
		case "record", "error", "enum", "fixed":
			p.named[name] = t // before its fields: a record may hold itself
		}
	}
	switch typ.text {
	case "record", "error":
		return t, p.record(t, n, namespace, depth)
	case "enum":
		t.kind = avroVarint
	case "fixed":
		t.kind = avroFixed
		size, err := strconv.Atoi(n.size())
		if err != nil || size < 0 {
			return nil, errors.New("structure: the Avro schema has a fixed without a size")
		}
		t.size = size
	case "array", "map":
		return t, p.items(t, n, typ.text, namespace, depth)
	default:
		named, err := p.byName(typ.text, namespace)
		if err == nil && named.kind == avroBytes && n.str("logicalType") == "decimal" {
			named = &avroType{kind: avroNumber}
		}
		return named, err
	}
	return t, nil
}

func (n *node) size() string {
	if m := n.get("size"); m != nil {
		return m.text
	}
	return ""
}

func (p *avroParser) items(t *avroType, n *node, kind, namespace string, depth int) (err error) {
	t.kind = avroArray
	of := n.get("items")
	if kind == "map" {
		t.kind, of = avroMap, n.get("values")
	}
	if of == nil {
		return errors.New("structure: the Avro schema has an array without items or a map without values")
	}
	t.items, err = p.parse(of, namespace, depth+1)
	return err
}

func (p *avroParser) record(t *avroType, n *node, namespace string, depth int) error {
	t.kind = avroRecord
	fields := n.get("fields")
	if fields == nil {
		return errors.New("structure: the Avro schema has a record without fields")
	}
	for i := range fields.items {
		f := &fields.items[i]
		ft := f.get("type")
		if ft == nil {
			return errors.New("structure: the Avro schema has a field without a type")
		}
		typ, err := p.parse(ft, namespace, depth+1)
		if err != nil {
			return err
		}
		t.fields = append(t.fields, avroField{[]byte(f.str("name")), typ})
	}
	return nil
}

// ErrMalformed says that a value isn't of its schema.
var ErrMalformed = errors.New("structure: the value isn't of its schema")

// Walk calls visit with each string and bytes of the value in b[start:], as JSON.Walk does. Numbers, enums and fixed aren't visited: they can't be
// changed. The error is ErrMalformed.
func (s *AvroSchema) Walk(b []byte, start int, p *Paths, visit func(*Field) bool) error {
	s.walk.begin(p)
	s.read = avroReader{b: b, i: start, walk: &s.walk, visit: visit}
	s.read.value(s.root, nil, 0, 0)
	r := &s.read
	bad := r.bad || !r.stop && r.i != len(b)
	s.read = avroReader{}
	if bad {
		return ErrMalformed
	}
	return nil
}

type avroReader struct {
	b     []byte
	i     int
	bad   bool
	stop  bool
	walk  *walk
	visit func(*Field) bool
	field Field
	empty int // values of no bytes in a row, which a hostile array may claim billions of
}

// varint reads a zigzag number.
func (r *avroReader) varint() int64 {
	var u uint64
	for shift := 0; shift < 64; shift += 7 {
		if r.i >= len(r.b) {
			break
		}
		c := r.b[r.i]
		r.i++
		u |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int64(u>>1) ^ -int64(u&1)
		}
	}
	r.bad = true
	return 0
}

func (r *avroReader) skip(n int64) {
	if n < 0 || n > int64(len(r.b)-r.i) {
		r.bad = true
		return
	}
	r.i += int(n)
}

func (r *avroReader) value(t *avroType, name []byte, around uint64, depth int) {
	if depth > maxDepth {
		r.bad = true
	}
	if r.bad || r.stop {
		return
	}
	switch t.kind {
	case avroNull:
	case avroBoolean:
		r.skip(1)
	case avroVarint:
		r.varint()
	case avroFloat:
		r.skip(4)
	case avroDouble:
		r.skip(8)
	case avroFixed:
		r.skip(int64(t.size))
	case avroNumber:
		r.skip(r.varint())
	case avroString, avroBytes:
		r.text(t.kind, name, around)
	case avroUnion:
		if n := r.varint(); !r.bad && n >= 0 && n < int64(len(t.branches)) {
			r.value(t.branches[n], name, around, depth+1)
		} else {
			r.bad = true
		}
	case avroRecord:
		around |= r.walk.matches()
		for i := range t.fields {
			f := &t.fields[i]
			r.walk.push(f.name, -1)
			r.value(f.typ, f.name, around, depth+1)
			r.walk.pop()
		}
	case avroArray, avroMap:
		r.blocks(t, around|r.walk.matches(), name, depth)
	}
}

func (r *avroReader) text(k avroKind, name []byte, around uint64) {
	start := r.i
	n := r.varint()
	at := r.i
	if r.skip(n); r.bad {
		return
	}
	r.field = Field{Name: name, Start: at, End: r.i, Paths: around | r.walk.matches(), MemberStart: start, MemberEnd: r.i}
	if k == avroBytes {
		r.field.Kind = Bytes
	}
	r.stop = !r.visit(&r.field)
}

// blocks reads the items of an array or map, which come in blocks with a count before each.
func (r *avroReader) blocks(t *avroType, around uint64, name []byte, depth int) {
	index := 0
	for !r.bad && !r.stop {
		n := r.varint()
		if n == 0 {
			return
		}
		if n < 0 {
			n = -n
			r.varint() // the size of the block in bytes
		}
		for ; n > 0 && !r.bad && !r.stop; n-- {
			before := r.i
			r.item(t, around, name, index, depth)
			if index++; r.i == before {
				if r.empty++; r.empty > len(r.b) {
					r.bad = true
				}
			}
		}
	}
}

func (r *avroReader) item(t *avroType, around uint64, name []byte, index, depth int) {
	if t.kind == avroMap {
		n := r.varint()
		at := r.i
		if r.skip(n); r.bad {
			return
		}
		name, index = r.b[at:r.i], -1
	}
	r.walk.push(name, index)
	r.value(t.items, name, around, depth+1)
	r.walk.pop()
}
