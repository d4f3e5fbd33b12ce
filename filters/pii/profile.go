package pii

import "errors"

// Profile returns the kinds of a profile by its name, for Config.Kinds, or an error that says which there are:
//
//   - default: what a careful team would switch on for all topics: DefaultKinds.
//   - secrets: passwords, keys and tokens only.
//   - pci: what PCI DSS protects: account numbers of cards and their holders' names; and the secrets that give access to them.
//   - hipaa: the identifiers that 45 CFR 164.514(b)(2) has removed from health data, as far as they have a form or a name, and diagnoses.
//   - gdpr: what relates to an identified or identifiable person, GDPR Article 4(1), with online identifiers, location, national numbers, and the special
//     categories of Article 9 where a field's name says so.
//   - ccpa: personal information by Cal. Civ. Code 1798.140(v), with the sensitive one of (ae): government and account numbers, location, credentials.
//   - all: every kind.
//
// A profile says what is looked for, not that the law is satisfied.
func Profile(name string) ([]Kind, error) {
	switch name {
	case "default":
		return DefaultKinds(), nil
	case "all":
		kinds := make([]Kind, NumKinds)
		for i := range kinds {
			kinds[i] = Kind(i)
		}
		return kinds, nil
	}
	for i := range profiles {
		if p := &profiles[i]; p.name == name {
			return append([]Kind(nil), p.kinds...), nil
		}
	}
	return nil, errors.New("pii: no such profile: use default, secrets, pci, hipaa, gdpr, ccpa or all")
}

var profiles = []struct {
	name  string
	kinds []Kind
}{
	{"secrets", []Kind{Secret, Custom}},
	{"pci", []Kind{Secret, PaymentCard, Name, Custom}},
	{"hipaa", []Kind{
		Secret, Name, Address, DateOfBirth, Phone, Email, USSSN, USITIN, MedicalRecord, MBI, PaymentCard, IBAN, ABARouting, DrivingLicence, Passport, VIN, IMEI, MAC, IPv4, IPv6, NPI, DEA, ICD10,
		UKNHS, URL, Custom,
	}},
	{"gdpr", []Kind{
		Secret, Name, Address, DateOfBirth, Phone, Email, PaymentCard, IBAN, BIC, IPv4, IPv6, MAC, IMEI, VIN, Coordinates, CryptoAddress, Passport, MRZ, DrivingLicence, NationalID, UKNINO, UKNHS, USSSN,
		USITIN, MedicalRecord, ICD10, PersonalAttribute, Custom,
	}},
	{"ccpa", []Kind{
		Secret, Name, Address, DateOfBirth, Phone, Email, USSSN, USITIN, DrivingLicence, Passport, MRZ, PaymentCard, IBAN, ABARouting, IPv4, IPv6, MAC, IMEI, VIN, Coordinates, CryptoAddress, MedicalRecord, MBI,
		ICD10, PersonalAttribute, Custom,
	}},
}
