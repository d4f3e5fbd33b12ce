package pii

import "testing"

// Examples of each kind, and what looks like it and is something else.

func TestIPv6(t *testing.T) {
	checkAll(t, newEngine(t, IPv6), []example{
		"⟦2001:db8::1⟧", "from ⟦2001:0db8:85a3:0000:0000:8a2e:0370:7334⟧ to", "[⟦2001:db8::1⟧]:8080", "⟦fe80::1%eth0⟧", "⟦2001:db8::/32⟧", "⟦::ffff:192.0.2.1⟧", "⟦::1⟧", "to ⟦2001:fe49::adbc⟧.", "ip=⟦2001:db8::a:b⟧,", "⟦64:ff9b::192.0.2.33⟧.",
		`{"ip":"⟦2001:db8::1⟧"}`, "⟦2001:db8:1:2:3:4:5:6⟧", "peer ⟦fe80::1ff:fe23:4567:890a⟧: up", "⟦2001:DB8::CAFE⟧", "a\\n⟦2001:db8::1⟧",
		"::", "12:34:56", "2024-01-15T10:11:12", "std::vector", "Foo::Bar", "a::b", "dead::beef", "a:b:c:d", "1:2:3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "2001:db8:::1", "00:1a:2b:3c:4d:5e", "x2001:db8::1", "12345::1", "::g", "1::2::3",
		"10:20:30:40:50:60", "*::*", "abc::Def::ghi", "time 10:11:12:13", "a ::b",
	})
}

func TestMAC(t *testing.T) {
	checkAll(t, newEngine(t, MAC), []example{
		"⟦00:1a:2b:3c:4d:5e⟧", "mac=⟦00-1A-2B-3C-4D-5E⟧,", "⟦001a.2b3c.4d5e⟧", `{"mac":"⟦aa:bb:cc:dd:ee:0f⟧"}`, "(⟦00:1a:2b:3c:4d:5e⟧)", "if ⟦00:1a:2b:3c:4d:5e⟧.",
		"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:1a:2b:3c:4d", "00:1a:2b:3c:4d:5e:6f", "00:1a:2b-3c:4d:5e", "12:34:56:78", "0:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5g", "1234.5678.9012", "a00:1a:2b:3c:4d:5e", "10-20-30-40-50-60-70",
		"550e8400-e29b-41d4-a716-446655440000",
	})
}

func TestUSNumbers(t *testing.T) {
	checkAll(t, newEngine(t, USITIN, USEIN, ABARouting, NPI, DEA, MBI), []example{
		"⟦912-90-3456⟧", "ITIN ⟦912903456⟧", "EIN: ⟦91-1144442⟧", `{"ein":"⟦12-3456789⟧"}`, "routing number ⟦021000021⟧", `{"routing_number":"⟦121000248⟧"}`, "ABA ⟦011401533⟧", "routing number ⟦121000248⟧, account ⟦2045814417⟧", "my bank account number is ⟦912803467⟧", "account 2045814417", "NPI: ⟦1234567893⟧", "npi=⟦1245319599⟧", "DEA number ⟦AP5836727⟧",
		"Medicare ⟦1EG4-TE5-MK73⟧", "MBI: ⟦1EG4TE5MK73⟧", "⟦1EG4TE5MK73⟧",
		"912-93-3456", "912903456", "id 912903456", "12-3456789", "due 12-3456789", "021000021", "routing 021000022", "1234567893", "npi 1234567890", "AP5836727", "DEA AP5836728", "Medicare is 2024", "medicare 1EG4-TE5-MKA3", "routing time 20240115",
	})
}

func TestMedical(t *testing.T) {
	checkAll(t, newEngine(t, MedicalRecord, ICD10), []example{
		"MRN: ⟦12345678⟧", `{"mrn":"⟦A-123456⟧"}`, "medical record number ⟦00123456⟧", "patient_id=⟦889912⟧", `{"patientId":⟦889912⟧}`, "diagnosis code ⟦E11.9⟧", "ICD-10 ⟦S72.001A⟧", "icd10: ⟦E11⟧", `{"icd10_code":"⟦F32.1⟧"}`, `{"diagnosis":"⟦J45.909⟧"}`, "Diagnosis: ⟦U07.1⟧",
		"mrna 12345678", "MRN unknown", "mrn,\n12345678", "medical record of 2024-01-15", "diagnostics took 12ms", "icd 2024", "diagnosis pending since 2024", "E11.9", "patient id", "diagnosis: none; room B12",
	})
}

func TestDevices(t *testing.T) {
	checkAll(t, newEngine(t, IMEI, VIN), []example{
		"IMEI ⟦490154203237518⟧", `{"imei":"⟦490154203237518⟧"}`, "imei: ⟦35-209900-176148-1⟧", "VIN ⟦1M8GDM9AXKP042788⟧", "⟦1HGCM82633A004352⟧", "vin=⟦1hgcm82633a004352⟧",
		"490154203237518", "IMEI 490154203237519", "JD094874056450890", "1Z701XJ6338317760", "1HGCM82633A004353", "1HGCM82633A00435", "11111111111111111", "a1hgcm82633a004352b",
	})
}

func TestUKNumbers(t *testing.T) {
	checkAll(t, newEngine(t, UKNINO, UKNHS, DrivingLicence), []example{
		"⟦AB123456C⟧", "NINO ⟦AB 12 34 56 C⟧.", "National Insurance number: ⟦QQ123456C⟧", "⟦JG 10 37 59 A⟧", "NHS number ⟦943 476 5919⟧", `{"nhs_number":"⟦9434765919⟧"}`, "licence ⟦MORGA657054SM9IJ⟧",
		"QQ123456C", "GB123456A", "ab123456c", "AB 12 34 56 E", "AB 12 34 56", "943 476 5919", "NHS 943 476 5918", "MORGA699054SM9IJ", "AB1234567",
	})
}

func TestIndianNumbers(t *testing.T) {
	checkAll(t, newEngine(t, Aadhaar, IndiaPAN, GSTIN), []example{
		"Aadhaar ⟦2341 2341 2346⟧", `{"aadhaar":"⟦499118665246⟧"}`, "PAN: ⟦ACUPA7085R⟧", "⟦ACUPA7085R⟧", "pan ⟦aaapl1234c⟧", "⟦27AAPFU0939F1ZV⟧",
		"2341 2341 2346", "499118665246", "Aadhaar 2341 2341 2347", "ACUXA7085R", "aaapl1234c", "27AAPFU0939F1ZO", "ABCDE12345",
	})
}

func TestCryptoAddress(t *testing.T) {
	checkAll(t, newEngine(t, CryptoAddress), []example{
		"⟦1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa⟧", "send to ⟦3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy⟧.", "⟦bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4⟧", "⟦bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0⟧", "bitcoin:⟦BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4⟧",
		"⟦0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed⟧", `"⟦0xde709f2102306220921060314715629080e2fb77⟧"`,
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "0x0000000000000000000000000000000000000000", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "0xda39a3ee5e6b4b0d3255bfef95601890afd8070",
	})
}

func TestCoordinates(t *testing.T) {
	checkAll(t, newEngine(t, Coordinates), []example{
		"GPS ⟦48.8584, 2.2945⟧", "coordinates: ⟦-33.856784,151.215297⟧", "geo:⟦37.786971,-122.399677⟧", `{"latitude":"⟦40.712776⟧"}`, "location ⟦52.5200⟧ N", "lng=⟦-74.005974⟧&x",
		"48.8584, 2.2945", "ratio 0.12345678", "lat 48.85", `{"price":48.8584}`, "lat 98765.43210",
	})
}

// TestCoordinateNumbers: numbers of JSON stay numbers.
func TestCoordinateNumbers(t *testing.T) {
	if got, want := masked(newEngine(t), `{"lat":48.8584,"lon":-2.29451}`), `{"lat":11.1111,"lon":-1.11111}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBIC(t *testing.T) {
	checkAll(t, newEngine(t, BIC), []example{
		"BIC: ⟦DEUTDEFF⟧", "SWIFT code ⟦DEUTDEFF500⟧,", `{"bic":"⟦NEDSZAJJXXX⟧"}`, "swift=⟦COBADEFFXXX⟧",
		"DEUTDEFF", "BIC code", "the swift PASSWORD change", "swiftly DEUTDEFF", "BIC is MISSING", "Swift UIKITXYZ",
	})
}

// TestNoAllocationsForIdentifiers: with every kind of anchor.
func TestNoAllocationsForIdentifiers(t *testing.T) {
	e := newEngine(t)
	text := []byte("2001:db8::1 00:1a:2b:3c:4d:5e ITIN 912903456 NPI: 1234567893 DEA number AP5836727 Medicare 1EG4-TE5-MK73 MRN: 12345678 IMEI 490154203237518 VIN 1M8GDM9AXKP042788 " +
		`AB 12 34 56 C PAN: ACUPA7085R 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed {"lat":48.8584} BIC: DEUTDEFF {"first_name":"John","dob":"1980-01-31"} call (555) 123-4567`)
	dst := make([]Finding, 0, 100)
	if n := testing.AllocsPerRun(10, func() { dst = e.Find(dst[:0], text) }); n != 0 || len(dst) < 17 {
		t.Errorf("%v allocations, %d findings", n, len(dst))
	}
}
