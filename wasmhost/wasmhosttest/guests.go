package wasmhosttest

import "embed"

//go:embed guests/*.wasm
var guests embed.FS

// Guest returns one of the modules in folder guests, by its name without the ending.
func Guest(name string) []byte {
	b, err := guests.ReadFile("guests/" + name + ".wasm")
	if err != nil {
		panic("wasmhosttest: there is no guest " + name)
	}
	return b
}
