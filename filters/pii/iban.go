package pii

// An IBAN (ISO 13616): a country, two check digits, and as many letters and digits as that country has, in any case, with single spaces or
// hyphens in between, whose remainder modulo 97 is 1.

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

// shortGB is what generators of test data take for the form of the United Kingdom (Faker's en_GB): a digit less.
const shortGB = "4a13n "

// maxIBAN is the longest that iban looks at, with separators, in bytes.
const maxIBAN = 70

var _ = register(detector{kind: IBAN, reason: "IBAN, check digits valid", country: (*text).iban})

// iban looks for an IBAN whose country begins at i.
func (t *text) iban(i int) {
	form := ibanIndex[int(t.b[i]&^0x20-'A')*26+int(t.b[i+1]&^0x20-'A')]
	if form == 0 {
		return
	}
	t.work += maxIBAN
	end := ibanEnd(t.b, i, ibanForms[form:])
	if end == 0 && hasPrefixFold(t.b[i:], "gb") {
		end = ibanEnd(t.b, i, shortGB)
	}
	if end == 0 {
		return
	}
	if b, start := t.alone(i); wordStarts(b, start) && !isWord(at(t.b, end)) {
		t.add(i, end, 99)
	}
}

// ibanEnd returns the end of the IBAN that begins at i, 0 if there is none.
func ibanEnd(b []byte, i int, form string) int {
	end, remainder := i+4, 0
	for ; form[0] != ' '; form = form[1:] {
		n := 0
		for ; isDigit(form[0]); form = form[1:] {
			n = n*10 + int(form[0]-'0')
		}
		for ; n > 0; n-- {
			if c := at(b, end); c == ' ' || c == '-' {
				end++
			}
			c := at(b, end)
			if !isAlnum(c) || form[0] == 'n' && !isDigit(c) || form[0] == 'a' && !isLetter(c) {
				return 0
			}
			remainder = mod97(remainder, c)
			end++
		}
	}
	for _, c := range b[i : i+4] {
		remainder = mod97(remainder, c)
	}
	if remainder != 1 {
		return 0
	}
	return end
}

// mod97 appends a digit, or a letter as its two-digit number, to a number of which the remainder is known.
func mod97(remainder int, c byte) int {
	if isDigit(c) {
		return (remainder*10 + int(c-'0')) % 97
	}
	return (remainder*100 + int(c&^0x20-'A') + 10) % 97
}
