package corpus

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

func init() {
	add(Card, map[string]func(g gen) string{"card": card, "card-plain": cardDigits})
	add(IBAN, map[string]func(g gen) string{"iban": iban})
	add(SSN, map[string]func(g gen) string{"ssn": ssn, "ssn-plain": func(g gen) string { return strings.ReplaceAll(ssn(g), "-", "") }})
	add(Bank, map[string]func(g gen) string{"aba": aba, "bic": bic, "account": func(g gen) string { return g.pattern("%#########") }})
	add(NationalID, map[string]func(g gen) string{
		"nino": nino, "nhs": nhs, "aadhaar": aadhaar, "itin": itin, "pan": func(g gen) string { return g.pattern("???P?####?") },
	})
	add(Medical, map[string]func(g gen) string{"npi": npi, "dea": dea})
	add(Device, map[string]func(g gen) string{"imei": imei, "vin": vin})
}

// luhn appends the check digit of ISO/IEC 7812-1.
func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + strconv.Itoa((10-sum%10)%10)
}

// issuers are prefixes of cards and how many digits those have, by their schemes' published ranges.
var issuers = []struct {
	prefix func(g gen) string
	length int
	weight int
}{
	{func(g gen) string { return "4" }, 16, 30},
	{func(g gen) string { return "4" }, 13, 3},
	{func(g gen) string { return "4" }, 19, 2},
	{func(g gen) string { return strconv.Itoa(g.between(51, 55)) }, 16, 22},
	{func(g gen) string { return strconv.Itoa(g.between(2221, 2720)) }, 16, 10},
	{func(g gen) string { return pick(g, []string{"34", "37"}) }, 15, 14},
	{func(g gen) string { return pick(g, []string{"6011", "65", "644", "649"}) }, 16, 10},
	{func(g gen) string { return strconv.Itoa(g.between(3528, 3589)) }, 16, 6},
	{func(g gen) string { return pick(g, []string{"2131", "1800"}) }, 15, 2},
	{func(g gen) string { return pick(g, []string{"300", "305", "36", "38"}) }, 14, 6},
	{func(g gen) string { return "62" }, 16, 3},
	{func(g gen) string { return pick(g, []string{"5018", "5020", "5038", "6304", "6759", "6761", "6763"}) }, 16, 3},
}

func cardDigits(g gen) string {
	total := 0
	for _, i := range issuers {
		total += i.weight
	}
	n := g.IntN(total)
	for _, i := range issuers {
		if n -= i.weight; n < 0 {
			p := i.prefix(g)
			return luhn(p + g.chars(digits, i.length-1-len(p)))
		}
	}
	panic("unreachable")
}

func card(g gen) string {
	s := cardDigits(g)
	sep := pick(g, []string{"", "", "", " ", " ", "-"})
	if sep != "" && (len(s) == 15 || len(s) == 14) {
		return s[:4] + sep + s[4:10] + sep + s[10:]
	}
	if sep == "" {
		return s
	}
	return group(s, 4, sep)
}

// ibans are the forms of BBANs by the registry of SWIFT: n a digit, a a capital letter, c either.
var ibans = map[string]string{
	"AD": "8n12c", "AE": "19n", "AL": "8n16c", "AT": "16n", "AZ": "4a20c", "BA": "16n", "BE": "12n", "BG": "4a6n8c", "BH": "4a14c", "BR": "23n1a1c", "CH": "5n12c",
	"CR": "18n", "CY": "8n16c", "CZ": "20n", "DE": "18n", "DK": "14n", "DO": "4c20n", "EE": "16n", "ES": "20n", "FI": "14n", "FR": "10n11c2n", "GB": "4a14n", "GE": "2a16n",
	"GI": "4a15c", "GR": "7n16c", "HR": "17n", "HU": "24n", "IE": "4a14n", "IL": "19n", "IS": "22n", "IT": "1a10n12c", "KW": "4a22c", "KZ": "3n13c", "LB": "4n20c", "LI": "5n12c",
	"LT": "16n", "LU": "3n13c", "LV": "4a13c", "MC": "10n11c2n", "MT": "4a5n18c", "NL": "4a10n", "NO": "11n", "PL": "24n", "PT": "21n", "RO": "4a16c", "RS": "18n", "SA": "2n18c",
	"SE": "20n", "SI": "15n", "SK": "20n", "SM": "1a10n12c", "TN": "20n", "TR": "5n1n16c", "UA": "6n19c", "PK": "4a16c", "QA": "4a21c",
}

var ibanCountries = sortedKeys(ibans)

func ibanDigits(g gen) string {
	country := pick(g, ibanCountries)
	if g.bool() { // the usual ones
		country = pick(g, []string{"DE", "FR", "GB", "ES", "IT", "NL", "BE", "AT", "CH", "PL"})
	}
	var bban strings.Builder
	for form := ibans[country]; form != ""; {
		i := strings.IndexAny(form, "nac")
		n, _ := strconv.Atoi(form[:i])
		bban.WriteString(g.chars(map[byte]string{'n': digits, 'a': upper, 'c': digits + digits + upper}[form[i]], n))
		form = form[i+1:]
	}
	var number strings.Builder
	for _, c := range bban.String() + country + "00" {
		if c >= 'A' {
			number.WriteString(strconv.Itoa(int(c-'A') + 10))
		} else {
			number.WriteRune(c)
		}
	}
	n, _ := new(big.Int).SetString(number.String(), 10)
	rest := new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("%s%02d%s", country, 98-rest, bban.String())
}

func iban(g gen) string {
	s := ibanDigits(g)
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		return group(s, 4, " ")
	case 4:
		return strings.ToLower(s)
	case 5:
		return group(s, 4, "-")
	}
	return s
}

func ssn(g gen) string {
	area := g.between(1, 898)
	if area == 666 {
		area = 667
	}
	sep := "-"
	if g.oneIn(6) {
		sep = " "
	}
	return fmt.Sprintf("%03d%s%02d%s%04d", area, sep, g.between(1, 99), sep, g.between(1, 9999))
}

func itin(g gen) string {
	return fmt.Sprintf("9%02d-%02d-%04d", g.IntN(100), pick(g, []int{50, 61, 65, 70, 77, 88, 90, 92, 94, 99}), g.between(1, 9999))
}

func aba(g gen) string {
	s := fmt.Sprintf("%02d", g.between(1, 12)) + g.chars(digits, 6)
	sum := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7} {
		sum += weight * int(s[i]-'0')
	}
	return s + strconv.Itoa((10-sum%10)%10)
}

func bic(g gen) string {
	s := g.chars(upper, 4) + pick(g, []string{"DE", "FR", "GB", "US", "CH", "NL", "ES", "IT"}) + g.chars(upper+digits, 2)
	if g.bool() {
		s += pick(g, []string{"XXX", g.chars(upper+digits, 3)})
	}
	return s
}

func nino(g gen) string {
	const first, second = "ABCEGHJKLMNPRSTWXYZ", "ABCEGHJKLMNPRSTWXYZ"
	prefix := pick(g, []string{"AB", "CE", "HL", "JK", "PW", "SN", "TX"})
	if g.bool() {
		prefix = string(first[g.IntN(7)]) + string(second[8+g.IntN(8)])
	}
	s := prefix + g.chars(digits, 6) + string("ABCD"[g.IntN(4)])
	if g.bool() {
		return s[:2] + " " + s[2:4] + " " + s[4:6] + " " + s[6:8] + " " + s[8:]
	}
	return s
}

func nhs(g gen) string {
	for {
		s := g.pattern("%########")
		sum := 0
		for i := range 9 {
			sum += (10 - i) * int(s[i]-'0')
		}
		check := 11 - sum%11
		if check == 10 {
			continue
		}
		s += strconv.Itoa(check % 11)
		if g.bool() {
			return s[:3] + " " + s[3:6] + " " + s[6:]
		}
		return s
	}
}

// Verhoeff's tables.
var (
	verhoeffMul = [10]string{"0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"}
	verhoeffPer = [8]string{"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"}
)

func aadhaar(g gen) string {
	s := g.chars("23456789", 1) + g.chars(digits, 10)
	for check := range 10 {
		all, c := s+strconv.Itoa(check), 0
		for i := range len(all) {
			p := verhoeffPer[i%8][all[len(all)-1-i]-'0'] - '0'
			c = int(verhoeffMul[c][p] - '0')
		}
		if c == 0 {
			s = all
			break
		}
	}
	if g.bool() {
		return group(s, 4, " ")
	}
	return s
}

func npi(g gen) string {
	s := "1" + g.chars(digits, 8)
	return strings.TrimPrefix(luhn("80840"+s), "80840")
}

func dea(g gen) string {
	s := g.chars(digits, 6)
	d := func(i int) int { return int(s[i] - '0') }
	return g.chars("ABFM", 1) + g.chars(upper, 1) + s + strconv.Itoa((d(0)+d(2)+d(4)+2*(d(1)+d(3)+d(5)))%10)
}

func imei(g gen) string { return luhn("35" + g.chars(digits, 12)) }

func vin(g gen) string {
	const letters = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
	weights := []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	s := []byte(pick(g, []string{"1HG", "WVW", "JTD", "5YJ", "WBA", "ZFA"}) + g.chars("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 5) + "0" + g.chars("ABCDEFGHJKLMNPRSTVWXY123456789", 1) + g.chars("ABCDEFGHJKLMNPRSTUVWXYZ", 1) + g.chars(digits, 6))
	sum := 0
	for i, c := range s {
		sum += strings.IndexByte(letters, c) % 10 * weights[i]
	}
	s[8] = "0123456789X"[sum%11]
	return string(s)
}
