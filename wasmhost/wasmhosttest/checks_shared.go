package wasmhosttest

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

var sharedChecks = []check{
	{"shared data/compare and swap", []string{"cas-counter", "cas-force", "cas-missing"}, compareAndSwap},
	{"shared data/by VM id", []string{"shared-by-vm-id"}, sharedByVMID},
	{"shared data/invalid memory", nil, invalidSharedMemory},
	{"queues/notification", []string{"proxy_on_queue_ready", "queue-names", "queue-last", "queue-async"}, queueNotification},
	{"queues/to itself", []string{"proxy_on_queue_ready", "queue-async"}, queueToItself},
	{"queues/invalid memory", nil, invalidQueueMemory},
}

func (t *T) setShared(g *puppet.Call, status Status, key, value string, cas uint64) {
	t.Helper()
	ptr, size := g.Put(puppet.ArgA, key)
	vptr, vsize := g.Put(puppet.ArgB, value)
	g.Want(status, "proxy_set_shared_data", ptr, size, vptr, vsize, cas)
}

// getShared checks a value and returns its CAS.
func (t *T) getShared(g *puppet.Call, key, want string) (cas uint64) {
	t.Helper()
	ptr, size := g.Put(puppet.ArgA, key)
	g.Want(puppet.OK, "proxy_get_shared_data", ptr, size, puppet.OutA, puppet.OutB, puppet.OutC)
	if got := g.Result(); got != want {
		t.Errorf("%q is %q, want %q", key, got, want)
	}
	return uint64(g.Uint32(puppet.OutC))
}

func compareAndSwap(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		ptr, size := g.Put(puppet.ArgA, "missing")
		g.Want(puppet.NotFound, "proxy_get_shared_data", ptr, size, puppet.OutA, puppet.OutB, puppet.OutC)
		t.setShared(g, puppet.OK, "a", "1", 0)
		first := t.getShared(g, "a", "1")
		t.setShared(g, puppet.OK, "b", "x", 12345) // a missing key takes any
		t.setShared(g, puppet.OK, "a", "2", first)
		second := t.getShared(g, "a", "2")
		if b := t.getShared(g, "b", "x"); first == 0 || second <= first || b <= first || b >= second {
			t.Errorf("CAS %d, %d and %d, of one counter", first, b, second)
		}
		t.setShared(g, puppet.CasMismatch, "a", "3", first)
		t.getShared(g, "a", "2")
		t.setShared(g, puppet.OK, "a", "", 0) // forced
		t.getShared(g, "a", "")
	})
}

func sharedByVMID(t *T) {
	p := t.puppet()
	r := t.runtime(p, RuntimeConfig{})
	stream := func(vmID string) Stream {
		return t.stream(t.loadInto(r, setup{plugin: PluginConfig{VMID: vmID, Name: fmt.Sprintf("of %q", vmID)}}), StreamConfig{})
	}
	t.onData(p, stream("one"), data(""), func(g *puppet.Call) { t.setShared(g, puppet.OK, "key", "of one", 0) })
	t.onData(p, stream("one"), data(""), func(g *puppet.Call) { t.getShared(g, "key", "of one") })
	for _, other := range []string{"two", ""} {
		t.onData(p, stream(other), data(""), func(g *puppet.Call) {
			ptr, size := g.Put(puppet.ArgA, "key")
			g.Want(puppet.NotFound, "proxy_get_shared_data", ptr, size, puppet.OutA, puppet.OutB, puppet.OutC)
		})
	}
}

func invalidSharedMemory(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		t.setShared(g, puppet.OK, "key", "value", 0)
		ptr, size := g.Put(puppet.ArgA, "key")
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_shared_data", all, 4, ptr, size, 0)
		g.Want(puppet.InvalidMemoryAccess, "proxy_set_shared_data", ptr, size, all, 4, 0)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_shared_data", all, 4, puppet.OutA, puppet.OutB, puppet.OutC)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_shared_data", ptr, size, all, puppet.OutB, puppet.OutC)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_shared_data", ptr, size, puppet.OutA, all, puppet.OutC)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_shared_data", ptr, size, puppet.OutA, puppet.OutB, all)
		t.getShared(g, "key", "value")
	})
}

// register registers a queue as the guest, and returns its token.
func (t *T) register(g *puppet.Call, name string) uint64 {
	t.Helper()
	ptr, size := g.Put(puppet.ArgA, name)
	g.Want(puppet.OK, "proxy_register_shared_queue", ptr, size, puppet.OutA)
	return uint64(g.Uint32(puppet.OutA))
}

// queueNotification has two consumers, which share a VM id, and a producer with another.
func queueNotification(t *T) {
	p := t.puppet()
	r := t.runtime(p, RuntimeConfig{})
	type message struct{ who, text string }
	received := make(chan message, 100)
	p.On("proxy_on_configure", func(g *puppet.Call, params [5]uint32) uint32 {
		if params[1] > 0 {
			t.register(g, "the queue")
		}
		return 1
	})
	p.On("proxy_on_queue_ready", func(g *puppet.Call, params [5]uint32) uint32 {
		g.Want(puppet.OK, "proxy_dequeue_shared_queue", uint64(params[1]), puppet.OutA, puppet.OutB)
		text := g.Result()
		g.Want(puppet.OK, "proxy_get_buffer_bytes", 7, 0, all, puppet.OutA, puppet.OutB)
		received <- message{g.Result(), text}
		return 0
	})
	consumer := func(who string) Plugin {
		return t.loadInto(r, setup{plugin: PluginConfig{Name: who, VMID: "consumers", Configuration: []byte(who)}})
	}
	first, second := consumer("first"), consumer("second")
	s := t.stream(t.loadInto(r, setup{plugin: PluginConfig{Name: "producer", VMID: "producers"}}), StreamConfig{})
	var token uint64
	t.onData(p, s, data(""), func(g *puppet.Call) {
		id, idSize := g.Put(puppet.ArgB, "consumers")
		ptr, size := g.Put(puppet.ArgA, "the queue")
		g.Want(puppet.NotFound, "proxy_resolve_shared_queue", 0, 0, ptr, size, puppet.OutA) // of its own VM id
		g.Want(puppet.NotFound, "proxy_resolve_shared_queue", ptr, size, ptr, size, puppet.OutA)
		g.Want(puppet.OK, "proxy_resolve_shared_queue", id, idSize, ptr, size, puppet.OutA)
		token = uint64(g.Uint32(puppet.OutA))
		g.Want(puppet.NotFound, "proxy_enqueue_shared_queue", token+1000, ptr, size)
		g.Want(puppet.NotFound, "proxy_dequeue_shared_queue", token+1000, puppet.OutA, puppet.OutB)
	})
	send := func(who string, texts ...string) {
		t.Helper()
		t.onData(p, s, data(""), func(g *puppet.Call) {
			for _, text := range texts {
				ptr, size := g.Put(puppet.ArgA, text)
				g.Want(puppet.OK, "proxy_enqueue_shared_queue", token, ptr, size)
			}
		})
		for _, text := range texts {
			if m := receive(t, "a message", received); m.text != text || m.who != who {
				t.Errorf("received %+v, want %q by the %s", m, text, who)
			}
		}
	}
	send("second", "a", "b", "", "d")
	t.onData(p, s, data(""), func(g *puppet.Call) {
		g.Want(puppet.Empty, "proxy_dequeue_shared_queue", token, puppet.OutA, puppet.OutB)
	})
	t.must(second.Close(t.Context()))
	send("first", "e") // takes over
	t.must(first.Close(t.Context()))
	t.onData(p, s, data(""), func(g *puppet.Call) { // nobody is there, but the queue is
		ptr, size := g.Put(puppet.ArgA, "f")
		g.Want(puppet.OK, "proxy_enqueue_shared_queue", token, ptr, size)
		g.Want(puppet.OK, "proxy_dequeue_shared_queue", token, puppet.OutA, puppet.OutB)
		if got := g.Result(); got != "f" {
			t.Errorf("dequeued %q", got)
		}
	})
}

// queueToItself: a guest that enqueues for itself within a callback is notified after it.
func queueToItself(t *T) {
	p := t.puppet()
	s := t.stream(t.load(p, setup{plugin: PluginConfig{VMID: "own"}}), StreamConfig{})
	var ready atomic.Int32
	p.On("proxy_on_queue_ready", func(g *puppet.Call, params [5]uint32) uint32 {
		if ready.Add(1) == 1 { // takes all of them, so that the next ones find it empty
			for range 10 {
				g.Want(puppet.OK, "proxy_dequeue_shared_queue", uint64(params[1]), puppet.OutA, puppet.OutB)
			}
		}
		g.Want(puppet.Empty, "proxy_dequeue_shared_queue", uint64(params[1]), puppet.OutA, puppet.OutB)
		return 0
	})
	t.onData(p, s, data(""), func(g *puppet.Call) {
		token := t.register(g, "q")
		if again := t.register(g, "q"); again != token {
			t.Error("registering twice gave two queues")
		}
		ptr, size := g.Put(puppet.ArgA, "q")
		g.Want(puppet.OK, "proxy_resolve_shared_queue", 0, 0, ptr, size, puppet.OutA) // an empty VM id is the own one
		if got := uint64(g.Uint32(puppet.OutA)); got != token {
			t.Errorf("queue %d, want %d", got, token)
		}
		for range 10 {
			g.Want(puppet.OK, "proxy_enqueue_shared_queue", token, ptr, size)
		}
		if strings.Contains(p.Calls(), "queue_ready") {
			t.Error("notified within the call")
		}
	})
	t.eventually("ten notifications", func() bool { return ready.Load() == 10 })
}

func invalidQueueMemory(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		queue := t.register(g, "q")
		ptr, size := g.Put(puppet.ArgA, "q")
		g.Want(puppet.OK, "proxy_enqueue_shared_queue", queue, ptr, size)
		g.Want(puppet.OK, "proxy_enqueue_shared_queue", queue, ptr, size)
		g.Want(puppet.InvalidMemoryAccess, "proxy_register_shared_queue", all, 4, puppet.OutA)
		g.Want(puppet.InvalidMemoryAccess, "proxy_register_shared_queue", ptr, size, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_resolve_shared_queue", all, 4, ptr, size, puppet.OutA)
		g.Want(puppet.InvalidMemoryAccess, "proxy_resolve_shared_queue", 0, 0, all, 4, puppet.OutA)
		g.Want(puppet.InvalidMemoryAccess, "proxy_resolve_shared_queue", 0, 0, ptr, size, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_enqueue_shared_queue", queue, all, 4)
		g.Want(puppet.InvalidMemoryAccess, "proxy_dequeue_shared_queue", queue, all, puppet.OutB)
		g.Want(puppet.InvalidMemoryAccess, "proxy_dequeue_shared_queue", queue, puppet.OutA, all)
	})
}
