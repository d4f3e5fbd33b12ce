package wasmhost

import (
	"slices"
	"testing"
)

// inspected has imports and exports of all kinds, written by hand from the binary format:
//
//	(module
//	  (type (func (param i32 i64) (result i32)))
//	  (import "env" "proxy_log" (func (type 0)))
//	  (import "env" "other" (func (type 0)))
//	  (import "env" "t" (table 1 2 funcref))
//	  (import "env" "g" (global i32))
//	  (func (type 0) i32.const 1)
//	  (memory 1)
//	  (export "memory" (memory 0))
//	  (export "proxy_abi_version_0_2_0" (func 2))
//	  (export "mine" (func 1)))
var inspected = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x07\x01\x60\x02\x7f\x7e\x01\x7f" +
	"\x02\x31\x04" + "\x03env\x09proxy_log\x00\x00" + "\x03env\x05other\x00\x00" + "\x03env\x01t\x01\x70\x01\x01\x02" + "\x03env\x01g\x03\x7f\x00" +
	"\x03\x02\x01\x00" +
	"\x05\x03\x01\x00\x01" +
	"\x07\x2b\x03" + "\x06memory\x02\x00" + "\x17proxy_abi_version_0_2_0\x00\x02" + "\x04mine\x00\x01" +
	"\x0a\x06\x01\x04\x00\x41\x01\x0b")

func TestInspect(t *testing.T) {
	info, err := Inspect(inspected)
	if err != nil {
		t.Fatal(err)
	}
	imports := []Extern{
		{Module: "env", Name: "proxy_log", Kind: "function", Type: "(i32, i64) -> i32", Known: true},
		{Module: "env", Name: "other", Kind: "function", Type: "(i32, i64) -> i32"},
		{Module: "env", Name: "t", Kind: "table"},
		{Module: "env", Name: "g", Kind: "global"},
	}
	exports := []Extern{
		{Name: "memory", Kind: "memory"},
		{Name: "proxy_abi_version_0_2_0", Kind: "function", Type: "(i32, i64) -> i32", Known: true},
		{Name: "mine", Kind: "function", Type: "(i32, i64) -> i32"},
	}
	if info.ABI != "0.2.0" || info.Size != len(inspected) || info.SHA256 != digest(inspected) {
		t.Errorf("got %+v", info)
	}
	if !slices.Equal(info.Imports, imports) {
		t.Errorf("imports %+v", info.Imports)
	}
	if !slices.Equal(info.Exports, exports) {
		t.Errorf("exports %+v", info.Exports)
	}
	for n := 1; n < len(inspected); n++ {
		if _, err := Inspect(inspected[:n]); err == nil && n > 8 && !sections(inspected[:n], func(byte, wasmReader) bool { return true }) {
			t.Errorf("the first %d bytes are a module", n)
		}
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(inspected)
	f.Fuzz(func(t *testing.T, wasm []byte) {
		info, err := Inspect(wasm)
		if err == nil && len(info.Imports)+len(info.Exports) > len(wasm) {
			t.Fatal("more entries than bytes")
		}
	})
}
