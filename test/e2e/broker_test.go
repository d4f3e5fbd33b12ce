package e2e

import (
	"io"
	"strings"
	"testing"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// TestBrokerThatDoesNotStart wants the reason from the broker's log, when the port that it should listen on is taken.
func TestBrokerThatDoesNotStart(t *testing.T) {
	b, err := kafkatest.Start(t.Context(), kafkatest.Config{
		Listeners: []kafkatest.Listener{{Name: "TAKEN", Addr: broker.Addr("")}},
		Progress:  io.Discard,
	})
	if err == nil {
		err = b.Stop()
	}
	if err == nil || !strings.Contains(err.Error(), "did not start") || !strings.Contains(err.Error(), "Address already in use") {
		t.Errorf("got %v, want an error with the end of the broker's log", err)
	}
}

// proxiedListener is the broker's listener that clients reach by proxyAddr, where nobody listens.
const (
	proxiedListener = "PROXIED"
	proxyAddr       = "127.0.0.1:1"
)

// TestAdvertisedListener: clients are told another address than the broker's own, as a proxy in between needs it.
func TestAdvertisedListener(t *testing.T) {
	if got := broker.Addr(proxiedListener); got != proxyAddr {
		t.Errorf("clients are sent to %s, want %s", got, proxyAddr)
	}
	if got := metadata(t, broker.ListenAddr(proxiedListener)); got != proxyAddr {
		t.Errorf("the broker says that it is at %s, want %s", got, proxyAddr)
	}
}
