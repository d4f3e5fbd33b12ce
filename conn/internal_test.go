package conn

import (
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// grower makes every buffer its own.
type grower struct{}

func (grower) OnNewConnection(context.Context, Controller) (Action, error) { return Continue, nil }
func (grower) OnDownstreamData(_ context.Context, b *Buffer, _ bool) (Action, error) {
	return Continue, b.Splice(0, 0, []byte("x"))
}
func (g grower) OnUpstreamData(ctx context.Context, b *Buffer, end bool) (Action, error) {
	return g.OnDownstreamData(ctx, b, end)
}
func (grower) OnClose(Peer) {}

// An idle connection doesn't keep storage of the size of the largest frame that it saw.
func TestIdleConnectionIsSmall(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c, err := New(context.Background(), a, Config{Filters: []Filter{grower{}}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	large := make([]byte, 10*keepStore)
	go io.Copy(io.Discard, b)
	if _, err := c.Write(large); err != nil {
		t.Fatal(err)
	}
	go b.Write(large)
	if _, err := io.ReadFull(c, append(large, 0)); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*flow{&c.r, &c.w} {
		if n := cap(f.stages[0].buf.store); n > keepStore {
			t.Errorf("%v: %d bytes are kept", f.dir, n)
		}
	}
}

// A Continue that comes after Read has looked and before it is in the socket finds nobody to wake: Read has to look again once
// it can be woken. The window is too small to hit from outside.
func TestReadLooksAgainBeforeItBlocks(t *testing.T) {
	sets := 0
	d := deadline{set: func(time.Time) error { sets++; return nil }}
	d.poke()
	if sets != 0 {
		t.Fatal("woke nobody")
	}
	if d.enter(modeUser, func() bool { return true }) {
		t.Fatal("went into the socket although something is runnable")
	}
	if !d.enter(modeUser, func() bool { return false }) {
		t.Fatal("refused")
	}
	d.poke()
	d.poke()
	if sets != 1 {
		t.Fatalf("the socket's deadline was set %d times by two wake-ups", sets)
	}
	if !d.leave() || sets != 2 {
		t.Fatal("the deadline wasn't restored")
	}
}
