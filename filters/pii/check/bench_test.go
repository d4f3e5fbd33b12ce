package check

import "testing"

func BenchmarkPhone(b *testing.B) {
	for _, s := range []string{"+49 30 123456, then", "(555) 123-4567 or so", "2024-01-15 10:11:12 x", "12 34 56 78 90 12 34 56 78", "5551234567 and more", "0123 45 67 89 01 23"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Phone([]byte(s))
			}
		})
	}
}
