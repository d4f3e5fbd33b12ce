package nasp

import "testing"

// FuzzTLSGuard: what is found doesn't depend on how the bytes are cut, nor on whether the filter holds them or hands them on in between.
func FuzzTLSGuard(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc"), uint8(3), uint8(4), true)
	f.Add([]byte("\x16\x03\x03\x00\x7a\x02"), uint8(1), uint8(0), false)
	f.Add([]byte("\x16\x03\x05\x00\x7a\x02"), uint8(5), uint8(0), false)
	f.Fuzz(func(t *testing.T, data []byte, a, b uint8, passes bool) {
		whole := (&tlsGuard{}).look(data) != nil
		want := len(data) >= 6 && data[0] == 0x16 && data[1] == 3 && data[2] <= 4 && (data[5] == 1 || data[5] == 2)
		if whole != want {
			t.Errorf("%x: %v", data[:min(6, len(data))], whole)
		}
		i := min(int(a), len(data))
		k := min(i+int(b), len(data))
		g := &tlsGuard{}
		cut := false
		from := 0
		for _, to := range []int{i, k, len(data)} {
			if !g.done && g.look(data[from:to]) != nil {
				cut = true
			}
			if passes {
				g.passed()
				from = to
			}
		}
		if cut != want {
			t.Errorf("%x, cut at %d and %d: %v", data[:min(6, len(data))], i, k, cut)
		}
	})
}
