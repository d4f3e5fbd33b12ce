package naspconfig

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/nasp"
)

var update = flag.Bool("update", false, "write the generated files")

// Types that aren't structs, and how a schema and the documentation call them.
var scalars = map[reflect.Type]struct {
	doc    string
	schema map[string]any
}{
	reflect.TypeFor[string]():     {"text", map[string]any{"type": "string"}},
	reflect.TypeFor[bool]():       {"true or false", map[string]any{"type": "boolean"}},
	reflect.TypeFor[Count]():      {"number", map[string]any{"type": "integer", "minimum": 0}},
	reflect.TypeFor[Document]():   {"anything", map[string]any{}},
	reflect.TypeFor[Failure]():    {"closed or open", map[string]any{"enum": []string{"closed", "open"}}},
	reflect.TypeFor[Duration]():   {"duration", map[string]any{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`}},
	reflect.TypeFor[Directions](): {"both, downstream or upstream", map[string]any{"enum": []string{"both", "downstream", "upstream"}}},
	reflect.TypeFor[Size](): {"size", map[string]any{"anyOf": []any{
		map[string]any{"type": "integer", "minimum": 0}, map[string]any{"type": "string", "pattern": sizePattern.String()}}}},
	reflect.TypeFor[Ports](): {"port or range", map[string]any{"anyOf": []any{
		map[string]any{"type": "integer", "minimum": 1, "maximum": 65535}, map[string]any{"type": "string", "pattern": `^[0-9]+(-[0-9]+)?$`}}}},
}

// more is what the type of a key doesn't tell.
var more = map[string]map[string]any{
	"Filter.builtin":      {"enum": nasp.BuiltIns()},
	"Filter.sha256":       {"pattern": "^[0-9A-Fa-f]{64}$"},
	"File.trusted_sha256": {"items": map[string]any{"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"}},
}

// generator makes the schema and the documentation of the structs in file.go.
type generator struct {
	comments map[string]string // by Type.Field
	defs     map[string]any
	doc      strings.Builder
}

func newGenerator(t *testing.T) *generator {
	t.Helper()
	g := &generator{comments: map[string]string{}, defs: map[string]any{}}
	file, err := parser.ParseFile(token.NewFileSet(), "file.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				for _, name := range f.Names {
					g.comments[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
				}
			}
		}
		return true
	})
	return g
}

func (g *generator) object(t *testing.T, typ reflect.Type) map[string]any {
	properties := map[string]any{}
	fmt.Fprintf(&g.doc, "\n| key | value | meaning |\n|---|---|---|\n")
	var nested []reflect.Type
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, comment := f.Tag.Get("yaml"), g.comments[typ.Name()+"."+f.Name]
		if key == "" || comment == "" {
			t.Errorf("%s.%s has no key or no comment", typ.Name(), f.Name)
		}
		s, what, inner := g.value(t, f.Type)
		for k, v := range more[typ.Name()+"."+key] {
			s[k] = v
		}
		s["description"] = comment
		properties[key] = s
		fmt.Fprintf(&g.doc, "| `%s` | %s | %s |\n", key, what, comment)
		if inner != nil {
			nested = append(nested, inner)
		}
	}
	for _, inner := range nested {
		fmt.Fprintf(&g.doc, "\n## %s\n", map[string]string{"Filter": "An element of `filters`", "Rule": "An element of `rules`", "Limits": "`limits`"}[inner.Name()])
		g.defs[inner.Name()] = g.object(t, inner)
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

// value describes a type; inner is the struct in it, if there is one.
func (g *generator) value(t *testing.T, typ reflect.Type) (s map[string]any, what string, inner reflect.Type) {
	if known, ok := scalars[typ]; ok {
		s = map[string]any{}
		for k, v := range known.schema {
			s[k] = v
		}
		return s, known.doc, nil
	}
	switch typ.Kind() {
	case reflect.Slice:
		items, what, inner := g.value(t, typ.Elem())
		return map[string]any{"type": "array", "items": items}, strings.Replace("list of "+what, "list of see", "list, see", 1), inner
	case reflect.Map:
		values, what, inner := g.value(t, typ.Elem())
		return map[string]any{"type": "object", "additionalProperties": values}, what + " for each name", inner
	case reflect.Struct:
		return map[string]any{"$ref": "#/$defs/" + typ.Name()}, "see below", typ
	}
	t.Errorf("nothing is known of %v", typ)
	return nil, "", nil
}

const docHead = `# Configuration

<!-- Generated from nasp/naspconfig/file.go by go generate ./nasp/naspconfig. -->

The YAML file that package [naspconfig](../nasp/naspconfig) reads and follows. ` + "`nasp config check FILE`" + ` checks one, ` + "`nasp config schema`" + ` prints its JSON schema,
which editors use for completion: begin the file with ` + "`# yaml-language-server: $schema=FILE`" + `.

` + "```yaml\n%s```" + `

A size is a number of bytes, or one with KiB, MiB or GiB. A duration has its unit: 500ms, 2s, 1m30s. Unknown and repeated keys are errors, and so are keys
without a value.

## The file
`

// TestGenerated compares the committed files with what the structs say.
func TestGenerated(t *testing.T) {
	g := newGenerator(t)
	root := g.object(t, reflect.TypeFor[File]())
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", "Configuration of nasp", g.defs
	var made bytes.Buffer
	e := json.NewEncoder(&made)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		"schema.json":                 made.String(),
		"../../docs/configuration.md": fmt.Sprintf(docHead, example) + strings.ReplaceAll(g.doc.String(), "\n\n\n", "\n\n"),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%s isn't what the structs say (%v): run go generate ./nasp/naspconfig", path, err)
		}
	}
	if !*update && !bytes.Equal(Schema(), made.Bytes()) {
		t.Error("Schema returns something else")
	}
}
