// Package puppet is a Proxy-Wasm guest that a test drives: in each callback the guest asks the test, by the foreign function
// FunctionName, what to do next, does it, and reports what came of it. So a test is Go code that makes host calls as a guest, with
// real guest memory and the guest's own allocator, on any host that has foreign functions.
//
//	p := puppet.New(t)
//	p.On("proxy_on_downstream_data", func(g *puppet.Call, params [5]uint32) uint32 {
//		g.Want(puppet.OK, "proxy_get_buffer_bytes", 2, 0, 5, puppet.OutA, puppet.OutB)
//		t.Log(g.Result())
//		return 0 // Continue
//	})
//	// Load puppet.Module("0.2.1") with p.Foreign as foreign function puppet.FunctionName, and send it some bytes.
package puppet

//go:generate ./build.sh
