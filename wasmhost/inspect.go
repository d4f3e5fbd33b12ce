package wasmhost

import "fmt"

// Info is what a module says of itself.
type Info struct {
	ABI    string // for example "0.2.1"; empty if it isn't a Proxy-Wasm module
	SHA256 string // in hexadecimal
	Size   int    // in bytes
	// Imports and Exports are in the module's own order.
	Imports, Exports []Extern
}

// Extern is what a module imports or exports.
type Extern struct {
	Module string // that it is imported from
	Name   string
	Kind   string // function, table, memory, global or tag
	Type   string // of a function, for example "(i32, i32) -> i32"
	// Known tells whether this host offers the imported function, or calls the exported one.
	Known bool
}

const sectionFunction = 3

// Inspect reads what a module says of itself, and runs nothing of it. It fails for what isn't a core WebAssembly module. Whether this
// host can run the module only Runtime.Load can tell.
func Inspect(wasm []byte) (Info, error) {
	info := Info{SHA256: digest(wasm), Size: len(wasm)}
	if err := checkMagic(wasm); err != nil {
		return info, fmt.Errorf("wasmhost: %w", err)
	}
	in := inspector{known: hostModules()}
	if !sections(wasm, in.section) || in.bad {
		return info, fmt.Errorf("wasmhost: %w", errMalformed)
	}
	info.Imports, info.Exports = in.imports, in.exports
	if v, err := abiVersion(wasm); err == nil {
		info.ABI = v
	}
	return info, nil
}

// inspector collects what sections say. They come in the order of their ids.
type inspector struct {
	known     map[string]map[string]hostCall
	types     []string // of functions, as signatureOf writes them
	functions []string // types of functions, the imported ones first
	imports   []Extern
	exports   []Extern
	bad       bool
}

func (in *inspector) section(id byte, s wasmReader) bool {
	read := map[byte]func(*wasmReader){
		sectionType: in.readType, sectionImport: in.readImport, sectionFunction: in.readFunction, sectionExport: in.readExport,
	}[id]
	if read == nil {
		return true
	}
	for n := s.count(); n > 0 && !s.bad; n-- {
		read(&s)
	}
	in.bad = s.bad
	return !in.bad
}

func (in *inspector) readType(s *wasmReader) {
	s.byte() // 0x60
	signature := s.valueTypes() + ":"
	in.types = append(in.types, signature+s.valueTypes())
}

// valueTypes reads a vector of types as letters of a signature.
func (r *wasmReader) valueTypes() (letters string) {
	for n := r.count(); n > 0 && !r.bad; n-- {
		letter, ok := map[byte]string{0x7f: "i", 0x7e: "I", 0x7d: "f", 0x7c: "F"}[peek(r.b)]
		if !ok {
			letter = "r"
		}
		r.valueType()
		letters += letter
	}
	return letters
}

func peek(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (in *inspector) readImport(s *wasmReader) {
	x := Extern{Module: string(s.name()), Name: string(s.name())}
	kind := s.byte()
	x.Kind = kindName(kind)
	switch kind {
	case kindOfFunction:
		signature := in.typeAt(s.u32())
		in.functions = append(in.functions, signature)
		x.Type = describeShort(signature)
		_, x.Known = in.known[x.Module][x.Name]
	case 1:
		s.valueType()
		s.limits()
	case 2:
		s.limits()
	case 3:
		s.valueType()
		s.byte()
	case 4:
		s.byte()
		s.u32()
	default:
		s.bad = true
	}
	in.imports = append(in.imports, x)
}

func (r *wasmReader) limits() {
	flag := r.byte()
	r.skipLEB()
	if flag&1 != 0 {
		r.skipLEB()
	}
}

func (in *inspector) readFunction(s *wasmReader) {
	in.functions = append(in.functions, in.typeAt(s.u32()))
}

func (in *inspector) typeAt(i uint32) string {
	if int64(i) >= int64(len(in.types)) {
		return ":"
	}
	return in.types[i]
}

func (in *inspector) readExport(s *wasmReader) {
	x := Extern{Name: string(s.name())}
	kind, index := s.byte(), s.u32()
	x.Kind = kindName(kind)
	if kind == kindOfFunction && int64(index) < int64(len(in.functions)) {
		x.Type = describeShort(in.functions[index])
		x.Known = abiMarkers[x.Name] != "" || isCallback(x.Name)
	}
	in.exports = append(in.exports, x)
}

// describeShort doesn't write out a type that has very many parameters: thousands of functions may have it.
func describeShort(signature string) string {
	if len(signature) > 64 {
		return "(…)"
	}
	return describe(signature)
}

func isCallback(name string) bool {
	for _, cb := range callbacks {
		if cb.name == name {
			return true
		}
	}
	return false
}

func kindName(kind byte) string {
	if names := []string{"function", "table", "memory", "global", "tag"}; int(kind) < len(names) {
		return names[kind]
	}
	return "unknown"
}
