package wasmhost

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"
)

// growing loads a puppet that takes 64 MiB at its first data.
func growing(t *testing.T, pc PluginConfig) (*guestPuppet, *Plugin) {
	pup := newPuppet(t)
	pc.RecycleBytes = 32 << 20
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		if !g.Grow(1024) {
			t.Error("memory can't grow")
		}
		return 0
	})
	return pup, loadPuppet(t, pup, Config{}, pc)
}

// TestRecycle: the streams of a VM that has grown go on until they end, new ones get another VM, and the old one ends as it should.
func TestRecycle(t *testing.T) {
	ctx := t.Context()
	pup, p := growing(t, PluginConfig{VMs: 1})
	a, b := newStream(t, p, StreamConfig{}), newStream(t, p, StreamConfig{})
	old := a.vm
	if _, err := a.OnDownstreamData(ctx, buffer(""), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new VM", func() bool { return p.Stats().Recycled == 1 })
	if s := p.Stats(); s.VMs != 1 || s.Streams != 2 || s.Failures != 0 {
		t.Errorf("stats %+v", s)
	}
	c := newStream(t, p, StreamConfig{})
	if c.vm == old {
		t.Error("a new stream on the old VM")
	}
	a.Close(ctx)
	if _, err := b.OnUpstreamData(ctx, buffer(""), false); err != nil || old.mod.IsClosed() {
		t.Errorf("the old VM ends too early: %v", err)
	}
	b.Close(ctx)
	eventually(t, "the end of the old VM", old.mod.IsClosed)
	if got := pup.Calls(); !strings.HasSuffix(got, "done(3) log(3) delete(3) done(1) log(1) delete(1)") {
		t.Errorf("calls %s", got)
	}
	if s := p.Stats(); s.VMs != 1 || s.Streams != 1 || s.Failures != 0 || s.Recycled != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestRecycleAndTrap: a VM that fails while it is drained isn't replaced twice.
func TestRecycleAndTrap(t *testing.T) {
	ctx := t.Context()
	pup, p := growing(t, quick(PluginConfig{VMs: 1}))
	s := newStream(t, p, StreamConfig{})
	if _, err := s.OnDownstreamData(ctx, buffer(""), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new VM", func() bool { return p.Stats().Recycled == 1 })
	pup.set("upstream_data", func(g *puppetCall, _ [3]uint32) uint32 { g.Misbehave(puppet.Trap); return 0 })
	if _, err := s.OnUpstreamData(ctx, buffer(""), false); err == nil {
		t.Fatal("no trap")
	}
	s.Close(ctx)
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	if s := p.Stats(); s.Restarts != 0 || s.VMs != 1 || s.Streams != 0 {
		t.Errorf("stats %+v", s)
	}
}

// TestRecycleFails: without a replacement the old VM goes on.
func TestRecycleFails(t *testing.T) {
	ctx := t.Context()
	pup, p := growing(t, never(PluginConfig{VMs: 1}))
	s := newStream(t, p, StreamConfig{})
	pup.set("configure", func(*puppetCall, [3]uint32) uint32 { return 0 })
	if _, err := s.OnDownstreamData(ctx, buffer(""), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the attempt", func() bool {
		p.pool.mu.Lock()
		defer p.pool.mu.Unlock()
		return p.pool.pauseTill.After(time.Now())
	})
	if _, err := s.OnUpstreamData(ctx, buffer(""), false); err != nil {
		t.Error(err)
	}
	if c := newStream(t, p, StreamConfig{}); c.vm != s.vm || p.Stats().Recycled != 0 {
		t.Errorf("stats %+v", p.Stats())
	}
}

// TestCloseWhileDraining: Plugin.Close ends VMs that are being drained too.
func TestCloseWhileDraining(t *testing.T) {
	_, p := growing(t, PluginConfig{VMs: 1})
	s := newStream(t, p, StreamConfig{})
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new VM", func() bool { return p.Stats().Recycled == 1 })
	if err := p.Close(context.Background()); err != nil || !s.vm.mod.IsClosed() {
		t.Error("the old VM is still there", err)
	}
}
