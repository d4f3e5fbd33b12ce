package pii

import "testing"

// TestLeads: leads are those of cardLengths.
func TestLeads(t *testing.T) {
	for lead := range 10_000 {
		if cardLengths(lead) != 0 && leads[lead/1000]>>(lead/100%10)&1 == 0 {
			t.Errorf("%04d is no lead", lead)
		}
	}
}
