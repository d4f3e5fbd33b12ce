package wasmhost

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestLogRate(t *testing.T) {
	l := logRate{maxLines: 3, maxBytes: 100}
	now := time.Now()
	for i, tt := range []struct {
		after   time.Duration
		n       int
		ok      bool
		dropped uint64
	}{
		{0, 10, true, 0},
		{0, 10, true, 0},
		{0, 10, true, 0},
		{0, 10, false, 0}, // a fourth line
		{0, 10, false, 0},
		{400 * time.Millisecond, 10, true, 2},
		{time.Hour, 100, true, 0},
		{0, 1, false, 0}, // no byte left
		{time.Hour, 101, false, 0},
		{time.Hour, 1, true, 2},
	} {
		now = now.Add(tt.after)
		if ok, dropped := l.allow(now, tt.n); ok != tt.ok || dropped != tt.dropped {
			t.Errorf("%d: %v, %d dropped; want %v, %d", i, ok, dropped, tt.ok, tt.dropped)
		}
	}
	if l.total() != 4 {
		t.Errorf("%d dropped", l.total())
	}
}

func TestGuestLogsTooMuch(t *testing.T) {
	var rec logRecorder
	pup := newPuppet(t)
	p := loadPuppet(t, pup, Config{Logger: rec.logger(slog.LevelInfo)}, PluginConfig{LogLines: 1, LogBytes: 1000})
	pup.set("downstream_data", func(g *puppetCall, _ [3]uint32) uint32 {
		ptr, size := g.Put(argA, "hello")
		for range 1000 {
			g.want(StatusOK, "log", 2, ptr, size)
		}
		return 0
	})
	s := newStream(t, p, StreamConfig{})
	if _, err := s.OnDownstreamData(t.Context(), buffer(""), false); err != nil {
		t.Fatal(err)
	}
	logged := strings.Count(rec.String(), "msg=hello")
	if dropped := p.Stats().LogDropped; logged == 0 || logged > 100 || dropped != uint64(1000-logged) {
		t.Errorf("%d logged, %d dropped", logged, dropped)
	}
}

// section writes a section of a module.
func section(id byte, body string) string {
	return string([]byte{id, byte(len(body))}) + body
}

// TestModulesThatClaimTooMuch: none of these may make wazero allocate what it claims to have.
func TestModulesThatClaimTooMuch(t *testing.T) {
	const huge = "\xff\xff\xff\xff\x0f"
	const end = "\x0b"
	for name, body := range map[string]string{
		"types":             section(1, huge),
		"parameters":        section(1, "\x01\x60"+huge),
		"results":           section(1, "\x01\x60\x00"+huge),
		"functions":         section(3, huge),
		"table":             section(4, "\x01\x70\x00"+huge),
		"tables":            section(4, "\x7f"+strings.Repeat("\x70\x00\x01", 0x7f>>2)),
		"elements":          section(9, "\x01\x00\x41\x00"+end+huge),
		"passive elements":  section(9, "\x01\x01\x00"+huge),
		"expressions":       section(9, "\x01\x05\x70"+huge),
		"code size":         section(10, "\x01"+huge+"\x00"),
		"locals":            section(10, "\x01\x08\x01"+huge+"\x7f"+end),
		"local groups":      section(10, "\x01\x07"+huge+"\x7f"+end),
		"data":              section(11, "\x01\x00\x41\x00"+end+huge),
		"passive data":      section(11, "\x01\x01"+huge),
		"module name":       section(0, "\x04name\x00\x05"+huge),
		"function names":    section(0, "\x04name\x01\x05"+huge),
		"variables' names":  section(0, "\x04name\x02\x05"+huge),
		"variables' names2": section(0, "\x04name\x02\x07\x01\x00"+huge),
		"name":              section(0, huge),
	} {
		if err := checkSections([]byte("\x00asm\x01\x00\x00\x00" + body)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, name := range []string{"puppet", "misbehave", "xor"} {
		if err := checkSections(guest(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQueueLengthIsBounded(t *testing.T) {
	r := newTestRuntime(t, Config{})
	p := load(t, r, "empty", PluginConfig{})
	r.queues.perName = 3
	full, status := r.queues.register("", []byte("full"), p.pool.vms[0])
	other, _ := r.queues.register("", []byte("other"), p.pool.vms[0])
	for i := range 5 {
		status = r.queues.enqueue(full, []byte("x"))
		if want := StatusOK; i < 3 && status != want {
			t.Errorf("message %d: %d", i, status)
		}
	}
	if status != StatusInternalFailure || r.queues.enqueue(other, []byte("x")) != StatusOK {
		t.Errorf("status %d, or another queue is full too", status)
	}
}

// TestTablesAreBounded: a guest may grow its tables, but not without end.
func TestTablesAreBounded(t *testing.T) {
	s := newStream(t, load(t, newTestRuntime(t, Config{}), "tables", PluginConfig{TimeLimit: time.Minute}), StreamConfig{})
	if a, err := s.OnDownstreamData(t.Context(), buffer(""), false); a != ActionContinue || err != nil {
		t.Error(a, err)
	}
}
