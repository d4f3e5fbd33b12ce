module github.com/libnasp/libnasp/test/interop

go 1.26.0

replace github.com/libnasp/libnasp => ../..

require (
	github.com/libnasp/libnasp v0.0.0
	github.com/proxy-wasm/proxy-wasm-go-sdk v0.0.0-20260105142703-44c7d5847745
)

require (
	github.com/tetratelabs/wazero v1.12.0 // indirect
	golang.org/x/sys v0.44.0 // indirect
)
