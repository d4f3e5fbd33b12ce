package conn_test

import (
	"context"
	"testing"

	"github.com/libnasp/libnasp/conn"
)

// doubles sends what the client sends twice, four bytes of it at least.
func doubles(_ context.Context, b *conn.Buffer, end bool) (conn.Action, error) {
	if b.Len() < 4 && !end {
		return conn.Pause, nil
	}
	return conn.Continue, b.Splice(b.Len(), 0, b.Bytes())
}

func TestStats(t *testing.T) {
	for name, list := range map[string][]conn.Filter{"no filter": nil, "doubles": {oneWay{&hook{down: doubles}}}} {
		t.Run(name, func(t *testing.T) {
			a, b := tcpPipe(t)
			c := wrap(t, a, conn.Config{Filters: list, Budget: conn.NewBudget(0)})
			defer b.Close()
			want := conn.Stats{Read: 3, Written: 5}
			mustWrite(t, c, "abc")
			if list != nil {
				want.Written, want.Pauses[conn.Downstream] = 10, 1
				if got := c.Stats(); got.Held != 3 || got.Written != 0 {
					t.Errorf("while the filter holds 3 bytes: %+v", got)
				}
			}
			mustWrite(t, c, "de")
			mustWrite(t, b, "xyz")
			mustRead(t, c, "xyz")
			if got := c.Stats(); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
