//go:build !wasip1

package pii

import (
	"strings"
	"testing"

	"github.com/libnasp/libnasp/filters/yield"
)

// TestYields: what detectors look at one by one counts as work, also in texts that are one long piece of something.
func TestYields(t *testing.T) {
	e := newEngine(t)
	told := 0
	yield.Hook = func(n int) { told += n }
	defer func() { yield.Hook = nil }()
	for _, unit := range hostile {
		for _, prefix := range []string{"", "password=", "password=\"", "<password>"} {
			b := []byte(prefix + strings.Repeat(unit, 200_000/len(unit)))
			told, e.text.work = 0, 0
			e.Find(nil, b)
			if least := len(b) + 2*e.text.work - byteWork*longStretch; told < least {
				t.Errorf("%q %q: %d of work was told of, expected %d at least", prefix, unit, told, least)
			}
		}
	}
}
