// Package kafkawasm carries the Proxy-Wasm module of the Kafka filters, built from filters/guest/kafka. It is a package of its own so
// that only programs that use it carry its bytes.
package kafkawasm

import _ "embed"

// Module is the module. It must not be changed.
//
//go:embed kafka.wasm
var Module []byte
