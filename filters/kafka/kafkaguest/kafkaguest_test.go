package kafkaguest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/proxywasm"
	"github.com/libnasp/libnasp/filters/proxywasm/proxywasmtest"
	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
)

// holder holds Produce requests back and counts them.
type holder struct{ hold time.Duration }

func (holder) Name() string          { return "holder" }
func (holder) Requests() []kafka.API { return kafka.APIs(kafkaproto.APIKeyProduce) }

func (h holder) OnRequest(r *kafka.Request) error {
	r.Hold(h.hold)
	return nil
}

// TestHold: the timer lets go of what was held back, and of what came behind it.
func TestHold(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	h, err := proxywasmtest.Start(t, func() proxywasm.Root {
		return New(func([]byte) (kafka.Config, error) {
			return kafka.Config{Filters: []kafka.Filter{holder{time.Second}}, Now: func() time.Time { return now }}, nil
		})
	}, proxywasmtest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s, other := h.Open(), h.Open()
	held, behind := kafkatest.Produce(1, 1, nil), kafkatest.Frame(kafkatest.Header(3, 1, 2))
	for _, b := range [][]byte{held, behind} {
		if passed, action := s.Downstream(b, false); len(passed) > 0 || action != proxywasm.Pause {
			t.Fatalf("%x passes", passed)
		}
	}
	if passed, _ := other.Downstream(behind, false); !bytes.Equal(passed, behind) {
		t.Error("another connection is held")
	}
	h.Tick()
	if b := s.Resumed(proxywasm.StreamDownstream); len(b) > 0 {
		t.Fatalf("%x passes too early", b)
	}
	now = now.Add(time.Second)
	h.Tick()
	if b := s.Resumed(proxywasm.StreamDownstream); !bytes.Equal(b, append(bytes.Clone(held), behind...)) {
		t.Fatalf("%x passes", b)
	}
	if passed, _ := s.Downstream(behind, false); !bytes.Equal(passed, behind) {
		t.Errorf("%x passes afterwards", passed)
	}
	if n, _ := h.Metric("holder.held"); n != 1 {
		t.Errorf("%d were counted", n)
	}
	// A connection that ends while it is held is forgotten.
	if _, action := other.Downstream(held, false); action != proxywasm.Pause {
		t.Error("the other isn't held")
	}
	other.Close()
	now = now.Add(time.Second)
	h.Tick()
}

// TestConfiguration: filters that can't be made aren't started.
func TestConfiguration(t *testing.T) {
	_, err := proxywasmtest.Start(t, func() proxywasm.Root {
		return New(func([]byte) (kafka.Config, error) { return kafka.Config{}, errors.New("no good") })
	}, proxywasmtest.Config{})
	if err == nil {
		t.Error("no error")
	}
}
