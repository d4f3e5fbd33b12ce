package wasmhost

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// pool holds the working VMs of a plugin. It starts with one and grows when all have a stream already.
type pool struct {
	plugin *Plugin
	size   int // as many as there may be

	mu        sync.Mutex
	vms       []*vm
	draining  []*vm // take no more streams, see recycle
	starting  int   // being made
	want      int   // replaced when lost; what was reached so far
	refilling bool
	failures  int       // in a row
	pauseTill time.Time // no growth before
	closed    bool
}

// take returns the VM with the fewest streams, counting one more for it; nil when there is none.
func (p *pool) take(ctx context.Context) *vm {
	if p.mayGrow() {
		p.grow(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.idlest()
	if v != nil {
		v.load++
	}
	return v
}

func (p *pool) release(v *vm) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v.load--
	p.drained(v)
}

func (p *pool) idlest() *vm {
	var best *vm
	for _, v := range p.vms {
		if best == nil || v.load < best.load {
			best = v
		}
	}
	return best
}

// mayGrow reserves a place when every VM has a stream and there is room. It leaves replacing lost VMs to refill.
func (p *pool) mayGrow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.refilling || len(p.vms) == 0 || p.idlest().load == 0 {
		return false
	}
	if len(p.vms)+p.starting >= p.size || time.Now().Before(p.pauseTill) {
		return false
	}
	p.starting++
	p.plugin.goroutines.Add(1)
	return true
}

// grow makes the VM that mayGrow reserved a place for. A failure is only logged: the others do its work.
func (p *pool) grow(ctx context.Context) {
	defer p.plugin.goroutines.Done()
	v, err := p.plugin.newVM(ctx)
	p.mu.Lock()
	p.starting--
	p.mu.Unlock()
	if err == nil {
		p.put(v)
		return
	}
	p.logFailure(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures++
	p.pauseTill = time.Now().Add(p.backoff())
}

// put adds a VM, unless it has failed already, or the pool was closed in the meantime.
func (p *pool) put(v *vm) {
	p.mu.Lock()
	closed := p.closed
	if !closed && !v.lost {
		p.vms = append(p.vms, v)
	}
	p.want = max(p.want, min(len(p.vms), p.size), 1) // one more while one is recycled
	p.mu.Unlock()
	if closed {
		_ = v.shutdown(context.Background()) // nobody else knows this VM, so its lock is free soon
	}
}

// lost takes out a VM whose guest failed, and has it replaced.
func (p *pool) lost(v *vm) {
	p.plugin.stats.failures.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	v.lost = true
	p.draining = without(p.draining, v)
	p.vms = without(p.vms, v)
	if time.Since(v.born) > p.plugin.cfg.MaxBackoff {
		p.failures = 0 // it did well for long enough
	}
	p.failures++
	if !v.recycling { // else its replacement is there, or on its way
		p.startRefill()
	}
}

// startRefill replaces VMs that are missing. The pool is locked.
func (p *pool) startRefill() {
	if p.closed || p.refilling {
		return
	}
	p.refilling = true
	p.plugin.goroutines.Add(1)
	go p.refill()
}

// refill replaces lost VMs one by one, each after a delay that grows as long as they fail.
func (p *pool) refill() {
	defer p.plugin.goroutines.Done()
	for p.waitForTurn() {
		v, err := p.plugin.newVM(p.plugin.ctx)
		if err != nil {
			p.logFailure(err)
		} else {
			p.plugin.stats.restarts.Add(1)
			p.put(v)
		}
		if !p.needsMore(err) {
			return
		}
	}
}

func (p *pool) waitForTurn() bool {
	p.mu.Lock()
	delay := p.backoff()
	p.mu.Unlock()
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.plugin.ctx.Done():
		return false
	}
}

// needsMore tells whether refill has more to do; when not, the next VM that is lost starts it again.
func (p *pool) needsMore(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failures++
	}
	p.refilling = !p.closed && len(p.vms) < p.want
	return p.refilling
}

// backoff returns the delay that follows so many failures in a row: MinBackoff after the first, then twice as long each,
// give or take half, so that many processes don't act at once.
func (p *pool) backoff() time.Duration {
	cfg := &p.plugin.cfg
	d := cfg.MinBackoff
	for i := 1; i < p.failures && d < cfg.MaxBackoff; i++ {
		d *= 2
	}
	d = min(d, cfg.MaxBackoff)
	return d/2 + rand.N(d)
}

func (p *pool) logFailure(err error) {
	p.plugin.logger().LogAttrs(context.Background(), slog.LevelError, "cannot start a VM",
		slog.String("plugin", p.plugin.cfg.Name), slog.String("error", detail(err)))
}

// close stops growth and replacement, and returns the VMs for the caller to shut down.
func (p *pool) close() []*vm {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return append(append([]*vm(nil), p.vms...), p.draining...)
}
