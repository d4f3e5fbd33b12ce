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

// An idle connection keeps no storage of what it has seen.
func TestIdleConnectionIsSmall(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c, err := New(context.Background(), a, Config{Filters: []Filter{grower{}}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	large := make([]byte, 640<<10)
	go io.Copy(io.Discard, b)
	if _, err := c.Write(large); err != nil {
		t.Fatal(err)
	}
	go b.Write(large)
	if _, err := io.ReadFull(c, append(large, 0)); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*flow{&c.r, &c.w} {
		if f.stages[0].buf.store != nil {
			t.Errorf("%v: storage is kept", f.dir)
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

func TestSlabs(t *testing.T) {
	for n := range 5000 {
		n += n * n * 7 // up to 175 MB
		class, size := slabClass(n)
		if size < n || size > max(n+n/steps, minSlab) {
			t.Fatalf("%d bytes get %d", n, size)
		}
		if again, same := slabClass(size); again != class || same != size {
			t.Fatalf("a slab of %d bytes comes from class %d and goes to %d of %d", size, class, again, same)
		}
	}
	s := newSlab(5000)
	if len(s.b) != 0 || cap(s.b) < 5000 {
		t.Errorf("a slab of %d bytes with %d in it", cap(s.b), len(s.b))
	}
	s.free()
	(*slab)(nil).free()
}
