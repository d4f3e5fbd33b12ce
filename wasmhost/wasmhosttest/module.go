package wasmhosttest

import "github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"

// smallModule writes a guest in the binary format: the marker, a memory, and one function more. That function is exported by the name of
// export, or else as _initialize, and then calls what is imported.
type smallModule struct {
	imported, exported puppet.Function
}

// The parts of a module, see https://webassembly.github.io/spec/core/binary/modules.html. None is longer than 127 bytes.
const (
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionMemory   = 5
	sectionExport   = 7
	sectionCode     = 10

	kindFunction = 0
	kindMemory   = 2

	opEnd      = 0x0b
	opCall     = 0x10
	opDrop     = 0x1a
	opI32Const = 0x41
	opI64Const = 0x42
)

func (m smallModule) bytes() []byte {
	index, imports := byte(0), []byte(nil) // of the marker
	own := m.exported
	if m.imported.Name != "" {
		index, imports = 1, append(name(m.imported.Module), append(name(m.imported.Name), kindFunction, 1)...)
		own = puppet.Function{Name: "_initialize"}
	}
	b := []byte("\x00asm\x01\x00\x00\x00")
	b = appendSection(b, sectionType, functionType(puppet.Function{}), functionType(m.imported), functionType(own))
	if imports != nil {
		b = appendSection(b, sectionImport, imports)
	}
	b = appendSection(b, sectionFunction, []byte{0}, []byte{2})
	b = appendSection(b, sectionMemory, []byte{0, 1})
	b = appendSection(b, sectionExport, append(name("proxy_abi_version_0_2_1"), kindFunction, index), append(name("memory"), kindMemory, 0),
		append(name(own.Name), kindFunction, index+1))
	return appendSection(b, sectionCode, functionBody(nil), functionBody(m.body()))
}

// body calls what is imported with zeros, or returns 1.
func (m smallModule) body() (code []byte) {
	if m.imported.Name == "" {
		return constants(m.exported.Results, 1)
	}
	code = append(constants(m.imported.Params, 0), opCall, 0)
	if m.imported.Results != "" {
		code = append(code, opDrop)
	}
	return code
}

func constants(types string, value byte) (code []byte) {
	for _, l := range types {
		code = append(code, map[rune]byte{'i': opI32Const, 'I': opI64Const}[l], value)
	}
	return code
}

func functionBody(code []byte) []byte {
	return append([]byte{byte(len(code) + 2), 0}, append(code, opEnd)...)
}

func functionType(f puppet.Function) []byte {
	b := []byte{0x60}
	for _, types := range []string{f.Params, f.Results} {
		b = append(b, byte(len(types)))
		for _, l := range types {
			b = append(b, map[rune]byte{'i': 0x7f, 'I': 0x7e}[l])
		}
	}
	return b
}

func name(s string) []byte { return append([]byte{byte(len(s))}, s...) }

// appendSection appends a section that is a vector.
func appendSection(b []byte, id byte, entries ...[]byte) []byte {
	body := []byte{byte(len(entries))}
	for _, e := range entries {
		body = append(body, e...)
	}
	if len(body) > 127 {
		panic("wasmhosttest: the section is too long")
	}
	return append(append(b, id, byte(len(body))), body...)
}
