// Package interop tests that guests of other SDKs run unchanged on the streams of package wasmhost. The guest is the same in each SDK:
// goguest by proxy-wasm-go-sdk, which the tests build, and testdata/rust by the crate proxy-wasm, which is committed
// (testdata/rust/build.sh builds it).
//
// What the guest does depends on the first word of the bytes from the client:
//
//	pause     waits until they end in a dot, or in the end of the stream
//	hold      waits until a tick resumes them
//	start     puts < before them
//	end       puts > behind them
//	middle    makes the first # of them [middle]
//	replace   makes them "replaced"
//	shared    adds one to a number in shared data, checks that an outdated CAS value is refused, and answers with the number
//	queue     puts them into a queue, and counts in interop.dequeued what a callback takes from it
//	metrics   uses each kind of metric, and answers with the values
//	property  answers with the client's address
//	close     closes the connection
//
// Bytes from the server become upper-case. Connections, their ends and ticks are counted in metrics; the configurations are logged,
// and the plugin configuration "refuse" is refused.
package interop
