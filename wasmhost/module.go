package wasmhost

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// module is a compiled guest with the host modules that it imports. Instances of it share both.
type module struct {
	engine   wazero.Runtime
	compiled wazero.CompiledModule
	abi      string
	imports  map[string]api.Module   // host modules by name, made for this guest
	hostCode []wazero.CompiledModule // of imports
	exports  map[string]api.FunctionDefinition
}

// abiMarkers are the exports that tell which version of the ABI a guest speaks.
var abiMarkers = map[string]string{
	"proxy_abi_version_0_1_0": "0.1.0",
	"proxy_abi_version_0_2_0": "0.2.0",
	"proxy_abi_version_0_2_1": "0.2.1",
}

// newModule compiles wasm, checks that it is a Proxy-Wasm guest that this host can run, and makes its imports.
func (r *Runtime) newModule(ctx context.Context, wasm []byte, trusted bool) (_ *module, err error) {
	if err := checkMagic(wasm); err != nil {
		return nil, err
	}
	if err := checkSections(wasm); err != nil {
		return nil, err
	}
	compiled, err := r.compile(ctx, boundTables(wasm), trusted)
	if err != nil {
		return nil, fmt.Errorf("cannot compile it: %w", err)
	}
	m := &module{engine: r.engine(trusted), compiled: compiled, exports: compiled.ExportedFunctions()}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close(ctx))
		}
	}()
	if m.abi, err = abiVersion(wasm); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if err := m.makeImports(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// checkMagic refuses what isn't a core WebAssembly module, with a better message than a parser's.
func checkMagic(wasm []byte) error {
	const magic = "\x00asm"
	switch {
	case !bytes.HasPrefix(wasm, []byte(magic)):
		return errors.New("not a WebAssembly module: it doesn't begin with \\0asm")
	case len(wasm) < 8:
		return errors.New("not a WebAssembly module: it ends after its first bytes")
	case binary.LittleEndian.Uint32(wasm[4:]) == 0x1000d:
		return errors.New("this is a WebAssembly component; Proxy-Wasm needs a core module")
	}
	return nil
}

// checkDigest compares wasm with want, a SHA-256 in hexadecimal; an empty one matches everything.
func checkDigest(wasm []byte, want string) error {
	if want == "" {
		return nil
	}
	if got := digest(wasm); !strings.EqualFold(got, want) {
		return fmt.Errorf("its SHA-256 is %s, expected %s", got, want)
	}
	return nil
}

func digest(wasm []byte) string {
	sum := sha256.Sum256(wasm)
	return hex.EncodeToString(sum[:])
}

// abiVersion returns the version that the first marker in the order of exports tells, as in Envoy.
func abiVersion(wasm []byte) (string, error) {
	names, err := exportedFunctions(wasm)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if v, ok := abiMarkers[name]; ok {
			return v, nil
		}
	}
	for _, name := range names {
		if strings.HasPrefix(name, "proxy_abi_version_") {
			return "", fmt.Errorf("it speaks an unknown version of the ABI: %s; known are 0.1.0, 0.2.0 and 0.2.1", name)
		}
	}
	return "", errors.New("not a Proxy-Wasm module: it exports no function proxy_abi_version_0_1_0, _0_2_0 or _0_2_1")
}

// check refuses a guest whose exports can't be called.
func (m *module) check() error {
	if _, ok := m.compiled.ExportedMemories()["memory"]; !ok {
		return errors.New(`not a Proxy-Wasm module: it exports no memory named "memory"`)
	}
	for i, cb := range callbacks {
		def, ok := m.exports[cb.name]
		if !ok {
			continue
		}
		if got := signatureOf(def.ParamTypes(), def.ResultTypes()); !callback(i).accepts(got) {
			return fmt.Errorf("its export %s has type %s, expected %s", cb.name, describe(got), describe(cb.signature))
		}
	}
	return nil
}

func (m *module) has(cb callback) bool {
	_, ok := m.exports[callbacks[cb].name]
	return ok
}

// close frees the code. No instance may be left.
func (m *module) close(ctx context.Context) error {
	var errs []error
	for _, mod := range m.imports {
		errs = append(errs, mod.Close(ctx))
	}
	for _, c := range m.hostCode {
		errs = append(errs, c.Close(ctx))
	}
	return errors.Join(append(errs, m.compiled.Close(ctx))...)
}

// The ids of sections of a module, see https://webassembly.github.io/spec/core/binary/modules.html.
const (
	sectionCustom  = 0
	sectionExport  = 7
	sectionStart   = 8
	lastVectorID   = 11 // sections up to this one are vectors, but for the two above
	kindOfFunction = 0
)

// sections calls fn with each section of a module, until it returns false. It reports whether the module is well-formed
// so far.
func sections(wasm []byte, fn func(id byte, body wasmReader) bool) bool {
	r := wasmReader{b: wasm[min(8, len(wasm)):]}
	for len(r.b) > 0 {
		id, body := r.byte(), r.bytes(r.u32())
		if r.bad {
			return false
		}
		if !fn(id, wasmReader{b: body}) {
			break
		}
	}
	return true
}

// exportedFunctions lists the functions that a module exports, in the order of its export section, which wazero
// doesn't tell.
func exportedFunctions(wasm []byte) (names []string, err error) {
	bad := false
	ok := sections(wasm, func(id byte, s wasmReader) bool {
		if id != sectionExport {
			return true
		}
		for n := s.u32(); n > 0 && !s.bad; n-- {
			name, kind := s.bytes(s.u32()), s.byte()
			s.u32() // the index
			if kind == kindOfFunction && !s.bad {
				names = append(names, string(name))
			}
		}
		bad = s.bad
		return false
	})
	if !ok || bad {
		return nil, errors.New("not a WebAssembly module: its export section is malformed")
	}
	return names, nil
}

// wasmReader reads the binary format, with a sticky error.
type wasmReader struct {
	b   []byte
	bad bool
}

func (r *wasmReader) byte() byte {
	b := r.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (r *wasmReader) bytes(n uint32) []byte {
	if r.bad || uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// u32 reads an unsigned LEB128 of at most five bytes.
func (r *wasmReader) u32() uint32 {
	v, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 || n > 5 || v > 1<<32-1 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return uint32(v)
}
