package masker

import (
	"errors"
	"strconv"

	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/structure"
)

// Config says what is done about findings. Its zero value masks them in values and headers and only counts them in keys.
type Config struct {
	// Operator is what is done where no rule matches: "mask" if empty.
	Operator string `json:"operator,omitempty"`
	// Rules choose operators. The first that matches kind, topic and place counts.
	Rules []Rule `json:"rules,omitempty"`
	// Keys is what is done about findings in record keys where no rule names the place "key": "detect" if empty, "hash" or "mask". A key has chosen its
	// partition before it comes here; of the three only "hash" and "detect" keep compaction and joins.
	Keys string `json:"keys,omitempty"`
	// HashKey is the secret key of the operator "hash", at least 16 bytes. Processes that must agree have the same.
	HashKey string `json:"hash_key,omitempty"`
	// Fields are hidden by their path, whatever they hold, in JSON and in Avro and Protobuf with a schema.
	Fields []Field `json:"fields,omitempty"`
	// Formats say how values of topics are written. Without one that is told by their content.
	Formats []Format `json:"formats,omitempty"`
	// Encodings says what is undone to look for more: "auto" if empty, which is Base64 and UTF-16; "all" also reads percent, JSON and XML
	// escapes that the detectors don't know by themselves, at the price of another pass; "none" looks at texts as they stand.
	Encodings string `json:"encodings,omitempty"`
}

// Rule chooses an operator. Empty lists match all.
type Rule struct {
	Kinds    []string `json:"kinds,omitempty"`  // names of pii.Kind
	Topics   []string `json:"topics,omitempty"` // names, '*' stands for any characters
	Places   []string `json:"places,omitempty"` // "value", "header", "key"
	Operator string   `json:"operator"`
	N        int      `json:"n,omitempty"` // characters that keep_first and keep_last keep
}

// Field names a field that is hidden as a whole.
type Field struct {
	Path     string   `json:"path"` // structure.Paths
	Topics   []string `json:"topics,omitempty"`
	Kind     string   `json:"kind,omitempty"`     // what it counts as: "secret" if empty
	Operator string   `json:"operator,omitempty"` // empty: that of the kind
	N        int      `json:"n,omitempty"`
}

// Format says how the values of topics are written.
type Format struct {
	Topics []string `json:"topics,omitempty"`
	// Format is "text", "json", "csv", "avro" or "protobuf".
	Format string `json:"format"`
	// Schemas are schemas by their id in a Confluent registry, Schema that for all others.
	Schemas map[string]Schema `json:"schemas,omitempty"`
	Schema  *Schema           `json:"schema,omitempty"`
	// Unframed says that values have no header of a schema registry.
	Unframed bool `json:"unframed,omitempty"`
}

// Schema is one of Avro or Protobuf.
type Schema struct {
	// Avro is a schema of Avro.
	Avro RawJSON `json:"avro,omitempty"`
	// Descriptors is a FileDescriptorSet of Protobuf in Base64, Message the full name of the message.
	Descriptors string `json:"descriptors,omitempty"`
	Message     string `json:"message,omitempty"`
}

// RawJSON is JSON as it stands in the configuration.
type RawJSON []byte

// UnmarshalJSON keeps b.
func (r *RawJSON) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

// MarshalJSON returns what is kept.
func (r RawJSON) MarshalJSON() ([]byte, error) {
	if len(r) == 0 {
		return []byte("null"), nil
	}
	return r, nil
}

// ValueFormat is how a value is written.
type ValueFormat uint8

// The formats that can be configured.
const (
	FormatAuto ValueFormat = iota // by content
	FormatText
	FormatJSON
	FormatCSV
	FormatAvro
	FormatProtobuf
)

var formatNames = [...]string{"", "text", "json", "csv", "avro", "protobuf"}

// compiled is a Config that was checked, and the plans made from it so far.
type compiled struct {
	rules    []rule
	standard operation
	keys     operation
	fields   []field
	formats  []format
	plans    map[string]*plan

	encodings Encodings
}

type rule struct {
	kinds  [pii.NumKinds]bool
	topics []string
	places [numPlaces]bool
	op     operation
}

type field struct {
	path     string
	topics   []string
	kind     pii.Kind
	op       operation
	operated bool // op isn't that of the kind
}

type format struct {
	topics   []string
	format   ValueFormat
	unframed bool
	byID     map[uint32]schema
	other    schema
}

type schema struct {
	avro  *structure.AvroSchema
	proto *structure.ProtobufSchema
}

// Encodings says what is undone to look for more.
type Encodings uint8

// The values of Config.Encodings.
const (
	EncodingsAuto Encodings = iota
	EncodingsAll
	EncodingsNone
)

func parseEncodings(name string) (Encodings, error) {
	switch name {
	case "", "auto":
		return EncodingsAuto, nil
	case "all":
		return EncodingsAll, nil
	case "none":
		return EncodingsNone, nil
	}
	return 0, errors.New(`masker: encodings must be "auto", "all" or "none"`)
}

// plan is what holds for one topic.
type plan struct {
	ops      [numPlaces][pii.NumKinds]operation
	format   ValueFormat
	unframed bool
	schemas  *format
	paths    *structure.Paths
	fields   []field // by the index of their path
	drops    bool    // an operator is Drop
	always   bool

	encodings Encodings
	simple    [numPlaces]operation
	isSimple  [numPlaces]bool
}

func (p *plan) schema(f structure.Framing) schema {
	if p.schemas == nil {
		return schema{}
	}
	if s, ok := p.schemas.byID[f.SchemaID]; ok && f.Size > 0 && !f.Glue {
		return s
	}
	return p.schemas.other
}

// minHashKey is the length in bytes below which a key can be guessed.
const minHashKey = 16

// New returns a Masker that uses engine, which must be used by nobody else, or an error that says what of config is wrong.
func New(engine *pii.Engine, config Config) (*Masker, error) {
	m := &Masker{engine: engine}
	m.onJSON, m.onBinary, m.onString = m.jsonField, m.binaryField, m.stringOf
	c := &m.config
	c.plans = map[string]*plan{}
	var err error
	if c.standard, err = parseOperation(orElse(config.Operator, "mask"), 0); err != nil {
		return nil, err
	}
	if c.keys, err = parseKeys(config.Keys); err != nil {
		return nil, err
	}
	if c.encodings, err = parseEncodings(config.Encodings); err != nil {
		return nil, err
	}
	for _, r := range config.Rules {
		if err := c.addRule(r); err != nil {
			return nil, err
		}
	}
	for _, f := range config.Fields {
		if err := c.addField(f); err != nil {
			return nil, err
		}
	}
	for _, f := range config.Formats {
		if err := c.addFormat(f); err != nil {
			return nil, err
		}
	}
	switch {
	case config.HashKey == "" && c.hashes():
		return nil, errors.New("masker: the operator hash needs hash_key")
	case config.HashKey != "" && len(config.HashKey) < minHashKey:
		return nil, errors.New("masker: hash_key must have at least 16 bytes")
	}
	m.hasher = newHasher([]byte(config.HashKey))
	return m, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func parseKeys(name string) (operation, error) {
	switch name {
	case "", "detect", "mask", "hash":
		return parseOperation(orElse(name, "detect"), 0)
	}
	return operation{}, errors.New(`masker: keys must be "detect", "mask" or "hash"`)
}

func parseOperation(name string, n int) (operation, error) {
	op, err := ParseOperator(name)
	switch {
	case err != nil:
		return operation{}, err
	case (op == KeepFirst || op == KeepLast) && n <= 0:
		return operation{}, errors.New("masker: the operator " + name + " needs n, the number of characters to keep")
	case op != KeepFirst && op != KeepLast && n != 0:
		return operation{}, errors.New("masker: n belongs to keep_first and keep_last, not to " + name)
	}
	return operation{op, n}, nil
}

func (c *compiled) hashes() bool {
	for _, r := range c.rules {
		if r.op.op == Hash {
			return true
		}
	}
	for _, f := range c.fields {
		if f.op.op == Hash {
			return true
		}
	}
	return c.standard.op == Hash || c.keys.op == Hash
}

func (c *compiled) addRule(r Rule) (err error) {
	var out rule
	if out.op, err = parseOperation(r.Operator, r.N); err != nil {
		return err
	}
	for k := range out.kinds {
		out.kinds[k] = len(r.Kinds) == 0
	}
	for _, name := range r.Kinds {
		k, ok := pii.ParseKind(name)
		if !ok {
			return errors.New("masker: unknown kind " + name + " in a rule")
		}
		out.kinds[k] = true
	}
	for p := range out.places {
		out.places[p] = len(r.Places) == 0 && Place(p) != Key
	}
	for _, name := range r.Places {
		p, ok := parsePlace(name)
		if !ok {
			return errors.New("masker: unknown place " + name + ": there are value, header, key")
		}
		if p == Key && !out.op.op.deterministic() {
			return errors.New("masker: in keys an operator must be hash, reject or detect, so that equal keys stay equal and others differ")
		}
		out.places[p] = true
	}
	out.topics = r.Topics
	c.rules = append(c.rules, out)
	return nil
}

func parsePlace(name string) (Place, bool) {
	for p, n := range placeNames {
		if n == name {
			return Place(p), true
		}
	}
	return 0, false
}

func (c *compiled) addField(f Field) (err error) {
	out := field{path: f.Path, topics: f.Topics, kind: pii.Secret}
	if f.Kind != "" {
		k, ok := pii.ParseKind(f.Kind)
		if !ok {
			return errors.New("masker: unknown kind " + f.Kind + " of the field " + f.Path)
		}
		out.kind = k
	}
	if out.operated = f.Operator != ""; out.operated {
		if out.op, err = parseOperation(f.Operator, f.N); err != nil {
			return err
		}
	}
	if _, err := structure.ParsePaths([]string{f.Path}); err != nil {
		return err
	}
	if c.fields = append(c.fields, out); len(c.fields) > structure.MaxPaths {
		return errors.New("masker: more than " + strconv.Itoa(structure.MaxPaths) + " fields")
	}
	return nil
}

func (c *compiled) addFormat(f Format) error {
	out := format{topics: f.Topics, unframed: f.Unframed, byID: map[uint32]schema{}}
	for i, n := range formatNames {
		if i > 0 && n == f.Format {
			out.format = ValueFormat(i)
		}
	}
	if out.format == FormatAuto {
		return errors.New("masker: unknown format " + strconv.Quote(f.Format) + ": there are text, json, csv, avro, protobuf")
	}
	for id, s := range f.Schemas {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return errors.New("masker: schemas are by their numeric id, not by " + strconv.Quote(id))
		}
		if out.byID[uint32(n)], err = out.parse(s); err != nil {
			return err
		}
	}
	if f.Schema != nil {
		var err error
		if out.other, err = out.parse(*f.Schema); err != nil {
			return err
		}
	}
	c.formats = append(c.formats, out)
	return nil
}

func (f *format) parse(s Schema) (out schema, err error) {
	switch {
	case f.format == FormatAvro && len(s.Avro) > 0 && s.Descriptors == "":
		out.avro, err = structure.ParseAvro(s.Avro)
	case f.format == FormatProtobuf && s.Descriptors != "" && len(s.Avro) == 0:
		set, ok := structure.DecodeBase64(s.Descriptors)
		if !ok {
			return out, errors.New("masker: descriptors must be a FileDescriptorSet in Base64")
		}
		out.proto, err = structure.ParseProtobuf(set, s.Message)
	default:
		err = errors.New("masker: the format " + formatNames[f.format] +
			" has no such schema: avro has a schema of Avro, protobuf has descriptors and message")
	}
	return out, err
}

// planFor returns what holds for a topic. Plans are made once for each topic; a map that is asked for string(b) doesn't allocate.
func (c *compiled) planFor(topic []byte) *plan {
	if p := c.plans[string(topic)]; p != nil {
		return p
	}
	if len(c.plans) >= maxPlans { // topics come from clients
		clear(c.plans)
	}
	p := c.makePlan(string(topic))
	c.plans[string(topic)] = p
	return p
}

const maxPlans = 1024

func (c *compiled) makePlan(topic string) *plan {
	p := &plan{}
	for place := range numPlaces {
		for k := range p.ops[place] {
			p.ops[place][k] = c.operationFor(topic, place, pii.Kind(k))
			p.drops = p.drops || p.ops[place][k].op == Drop
		}
	}
	var paths []string
	for _, f := range c.fields {
		if matchesTopic(f.topics, topic) {
			p.fields, paths = append(p.fields, f), append(paths, f.path)
			p.drops = p.drops || f.op.op == Drop
		}
	}
	p.paths, _ = structure.ParsePaths(paths) // each was read before
	for i := range c.formats {
		if f := &c.formats[i]; matchesTopic(f.topics, topic) {
			p.format, p.unframed, p.schemas = f.format, f.unframed, f
			break
		}
	}
	p.always = len(p.fields) > 0 || p.format >= FormatCSV
	p.encodings = c.encodings
	for place := range numPlaces {
		p.simple[place], p.isSimple[place] = p.simpleIn(place)
	}
	return p
}

func (p *plan) simpleIn(place Place) (operation, bool) {
	first := p.ops[place][0]
	for _, op := range p.ops[place] {
		if op != first {
			return operation{}, false
		}
	}
	text := !p.always && p.encodings != EncodingsAll || place != Value
	return first, text && (first.op == Mask || first.op == Detect)
}

func (c *compiled) operationFor(topic string, place Place, k pii.Kind) operation {
	for i := range c.rules {
		if r := &c.rules[i]; r.kinds[k] && r.places[place] && matchesTopic(r.topics, topic) {
			return r.op
		}
	}
	if place == Key {
		return c.keys
	}
	return c.standard
}

// matchesTopic tells whether one of some patterns matches; no pattern matches all.
func matchesTopic(patterns []string, topic string) bool {
	for _, p := range patterns {
		if glob(p, topic) {
			return true
		}
	}
	return len(patterns) == 0
}

// glob matches '*' with any characters, in time linear in both for each '*'.
func glob(pattern, s string) bool {
	star, from := -1, 0
	i := 0
	for j := 0; j < len(s); {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, from = i, j
			i++
		case i < len(pattern) && pattern[i] == s[j]:
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}
