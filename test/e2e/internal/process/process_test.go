package process

import (
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	long := strings.Repeat("line\n", tailLines+10)
	if got, want := Tail(long), strings.TrimSuffix(strings.Repeat("line\n", tailLines), "\n"); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if got := Tail("one\n"); got != "one" {
		t.Errorf("got %q", got)
	}
}
