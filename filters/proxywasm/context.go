package proxywasm

import (
	"github.com/libnasp/libnasp/filters/proxywasm/internal/dispatch"
)

// Root is the part of a filter that all its streams in one VM share: its configuration and its metrics. Embed DefaultRoot
// and write the methods that you need.
type Root interface {
	// OnVMStart is called once, before OnConfigure. This is the place to define metrics. An error stops the VM.
	OnVMStart(config []byte) error
	// OnConfigure is called with the filter's configuration. An error means that it can't be used: the host refuses to start.
	OnConfigure(config []byte) error
	// NewStream makes the object for a new connection. Which callbacks it gets is decided by the Handler interfaces of
	// packages downstream, upstream and connection that it implements.
	NewStream() any
}

// DefaultRoot accepts any configuration and does nothing.
type DefaultRoot struct{}

// OnVMStart does nothing.
func (DefaultRoot) OnVMStart([]byte) error { return nil }

// OnConfigure does nothing.
func (DefaultRoot) OnConfigure([]byte) error { return nil }

// NewStream makes a stream without callbacks.
func (DefaultRoot) NewStream() any { return nil }

// Ender is implemented by streams and roots that want to know of their end. No callback comes after it.
type Ender interface{ OnEnd() }

// Deferrer is implemented by roots that have something to finish when the host ends the filter.
type Deferrer interface {
	// OnDone is called when all streams have ended. False defers the end, until Done is called or the host has waited long enough.
	OnDone() (finished bool)
}

// ContextID names a context of the host: a stream, or the root.
type ContextID uint32

// CurrentContext returns the context that the running callback is for; in NewStream it is that of the new stream.
func CurrentContext() ContextID { return ContextID(dispatch.Current()) }

var newRoot func() Root

// Register names the function that makes the root. Call it once, from init.
func Register(f func() Root) { newRoot = f }

func onContextCreate(id, parent uint32) {
	if parent == 0 {
		createRoot(id)
		return
	}
	c := &dispatch.Context{ID: id, Parent: dispatch.Find(parent)}
	dispatch.Add(c) // before NewStream: a panic there leaves a stream that is dead, not one that is missing
	defer dispatch.Leave(c, dispatch.Enter(id))
	if c.Parent == nil {
		c.Dead = true
		Log(LogError, "proxywasm: a stream for a root context that doesn't exist")
		return
	}
	if r, ok := c.Parent.Value.(Root); ok {
		c.Value = r.NewStream()
	}
}

func createRoot(id uint32) {
	defer dispatch.Leave(nil, dispatch.Enter(id))
	c := &dispatch.Context{ID: id}
	dispatch.Add(c)
	if newRoot == nil {
		Log(LogCritical, "proxywasm: no filter: call proxywasm.Register from an init function")
		return
	}
	c.Value = newRoot()
}

func onVMStart(id uint32, _ uint32) (ok bool) {
	defer dispatch.Leave(nil, dispatch.Enter(id))
	config, err := BufferVMConfiguration.All()
	return startRoot(id, config, err, Root.OnVMStart)
}

func onConfigure(id uint32, _ uint32) (ok bool) {
	defer dispatch.Leave(nil, dispatch.Enter(id))
	config, err := BufferPluginConfiguration.All()
	return startRoot(id, config, err, Root.OnConfigure)
}

func startRoot(id uint32, config []byte, err error, f func(Root, []byte) error) bool {
	c := dispatch.Find(id)
	if c == nil {
		return false
	}
	r, ok := c.Value.(Root)
	if !ok {
		return false
	}
	if err == nil {
		err = f(r, config)
	}
	if err != nil {
		Log(LogError, err.Error())
	}
	return err == nil
}

func onDone(id uint32) (finished bool) {
	c := dispatch.Find(id)
	if c == nil || c.Parent != nil {
		return true
	}
	d, ok := c.Value.(Deferrer)
	if !ok {
		return true
	}
	finished = true // what a panic returns
	defer dispatch.Leave(nil, dispatch.Enter(id))
	return d.OnDone()
}

func onDelete(id uint32) {
	defer dispatch.Leave(nil, dispatch.Enter(id))
	c := dispatch.Find(id)
	if c == nil {
		return
	}
	dispatch.Remove(id)
	if e, ok := c.Value.(Ender); ok && !c.Dead {
		e.OnEnd()
	}
}
