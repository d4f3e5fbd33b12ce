package wasmhosttest

import "github.com/libnasp/libnasp/wasmhost/wasmhosttest/puppet"

var metricChecks = []check{
	{"metrics/all kinds", []string{"metric-ids", "metric-again", "counter-grows", "counter-record", "gauge-record"}, metrics},
	{"metrics/refused", nil, refuseMetrics},
}

// define defines a metric as the guest and returns its id.
func (t *T) define(g *puppet.Call, typ uint64, name string) uint64 {
	t.Helper()
	ptr, size := g.Put(puppet.ArgA, name)
	g.Want(puppet.OK, "proxy_define_metric", typ, ptr, size, puppet.OutA)
	id := uint64(g.Uint32(puppet.OutA))
	if id&3 != typ {
		t.Errorf("id %d of a metric of type %d", id, typ)
	}
	return id
}

func negative(n int64) uint64 { return uint64(-n) }

func metrics(t *T) {
	p := t.puppet()
	plugin := t.load(p, setup{})
	t.onData(p, t.stream(plugin, StreamConfig{}), data(""), func(g *puppet.Call) {
		expect := func(id, want uint64) {
			t.Helper()
			g.Want(puppet.OK, "proxy_get_metric", id, puppet.OutA)
			if got := g.Uint64(puppet.OutA); got != want {
				t.Errorf("metric %d is %d, want %d", id, got, want)
			}
		}
		counter, gauge, histogram := t.define(g, 0, "n"), t.define(g, 1, "n"), t.define(g, 2, "n")
		again := t.define(g, 0, "n")
		if again == counter {
			t.Error("defining a metric again gave the same id")
		}
		g.Want(puppet.OK, "proxy_increment_metric", counter, 5)
		g.Want(puppet.OK, "proxy_increment_metric", again, 1<<40)
		g.Want(puppet.BadArgument, "proxy_increment_metric", counter, 0)
		g.Want(puppet.BadArgument, "proxy_increment_metric", counter, negative(1))
		g.Want(puppet.OK, "proxy_record_metric", counter, 10) // adds
		expect(counter, 1<<40+15)
		expect(again, 1<<40+15)

		g.Want(puppet.OK, "proxy_increment_metric", gauge, 5)
		g.Want(puppet.OK, "proxy_increment_metric", gauge, negative(2))
		expect(gauge, 3)
		g.Want(puppet.OK, "proxy_record_metric", gauge, 100) // sets
		expect(gauge, 100)

		for _, value := range []uint64{0, 1, 1000} {
			g.Want(puppet.OK, "proxy_record_metric", histogram, value)
		}
		g.Want(puppet.BadArgument, "proxy_increment_metric", histogram, 1)
		g.Want(puppet.BadArgument, "proxy_get_metric", histogram, puppet.OutA)
	})
	got := map[Metric]bool{}
	for _, m := range plugin.Metrics() {
		if m.Type != 2 {
			m.Count = 0
		}
		got[m] = true
	}
	for _, want := range []Metric{{"n", 0, 1<<40 + 15, 0}, {"n", 1, 100, 0}, {"n", 2, 1001, 3}} {
		if !got[want] {
			t.Errorf("no %+v in %v", want, got)
		}
	}
}

func refuseMetrics(t *T) {
	t.run(setup{}, data(""), func(g *puppet.Call) {
		id := t.define(g, 1, "gauge")
		for _, wrong := range []uint64{id - 1, id + 1, 4000, all} { // another type, or another number
			g.Want(puppet.NotFound, "proxy_get_metric", wrong, puppet.OutA)
			g.Want(puppet.NotFound, "proxy_record_metric", wrong, 1)
			g.Want(puppet.NotFound, "proxy_increment_metric", wrong, 1)
		}
		g.Want(puppet.BadArgument, "proxy_define_metric", 3, puppet.ArgA, 1, puppet.OutA)
		g.Want(puppet.BadArgument, "proxy_define_metric", all, puppet.ArgA, 1, puppet.OutA)
		g.Want(puppet.InvalidMemoryAccess, "proxy_define_metric", 0, all, 4, puppet.OutA)
		g.Want(puppet.InvalidMemoryAccess, "proxy_define_metric", 0, puppet.ArgA, 1, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_metric", id, all)
		g.Want(puppet.InvalidMemoryAccess, "proxy_get_metric", id, all-6)
	})
}
