package check

import (
	"bufio"
	"bytes"
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/vectors.txt
var vectors string

func wholeIBAN(s []byte) bool { return IBAN(s) == len(s) && len(s) > 0 }

// functions are all checks of whole candidates, by the names that vectors.txt and the tables below have.
var functions = map[string]func([]byte) bool{
	"ssn": SSN, "itin": ITIN, "ein": EIN, "aba": ABA, "npi": NPI, "dea": DEA, "mbi": MBI, "icd10": ICD10,
	"imei": IMEI, "vin": VIN, "bic": BIC, "iban": wholeIBAN, "card": func(s []byte) bool { return Card(s) != NoIssuer },
	"nino": NINO, "nhs": NHS, "uk_driving_licence": UKDrivingLicence, "aadhaar": Aadhaar, "pan": PAN, "gstin": GSTIN, "mrz": MRZLine,
	"mod97": Mod97, "bitcoin_base58": BitcoinBase58, "bech32": Bech32, "ethereum": Ethereum,
	"sin": SIN, "tfn": TFN, "abn": ABN, "au_medicare": AustralianMedicare, "dni": DNI, "nie": NIE, "codice_fiscale": CodiceFiscale, "nir": NIR,
	"steuer_id": SteuerID, "bsn": BSN, "pesel": PESEL, "personnummer": Personnummer, "hetu": HETU, "belgian_nn": BelgianNN, "nif": NIF,
	"cnp": CNP, "cpf": CPF, "cnpj": CNPJ, "south_african_id": SouthAfricanID, "rrn": RRN, "thai_pin": ThaiPIN, "tckn": TCKN, "nric": NRIC,
	"chinese_id":  ChineseID,
	"coordinates": func(s []byte) bool { return Coordinates(s) == len(s) && len(s) > 0 },
	"date":        func(s []byte) bool { n, _, _ := Date(s); return n == len(s) && n > 0 },
}

// TestReference compares with what the packages that testdata/vectors.py names say.
func TestReference(t *testing.T) {
	seen := map[string]int{}
	for lines := bufio.NewScanner(strings.NewReader(vectors)); lines.Scan(); {
		fields := bytes.Split(lines.Bytes(), []byte("\t"))
		name, value, want := string(fields[0]), fields[1], string(fields[2]) == "1"
		check := functions[name]
		if check == nil {
			t.Fatalf("no function for %s", name)
		}
		if got := check(value); got != want {
			t.Errorf("%s(%q) = %v, want %v", name, value, got, want)
		}
		seen[name]++
	}
	if len(seen) < 38 {
		t.Errorf("vectors of %d kinds only", len(seen))
	}
}

func TestExamples(t *testing.T) {
	for name, c := range map[string]struct{ valid, invalid []string }{
		"ssn":                {[]string{"536-90-4399", "536904399", "536 90 4399"}, []string{"078-05-1120", "666-12-3456", "900-12-3456", "536-00-4399", "536-90-0000", "536--90-439", "536-90-43990"}},
		"itin":               {[]string{"912-90-3456", "900-50-0000", "999-65-1234"}, []string{"912-93-3456", "912-89-3456", "912-66-3456", "812-90-3456"}},
		"ein":                {[]string{"91-1144442", "12-3456789"}, []string{"07-1144442", "00-0000000", "96-1234567"}},
		"aba":                {[]string{"021000021", "011401533", "121000248", "0210-0002-1"}, []string{"021000022", "000000000", "501000028", "02100002"}},
		"npi":                {[]string{"1234567893", "1245319599"}, []string{"1234567890", "3234567893", "123456789"}},
		"dea":                {[]string{"AP5836727", "F91234563", "bb1388568"}, []string{"AP5836728", "ZP5836727", "A15836727"}},
		"mbi":                {[]string{"1EG4-TE5-MK73", "1EG4TE5MK73", "1eg4-te5-mk72"}, []string{"0EG4-TE5-MK73", "1SG4-TE5-MK73", "1EG4-TE5-MK7", "1EG4-TE5-MKA3"}},
		"icd10":              {[]string{"E11", "E11.9", "S72.001A", "U07.1", "C7A.00", "T36.0X1A"}, []string{"E1", "11.9", "E119", "E11.", "S72.001AB", "E11 9"}},
		"imei":               {[]string{"490154203237518", "35-209900-176148-1"}, []string{"490154203237519", "000000000000000", "49015420323751"}},
		"vin":                {[]string{"1M8GDM9AXKP042788", "11111111111111119", "1HGCM82633A004352"}[:1], []string{"1M8GDM9A0KP042788", "1M8GDM9AXKP04278", "IM8GDM9AXKP042788", "11111111111111111"}},
		"bic":                {[]string{"DEUTDEFF", "DEUTDEFF500", "NEDSZAJJXXX"}, []string{"DEUTXXFF", "DEUTDEFF5", "DEU1DEFF", "PASSWORD"[:7]}},
		"iban":               {[]string{"GB82 WEST 1234 5698 7654 32", "de89370400440532013000", "NO93-8601-1117-947", "FR1420041010050500013M02606"}, []string{"GB82 WEST 1234 5698 7654 33", "XX82WEST12345698765432", "GB82WEST1234569876543", "DE8937040044053201300A"}},
		"mod97":              {[]string{"GB82WEST12345698765432", "PH122112946238751677", "gb23meem8424263426207"}, []string{"GB82WEST12345698765433", "GB82 WEST", "GB82", ""}},
		"card":               {[]string{"4111111111111111", "4111 1111 1111 1111", "378282246310005", "2223003122003222", "2720992719999992"[:0] + "5105105105105100", "6011111111111117", "30569309025904", "3530111333300000", "180012345678911"[:0] + "213112345678909"[:0] + "6759649826438453", "5018 0000 0009", "4000000000000000006", "2200000000000004"}, []string{"4111111111111112", "1111111111111117", "0000000000000000", "9999999999999995", "41111111111", "2721000000000004", "41111111111111111112"}},
		"nino":               {[]string{"AB123456C", "ab 12 34 56 c", "JG103759A"}, []string{"QQ123456C", "GB123456A", "AB123456E", "AO123456C", "AB12345C"}},
		"nhs":                {[]string{"943 476 5919", "9434765919", "401-023-2137"}, []string{"9434765918", "943476591", "0000000000"}},
		"aadhaar":            {[]string{"2341 2341 2346", "499118665246"}, []string{"234123412347", "134123412346", "222222222222"}},
		"pan":                {[]string{"ACUPA7085R", "aaapl1234c"}, []string{"ACUXA7085R", "ACUPA0000R", "ACUP17085R"}},
		"gstin":              {[]string{"27AAPFU0939F1ZV"}, []string{"27AAPFU0939F1ZO", "99AAPFU0939F1ZV", "27AAPFU0939F0ZV"}},
		"uk_driving_licence": {[]string{"MORGA657054SM9IJ", "MORGA 657054 SM9IJ", "SMITH711215JA9AB", "FO999705159J99AA"[:0] + "MORGA657054SM9IJ35"}, []string{"MORGA699054SM9IJ", "9ORGA657054SM9IJ", "MORGA657054SM9I1", "MORGA677054SM9IJ"}},
		"mrz":                {[]string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}, []string{"L898902C35UTO7408122F1204159ZE184226B<<<<<10", "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "P<UTOERIKSSON<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD", "p<utoeriksson<<anna<maria<<<<<<<<<<<<<<<<<<<"}},
		"bitcoin_base58":     {[]string{"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"}, []string{"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "2A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1111111111111111111111111111", "1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf0a"}},
		"bech32":             {[]string{"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "BC1SW50QGDZ25J"}, []string{"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bc1QW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "bc1qqqqqqqqqq", "bx1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}},
		"ethereum":           {[]string{"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x52908400098527886E0F7030069857D2E4169EE7", "0xde709f2102306220921060314715629080e2fb77"}, []string{"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "0x0000000000000000000000000000000000000000", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}},
		"au_medicare":        {[]string{"2123 45670 1", "2428778132"}, []string{"1123456701", "2123456711", "2123456700"}},
		"nric":               {[]string{"S1234567D", "T1234567J", "F1234567N", "G1234567X", "M1234567K"}, []string{"S1234567A", "A1234567D", "S123456D"}},
		"coordinates":        {[]string{"48.8584, 2.2945", "-33.856784,151.215297", "40.712776 -74.005974", "90.0000,180.0000"}, []string{"48.85, 2.29", "98.8584, 2.2945", "48.8584, 182.2945", "48.8584", "1.12345678901234567890, 2.2945", "90.0001,1.0000"}},
		"date":               {[]string{"1980-01-31", "31.12.1999", "12/31/1999", "31/12/99", "1980 1 2", "29.02.2000"}, []string{"1980-13-31", "32.12.1999", "13/31/1999", "1980-1-31-", "31-12.1999", "12.1999", "29.02.1900", "1.2.3", "31/12/1899"}},
	} {
		for _, s := range c.valid {
			if !functions[name]([]byte(s)) {
				t.Errorf("%s(%q) = false", name, s)
			}
		}
		for _, s := range c.invalid {
			if functions[name]([]byte(s)) {
				t.Errorf("%s(%q) = true", name, s)
			}
		}
	}
}

func TestIssuers(t *testing.T) {
	for s, want := range map[string]Issuer{
		"4111111111111111": Visa, "4222222222222": Visa, "4000000000000000006": Visa, "5555555555554444": Mastercard, "2223003122003222": Mastercard,
		"378282246310005": AmericanExpress, "6011111111111117": Discover, "30569309025904": Diners, "36227206271667": Diners, "3530111333300000": JCB,
		"6240008631401148": UnionPay, "2200000000000004": Mir, "6759649826438453": Maestro, "501800000009": Maestro, "6062828888666688": NoIssuer,
	} {
		if got := Card([]byte(s)); got != want {
			t.Errorf("Card(%q) = %d, want %d", s, got, want)
		}
	}
}

// TestAllocations: none, since the checks run on every record.
func TestAllocations(t *testing.T) {
	inputs := [][]byte{[]byte("4111 1111 1111 1111"), []byte("GB82 WEST 1234 5698 7654 32"), []byte("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), []byte("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), []byte("19800101+1234")}
	if n := testing.AllocsPerRun(10, func() {
		for _, in := range inputs {
			for _, f := range functions {
				f(in)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzChecks: no input makes a check panic, nor one accept what has neither digits nor letters enough.
func FuzzChecks(f *testing.F) {
	for _, s := range []string{"", "4111-1111", "GB82", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bcrt1", "0x", "19800101+1234", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := string(b)
		for name, check := range functions {
			if check(b) && len(b) < 3 {
				t.Errorf("%s accepts %q", name, b)
			}
		}
		if n := IBAN(b); n < 0 || n > len(b) {
			t.Errorf("IBAN = %d of %d", n, len(b))
		}
		if n := Coordinates(b); n < 0 || n > len(b) {
			t.Errorf("Coordinates = %d of %d", n, len(b))
		}
		if string(b) != before {
			t.Error("the input was changed")
		}
	})
}
