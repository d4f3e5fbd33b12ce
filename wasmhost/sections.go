package wasmhost

import (
	"encoding/binary"
	"errors"
)

// Bounds on what a module may have wazero allocate.
const (
	maxLocals      = 50_000    // of one function, as in browsers
	maxAllLocals   = 4_000_000 // of all functions
	maxTables      = 100
	maxTableMin    = 1_000_000 // elements that one table begins with, and may grow to
	sectionType    = 1
	sectionImport  = 2
	sectionTable   = 4
	sectionElement = 9
	sectionCode    = 10
	sectionData    = 11
)

var errMalformed = errors.New("not a WebAssembly module: a section is malformed")

// checkSections refuses a module that claims more entries than it has bytes: wazero allocates memory for so many before it
// reads them, tens of gigabytes for a module of forty bytes. What it lets pass may still be wrong in every other way,
// which wazero finds.
func checkSections(wasm []byte) error {
	err := errMalformed
	ok := sections(wasm, func(id byte, body wasmReader) bool {
		err = checkSection(id, body)
		return err == nil
	})
	if len(wasm) <= 8 { // no section at all
		err = nil
	}
	if !ok {
		err = errMalformed
	}
	return err
}

func checkSection(id byte, body wasmReader) error {
	if id == sectionCustom {
		if string(body.name()) == "name" {
			body.nameSection()
		}
		return body.err()
	}
	if id == sectionStart || id > lastVectorID {
		return nil
	}
	n := body.count()
	entry := map[byte]func(*wasmReader){
		sectionType: (*wasmReader).funcType, sectionElement: (*wasmReader).element, sectionData: (*wasmReader).data,
	}[id]
	switch {
	case id == sectionCode:
		return body.functions(n)
	case id == sectionTable:
		return body.tables(n)
	case id == sectionExport || id == sectionImport:
		return body.err() // names are checked where they are read, and no longer than wazero lets them be
	case entry != nil:
		for ; n > 0 && !body.bad; n-- {
			entry(&body)
		}
	}
	return body.err()
}

func (r *wasmReader) err() error {
	if r.bad {
		return errMalformed
	}
	return nil
}

// count reads the length of a vector, each element of which has one byte at least.
func (r *wasmReader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)) {
		r.bad = true
	}
	if r.bad {
		return 0
	}
	return n
}

func (r *wasmReader) name() []byte { return r.bytes(r.u32()) }

func (r *wasmReader) skipLEB() {
	for r.byte()&0x80 != 0 && !r.bad {
	}
}

func (r *wasmReader) funcType() {
	r.byte() // 0x60
	for range 2 {
		for n := r.count(); n > 0 && !r.bad; n-- {
			r.valueType()
		}
	}
}

func (r *wasmReader) valueType() {
	if t := r.byte(); t == 0x63 || t == 0x64 { // a reference and what to
		r.skipLEB()
	}
}

func (r *wasmReader) data() {
	if flag := r.u32(); flag != 1 {
		if flag == 2 {
			r.u32()
		}
		r.constExpr()
	}
	r.name()
}

// element reads a segment, see https://webassembly.github.io/spec/core/binary/modules.html#element-section.
func (r *wasmReader) element() {
	flag := r.u32()
	if flag&1 == 0 { // active
		if flag&2 != 0 {
			r.u32()
		}
		r.constExpr()
	}
	if flag&3 != 0 {
		if flag&4 != 0 {
			r.valueType()
		} else {
			r.byte()
		}
	}
	for n := r.count(); n > 0 && !r.bad; n-- {
		if flag&4 != 0 {
			r.constExpr()
		} else {
			r.u32()
		}
	}
}

// constExpr skips the operators that a constant expression may have, up to its end.
func (r *wasmReader) constExpr() {
	for !r.bad {
		switch op := r.byte(); op {
		case 0x0b: // end
			return
		case 0x41, 0x42, 0x23, 0xd0, 0xd2: // i32.const, i64.const, global.get, ref.null, ref.func
			r.skipLEB()
		case 0x43: // f32.const
			r.bytes(4)
		case 0x44: // f64.const
			r.bytes(8)
		case 0xfd: // v128.const
			r.skipLEB()
			r.bytes(16)
		}
	}
}

func (r *wasmReader) functions(n uint32) error {
	all := uint64(0)
	for ; n > 0 && !r.bad; n-- {
		body := wasmReader{b: r.name()} // as long as it says
		locals := uint64(0)
		for groups := body.count(); groups > 0 && !body.bad; groups-- {
			locals += uint64(body.u32())
			body.valueType()
		}
		r.bad = r.bad || body.bad
		if all += locals; locals > maxLocals || all > maxAllLocals {
			return errors.New("a function of it has too many local variables")
		}
	}
	return r.err()
}

func (r *wasmReader) tables(n uint32) error {
	if n > maxTables {
		return errors.New("it has too many tables")
	}
	for ; n > 0 && !r.bad; n-- {
		initialised := len(r.b) > 0 && r.b[0] == 0x40
		if initialised {
			r.bytes(2)
		}
		r.valueType()
		flag := r.byte()
		if r.u32() > maxTableMin {
			return errors.New("a table of it is too large")
		}
		if flag&1 != 0 {
			r.u32()
		}
		if initialised {
			r.constExpr()
		}
	}
	return r.err()
}

// nameSection reads names of functions and of their variables.
func (r *wasmReader) nameSection() {
	for len(r.b) > 0 && !r.bad {
		id, sub := r.byte(), wasmReader{b: r.name()}
		switch id {
		case 0:
			sub.name()
		case 1:
			sub.nameMap()
		case 2:
			for n := sub.count(); n > 0 && !sub.bad; n-- {
				sub.u32()
				sub.nameMap()
			}
		}
		r.bad = r.bad || sub.bad
	}
}

func (r *wasmReader) nameMap() {
	for n := r.count(); n > 0 && !r.bad; n-- {
		r.u32()
		r.name()
	}
}

// boundTables returns the module with a bound on how far each of its tables grows. wazero bounds memory only, and a guest
// could have tens of gigabytes in tables. checkSections has found the module well-formed.
func boundTables(wasm []byte) []byte {
	out := append(make([]byte, 0, len(wasm)+16), wasm[:8]...)
	for r := (wasmReader{b: wasm[8:]}); len(r.b) > 0; {
		start := r.b
		id, body := r.byte(), r.name()
		if id != sectionTable {
			out = append(out, start[:len(start)-len(r.b)]...)
			continue
		}
		tables := boundedTables(wasmReader{b: body})
		out = append(binary.AppendUvarint(append(out, id), uint64(len(tables))), tables...)
	}
	return out
}

func boundedTables(r wasmReader) []byte {
	n := r.count()
	out := binary.AppendUvarint(nil, uint64(n))
	for ; n > 0; n-- {
		start := r.b
		initialised := len(r.b) > 0 && r.b[0] == 0x40
		if initialised {
			r.bytes(2)
		}
		r.valueType()
		out = append(out, start[:len(start)-len(r.b)]...)
		flag, least, most := r.byte(), r.u32(), uint32(maxTableMin)
		if flag&1 != 0 {
			most = min(most, r.u32())
		}
		out = binary.AppendUvarint(append(out, flag|1), uint64(least))
		out = binary.AppendUvarint(out, uint64(most))
		if start = r.b; initialised {
			r.constExpr()
		}
		out = append(out, start[:len(start)-len(r.b)]...)
	}
	return append(out, r.b...) // nothing, or what wazero refuses
}
