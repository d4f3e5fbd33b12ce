// Package abi holds the host calls of Proxy-Wasm as the spec has them: numbers and pointers, no policy.
//
// Built for wasip1 they are imports of module "env". Built for anything else they go to Host, so that filters are tested
// natively against a host made of Go (package proxywasmtest).
package abi

// Status is what each host call returns (Proxy-Wasm spec, "proxy_status_t").
type Status uint32

// The statuses that hosts return.
const (
	OK                   Status = 0
	NotFound             Status = 1
	BadArgument          Status = 2
	SerializationFailure Status = 3
	ParseFailure         Status = 4
	InvalidMemoryAccess  Status = 6
	Empty                Status = 7
	CASMismatch          Status = 8
	InternalFailure      Status = 10
	Unimplemented        Status = 12
)

var statusNames = map[Status]string{
	OK: "ok", NotFound: "not found", BadArgument: "bad argument", SerializationFailure: "serialization failure",
	ParseFailure: "parse failure", InvalidMemoryAccess: "invalid memory access", Empty: "empty",
	CASMismatch: "compare-and-swap mismatch", InternalFailure: "internal failure", Unimplemented: "unimplemented",
}

// Error makes Status an error that says what the host answered.
func (s Status) Error() string {
	if n, ok := statusNames[s]; ok {
		return "proxywasm: the host answered: " + n
	}
	return "proxywasm: the host answered with an unknown status"
}

// Err is nil for OK.
func (s Status) Err() error {
	if s == OK {
		return nil
	}
	return s
}
