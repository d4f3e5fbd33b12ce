package check

// ibanForms is what follows the check digits, by country: how many digits (n), letters (a), or of both (c). Source: SWIFT's registry of IBAN formats,
// release 101.
const ibanForms = "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c CZ20n DE18n " +
	"DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n GR7n16c GT24c HN4a20n HR17n " +
	"HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n " +
	"MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n " +
	"QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c " +
	"UA6n19c VA18n VG4a16n XK16n YE4a4n18c "

// ibanIndex is where a country's form is in ibanForms, behind its name, by 26 × first + second letter; 0 for none.
var ibanIndex = newIBANIndex()

func newIBANIndex() (index [26 * 26]uint16) {
	for i := 0; i < len(ibanForms); i++ {
		index[int(ibanForms[i]-'A')*26+int(ibanForms[i+1]-'A')] = uint16(i + 2)
		for ibanForms[i] != ' ' {
			i++
		}
	}
	return index
}

// IBAN returns how many bytes of b, from its first on, are an IBAN (ISO 13616): a country, two check digits, and as many letters and digits as that
// country has, in any case, with single spaces or hyphens in between, whose remainder modulo 97 is 1. It returns 0 if there is none.
func IBAN(b []byte) int {
	if len(b) < 15 || !isLetter(b[0]) || !isLetter(b[1]) {
		return 0
	}
	at := ibanIndex[int(upper(b[0])-'A')*26+int(upper(b[1])-'A')]
	if at == 0 {
		return 0
	}
	i, remainder := 0, 0
	var head [4]byte
	for n := range head {
		i = skipOne(b, i)
		if i == len(b) || (n < 2) != isLetter(b[i]) || n >= 2 && !isDigit(b[i]) {
			return 0
		}
		head[n] = b[i]
		i++
	}
	for form := ibanForms[at:]; form[0] != ' '; form = form[1:] {
		n := 0
		for ; isDigit(form[0]); form = form[1:] {
			n = n*10 + int(form[0]-'0')
		}
		for ; n > 0; n-- {
			i = skipOne(b, i)
			if i == len(b) || !isAlnum(b[i]) || form[0] == 'n' && !isDigit(b[i]) || form[0] == 'a' && !isLetter(b[i]) {
				return 0
			}
			remainder = mod97(remainder, b[i])
			i++
		}
	}
	for _, c := range head {
		remainder = mod97(remainder, c)
	}
	if remainder != 1 {
		return 0
	}
	return i
}

// Mod97 tells whether s, letters and digits in any case, has the check digits of an IBAN, whatever its country and length.
func Mod97(s []byte) bool {
	if len(s) < 5 {
		return false
	}
	remainder := 0
	for _, part := range [2][]byte{s[4:], s[:4]} {
		for _, c := range part {
			if !isAlnum(c) {
				return false
			}
			remainder = mod97(remainder, c)
		}
	}
	return remainder == 1
}

// skipOne returns the index behind the separator at i, i if there is none.
func skipOne(b []byte, i int) int {
	if i < len(b) && (b[i] == ' ' || b[i] == '-') {
		return i + 1
	}
	return i
}

// mod97 appends a digit, or a letter as its two-digit number, to a number of which the remainder is known (ISO/IEC 7064, MOD 97-10).
func mod97(remainder int, c byte) int {
	if isDigit(c) {
		return (remainder*10 + int(c-'0')) % 97
	}
	return (remainder*100 + int(upper(c)-'A') + 10) % 97
}

// countries are the codes of ISO 3166-1, and Kosovo's, in order.
const countries = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"

// BIC tells whether s may be a bank's code (ISO 9362): four letters, a country, two letters or digits, and three for a branch or none.
func BIC(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if !hasForm(c, "AAAAAA**") && !hasForm(c, "AAAAAA*****") {
		return false
	}
	for i := 0; i < len(countries); i += 2 {
		if string(c[4:6]) == countries[i:i+2] {
			return true
		}
	}
	return false
}
