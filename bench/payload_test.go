package main

import (
	"testing"

	"github.com/libnasp/libnasp/filters/pii"
)

// TestPayloads: what is said to hold nothing does, and what holds findings has as many.
func TestPayloads(t *testing.T) {
	e, err := pii.New(pii.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{100, 1024, 64 << 10} {
		for _, findings := range []int{0, 1, 6} {
			found, all, digits, bytes := 0, 0, 0, 0
			for _, p := range payloads(size, findings) {
				for _, f := range e.Find(nil, p) {
					if found++; findings == 0 {
						t.Errorf("%s in %q", f.Reason, p[max(0, f.Start-20):min(len(p), f.End+5)])
					}
				}
				all += findings * size / 1024
				bytes += len(p)
				for _, c := range p {
					if c >= '0' && c <= '9' {
						digits++
					}
				}
			}
			if found < all*9/10 || found > all*11/10 {
				t.Errorf("%d bytes: %d findings, %d were put in", size, found, all)
			}
			if digits*100 < 15*bytes && size > 100 {
				t.Errorf("%d digits in %d bytes", digits, bytes)
			}
		}
	}
}
