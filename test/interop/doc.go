// Package interop tests that guests of other SDKs run unchanged on package wasmhost, by the checks of wasmhosttest.RunSDK, whose documentation
// says what the guests do: goguest by proxy-wasm-go-sdk, which the tests build, and testdata/rust by the crate proxy-wasm, which is committed
// (testdata/rust/build.sh builds it).
package interop
