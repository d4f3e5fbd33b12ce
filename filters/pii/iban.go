package pii

// An IBAN (ISO 13616): a country, two check digits, and as many letters and digits as that country has, in any case, with single spaces or
// hyphens in between, whose remainder modulo 97 is 1.

// ibanLengths are the lengths of the registry, by country.
var ibanLengths = map[[2]byte]int{}

func init() {
	const lengths = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 " +
		"GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 " +
		"MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
	for i := 0; i+4 <= len(lengths); i += 5 {
		ibanLengths[[2]byte{lengths[i], lengths[i+1]}] = int(lengths[i+2]-'0')*10 + int(lengths[i+3]-'0')
	}
}

// iban returns the end of the IBAN that begins at i.
func iban(text []byte, i int) (end int, ok bool) {
	if c := at(text, i-1); isAlnum(c) || c == '_' {
		return 0, false
	}
	end, ok = ibanAt(text, i)
	return end, ok && !isAlnum(at(text, end)) && at(text, end) != '_'
}

// mayBeIBAN tells whether digits that begin at i are the check digits of an IBAN, whatever is beside it.
func mayBeIBAN(run []byte, i int) bool {
	_, ok := ibanAt(run, i-2)
	return ok
}

// ibanAt checks all but the boundaries.
func ibanAt(text []byte, i int) (end int, ok bool) {
	if i < 0 || i+4 > len(text) || !isLetter(text[i]) || !isLetter(text[i+1]) || !isDigit(text[i+2]) || !isDigit(text[i+3]) {
		return 0, false
	}
	left := ibanLengths[[2]byte{text[i] &^ 0x20, text[i+1] &^ 0x20}] - 4
	if left < 0 {
		return 0, false
	}
	remainder := 0
	for end = i + 4; left > 0; end++ {
		c := at(text, end)
		if (c == ' ' || c == '-') && isAlnum(at(text, end+1)) && isAlnum(text[end-1]) {
			continue
		}
		if !isAlnum(c) {
			return 0, false
		}
		remainder = mod97(remainder, c)
		left--
	}
	for _, c := range text[i : i+4] {
		remainder = mod97(remainder, c)
	}
	return end, remainder == 1
}

// mod97 appends a digit, or a letter as its two-digit number, to a number of which the remainder is known.
func mod97(remainder int, c byte) int {
	if isDigit(c) {
		return (remainder*10 + int(c-'0')) % 97
	}
	return (remainder*100 + int(c&^0x20-'A') + 10) % 97
}
