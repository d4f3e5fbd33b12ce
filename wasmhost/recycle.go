package wasmhost

import (
	"context"
	"slices"
	"time"
)

// recycleBytes is how large the memory of this VM may become. A guest that is large from its start may double, or it would be
// replaced for ever.
func (v *vm) recycleBytes() uint64 {
	return max(v.plugin.cfg.RecycleBytes, 2*uint64(v.mem.Size()))
}

// recycle has a VM replaced whose memory has grown too large, for memory never shrinks. It takes streams until the new one is
// there, and is closed after the last of them.
func (p *pool) recycle(v *vm) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || v.recycling || v.lost || !slices.Contains(p.vms, v) || time.Now().Before(p.pauseTill) {
		return
	}
	v.recycling = true
	p.plugin.goroutines.Add(1)
	go p.replace(v)
}

func (p *pool) replace(old *vm) {
	defer p.plugin.goroutines.Done()
	v, err := p.plugin.newVM(p.plugin.ctx)
	if err != nil {
		p.logFailure(err)
		p.keep(old)
		return
	}
	p.put(v)
	if p.drain(old) {
		_ = old.shutdown(context.Background()) // it has a time limit, and waits for nobody else
	}
}

// keep goes on with a VM for which there is no replacement now.
func (p *pool) keep(old *vm) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old.recycling = false
	p.failures++
	p.pauseTill = time.Now().Add(p.backoff())
	if old.lost {
		p.startRefill()
	}
}

// drain gives a VM no more streams, and reports whether it can be closed at once.
func (p *pool) drain(old *vm) (idle bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || old.lost {
		return false
	}
	p.plugin.stats.recycled.Add(1)
	p.vms = without(p.vms, old)
	if old.load == 0 {
		return true
	}
	p.draining = append(p.draining, old)
	return false
}

// drained closes a VM in the background if its last stream has gone. The pool is locked.
func (p *pool) drained(v *vm) {
	if p.closed || v.load > 0 || !slices.Contains(p.draining, v) {
		return
	}
	p.draining = without(p.draining, v)
	p.plugin.goroutines.Go(func() { _ = v.shutdown(context.Background()) })
}
