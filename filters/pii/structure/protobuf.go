package structure

import "errors"

// ProtobufSchema is a message type of Protocol Buffers: it tells where the strings of a value in the wire format are. A nil schema knows no types: fields
// whose bytes are text are strings then, and those that read as a message are messages.
type ProtobufSchema struct{ root *protoMessage }

type protoMessage struct {
	name   string
	fields map[uint64]*protoField
}

type protoField struct {
	name     []byte
	kind     protoKind
	typeName string
	message  *protoMessage
}

type protoKind uint8

const (
	protoScalar protoKind = iota // numbers and enums, packed ones too
	protoString
	protoBytes
	protoNested
)

// The types of FieldDescriptorProto in descriptor.proto.
const (
	typeString  = 9
	typeGroup   = 10
	typeMessage = 11
	typeBytes   = 12
)

// ParseProtobuf reads a FileDescriptorSet, which protoc writes by --descriptor_set_out with --include_imports, and finds the message with this full
// name in it, such as "shop.v1.Order".
func ParseProtobuf(descriptors []byte, message string) (*ProtobufSchema, error) {
	p := protoParser{messages: map[string]*protoMessage{}}
	if !protoFields(descriptors, func(f wireField) bool { return f.number != 1 || p.file(f.content) }) {
		return nil, errors.New("structure: the Protobuf schema isn't a FileDescriptorSet")
	}
	for _, m := range p.messages {
		for _, f := range m.fields {
			f.message = p.messages[f.typeName]
		}
	}
	root := p.messages["."+message]
	if root == nil {
		return nil, errors.New("structure: the Protobuf schema has no message " + message)
	}
	return &ProtobufSchema{root}, nil
}

type protoParser struct{ messages map[string]*protoMessage }

// file reads a FileDescriptorProto: package (2), message types (4).
func (p *protoParser) file(b []byte) bool {
	scope := "."
	if !protoFields(b, func(f wireField) bool {
		if f.number == 2 && len(f.content) > 0 {
			scope = "." + string(f.content) + "."
		}
		return true
	}) {
		return false
	}
	return protoFields(b, func(f wireField) bool { return f.number != 4 || p.message(f.content, scope, 0) })
}

// message reads a DescriptorProto: name (1), fields (2), nested types (3).
func (p *protoParser) message(b []byte, scope string, depth int) bool {
	m := &protoMessage{fields: map[uint64]*protoField{}}
	ok := depth < maxDepth && protoFields(b, func(f wireField) bool {
		if f.number == 1 {
			m.name = scope + string(f.content)
		}
		return true
	})
	p.messages[m.name] = m
	return ok && protoFields(b, func(f wireField) bool {
		switch f.number {
		case 2:
			return m.field(f.content)
		case 3:
			return p.message(f.content, m.name+".", depth+1)
		}
		return true
	})
}

// field reads a FieldDescriptorProto: name (1), number (3), type (5), type name (6).
func (m *protoMessage) field(b []byte) bool {
	f := &protoField{}
	var number, typ uint64
	ok := protoFields(b, func(w wireField) bool {
		switch w.number {
		case 1:
			f.name = append([]byte{}, w.content...)
		case 3:
			number = w.value
		case 5:
			typ = w.value
		case 6:
			f.typeName = string(w.content)
		}
		return true
	})
	switch typ {
	case typeString:
		f.kind = protoString
	case typeBytes:
		f.kind = protoBytes
	case typeMessage, typeGroup:
		f.kind = protoNested
	}
	m.fields[number] = f
	return ok
}

// wireField is a field as it is on the wire.
type wireField struct {
	number  uint64
	wire    byte
	value   uint64 // of a varint
	content []byte // of one with a length
	start   int    // of its tag
	end     int    // behind the field
}

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireStart   = 3
	wireEnd     = 4
	wireFixed32 = 5
)

// protoFields calls fn with each field of a message until it returns false. It tells whether all was well-formed and fn content.
func protoFields(b []byte, fn func(wireField) bool) bool {
	for i := 0; i < len(b); {
		f, ok := nextField(b, i)
		if !ok || !fn(f) {
			return false
		}
		i = f.end
	}
	return true
}

// nextField reads the field at i.
func nextField(b []byte, i int) (f wireField, ok bool) {
	f.start = i
	tag, i, ok := uvarint(b, i)
	f.number, f.wire = tag>>3, byte(tag&7)
	if !ok || f.number == 0 || f.number > 1<<29-1 {
		return f, false
	}
	switch f.wire {
	case wireVarint:
		f.value, i, ok = uvarint(b, i)
	case wireFixed64:
		i += 8
	case wireFixed32:
		i += 4
	case wireBytes:
		var n uint64
		n, i, ok = uvarint(b, i)
		if !ok || n > uint64(len(b)-i) {
			return f, false
		}
		f.content = b[i : i+int(n)]
		i += int(n)
	case wireStart, wireEnd: // the fields of a group are read as ones of the message around it
	default:
		return f, false
	}
	f.end = i
	return f, ok && i <= len(b)
}

func uvarint(b []byte, i int) (v uint64, next int, ok bool) {
	for shift := 0; shift < 70 && i < len(b); shift += 7 {
		c := b[i]
		i++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v, i, true
		}
	}
	return 0, i, false
}

// Protobuf walks over messages of Protobuf. Its zero value works; it isn't safe for concurrent use.
type Protobuf struct {
	walk  walk
	visit func(*Field) bool
	field Field
	stop  bool
	base  []byte
}

// Walk calls visit with each string and bytes of the message in b[start:], as JSON.Walk does. Without a schema fields have no names. It returns false where
// the value is malformed; then visit may have been called for what stands before.
func (p *Protobuf) Walk(s *ProtobufSchema, b []byte, start int, paths *Paths, visit func(*Field) bool) bool {
	p.walk.begin(paths)
	p.visit, p.stop, p.base = visit, false, b
	var root *protoMessage
	if s != nil {
		root = s.root
	}
	ok := p.message(root, start, len(b), 0, 0)
	p.visit, p.base = nil, nil
	return ok
}

func (p *Protobuf) message(m *protoMessage, start, end int, around uint64, depth int) bool {
	around |= p.walk.matches()
	b := p.base[:end]
	for i := start; i < end && !p.stop; {
		f, ok := nextField(b, i)
		if !ok {
			return false
		}
		i = f.end
		if f.wire == wireBytes && !p.content(m, &f, around, depth) {
			return false
		}
	}
	return true
}

// content looks at a field with a length.
func (p *Protobuf) content(m *protoMessage, f *wireField, around uint64, depth int) bool {
	start := f.end - len(f.content)
	var known *protoField
	if m != nil {
		if known = m.fields[f.number]; known == nil || known.kind == protoScalar {
			return true
		}
	}
	var name []byte
	if known != nil {
		name = known.name
	}
	p.walk.push(name, -1)
	defer p.walk.pop()
	if known != nil && known.kind == protoNested || known == nil && !isText(f.content) {
		if depth >= maxDepth {
			return known == nil
		}
		if known != nil {
			return p.message(known.message, start, f.end, around, depth+1)
		}
		if isMessage(f.content, maxGuess) {
			return p.message(nil, start, f.end, around, depth+1)
		}
		return true // bytes, or packed numbers
	}
	p.field = Field{Name: name, Start: start, End: f.end, Paths: around | p.walk.matches()}
	if known != nil && known.kind == protoBytes {
		p.field.Kind = Bytes
	}
	p.stop = !p.visit(&p.field)
	return true
}

// maxGuess bounds how many fields are read to tell whether bytes are a message: reading them all at each level would be quadratic in the depth.
const maxGuess = 64

// isMessage tells whether bytes read as a message.
func isMessage(b []byte, fields int) bool {
	for i := 0; i < len(b) && fields > 0; fields-- {
		f, ok := nextField(b, i)
		if !ok {
			return false
		}
		i = f.end
	}
	return len(b) > 0
}

// isText tells whether bytes are text: valid UTF-8 without control characters but white space.
func isText(b []byte) bool {
	for i := 0; i < len(b); {
		n := textLen(b[i:])
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}
