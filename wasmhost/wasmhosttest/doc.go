// Package wasmhosttest is a conformance kit for Proxy-Wasm hosts: checks that any host can run, in the manner of testing/slogtest. A host
// gives an adapter, which is an implementation of Host, and calls Run in a test:
//
//	func TestConformance(t *testing.T) { wasmhosttest.Run(t, myhost{}) }
//
// internal/kithost of this module is an adapter to start from: that of package wasmhost.
//
// The checks are written from the specification (https://github.com/proxy-wasm/spec, ABI 0.1.0, 0.2.0 and 0.2.1) and from what Envoy
// does where that leaves room. Each is a subtest, named by its topic, so that a host that does something else on purpose leaves it out by
// go test -skip. Those under bounds and hostile go beyond the specification: they want the host to survive its guests.
//
// The guests are hand-written: package puppet has one that does what a check says in the middle of its callbacks, and folder guests
// has those that aren't like it, each with its source beside it.
//
// RunSDK checks guests of other SDKs, which a host's own tests build: test/interop has those of the official Go SDK and of the Rust SDK.
// RunCoraza checks a web application firewall.
//
// Report tells which lines of the ABI the checks covered. docs/conformance.md is the report on package wasmhost.
package wasmhosttest

//go:generate ./guests/build.sh
//go:generate go test -count=1 -run ^TestConformance$ . -update
