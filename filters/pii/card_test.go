package pii

import "testing"

// TestLeads: leads are those of cardLengths.
func TestLeads(t *testing.T) {
	for lead := range 10_000 {
		if cardLengths(lead) != 0 && !hasLead(lead/100) {
			t.Errorf("%04d is no lead", lead)
		}
	}
}

// hasLead tells whether the detector is called at numbers that begin with these two digits.
func hasLead(two int) bool {
	var x dispatch
	for _, d := range detectors {
		if d.kind == PaymentCard {
			x.addNumber(d, DefaultThreshold)
		}
	}
	return x.byLead[two] != 0
}
