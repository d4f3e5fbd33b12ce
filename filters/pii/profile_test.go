package pii

import (
	"slices"
	"testing"
)

func TestProfiles(t *testing.T) {
	for name, c := range map[string]struct{ has, hasNot []Kind }{
		"default": {[]Kind{Secret, Email, Phone, Name}, []Kind{NationalID, URL, PersonalAttribute}},
		"secrets": {[]Kind{Secret}, []Kind{Email, PaymentCard}},
		"pci":     {[]Kind{PaymentCard, Name, Secret}, []Kind{Email, IPv4}},
		"hipaa":   {[]Kind{MedicalRecord, ICD10, USSSN, Phone, VIN, URL}, []Kind{CryptoAddress, NationalID}},
		"gdpr":    {[]Kind{NationalID, IBAN, IPv6, PersonalAttribute}, []Kind{NPI}},
		"ccpa":    {[]Kind{USSSN, Coordinates, DrivingLicence}, []Kind{NationalID}},
		"all":     {[]Kind{Secret, NationalID, PersonalAttribute}, nil},
	} {
		kinds, err := Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range c.has {
			if !slices.Contains(kinds, k) {
				t.Errorf("%s lacks %v", name, k)
			}
		}
		for _, k := range c.hasNot {
			if slices.Contains(kinds, k) {
				t.Errorf("%s has %v", name, k)
			}
		}
		for i, k := range kinds {
			if slices.Contains(kinds[:i], k) {
				t.Errorf("%s has %v twice", name, k)
			}
		}
		if _, err := New(Config{Kinds: kinds}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Profile("sox"); err == nil {
		t.Error("there is no profile sox")
	}
}
