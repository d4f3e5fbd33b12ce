package check

// SIN tells whether s is a Canadian's social insurance number: nine digits, Luhn, not from 0 or 8 on.
func SIN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	return d != nil && d[0] != 0 && d[0] != 8 && luhn(d)
}

// TFN tells whether s is an Australian tax file number: eight or nine digits, modulo 11.
func TFN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 8, 9)
	return d != nil && sum(d, "14375869:")%11 == 0 && !allSame(d)
}

// ABN tells whether s is an Australian business number: eleven digits, of which the first counts one less, modulo 89.
func ABN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 11, 11)
	return d != nil && d[0] != 0 && (sum(d, ":13579;=?AC")-10)%89 == 0
}

// AustralianMedicare tells whether s is a number of Australia's Medicare: eight digits from 2 to 6 on, a check digit, the issue, and one for the person or none.
func AustralianMedicare(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 10, 11)
	return d != nil && d[0] >= 2 && d[0] <= 6 && sum(d[:8], "13791379")%10 == int(d[8]) && d[9] != 0
}

// CPF tells whether s is a Brazilian's number: nine digits and two check digits.
func CPF(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 11, 11)
	return d != nil && d[9] == cpfDigit(d[:9], ":98765432") && d[10] == cpfDigit(d[:10], ";:98765432") && !allSame(d)
}

// CNPJ tells whether s is the number of a Brazilian company: twelve digits, or letters from 2026 on, and two check digits.
func CNPJ(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 14 || !values(c[12:]) || string(c[:12]) == "000000000000" || allSame(c[:12]) {
		return false
	}
	for i := range c[:12] {
		c[i] -= '0' // letters count on from there: A is 17
	}
	return c[12] == cpfDigit(c[:12], "543298765432") && c[13] == cpfDigit(c[:13], "6543298765432")
}

// SouthAfricanID tells whether s is a South African's number: birth, four digits, 0 or 1 for a citizen or resident, a digit, Luhn.
func SouthAfricanID(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 13, 13)
	return d != nil && d[10] <= 1 && luhn(d) && isDay(number(d[:2]), number(d[2:4]), number(d[4:6]))
}

// RRN tells whether s is a Korean resident's number: birth, sex and century, place, order, a check digit modulo 11.
func RRN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 13, 13)
	if d == nil || number(d[7:9]) > 96 {
		return false
	}
	century := [10]int{1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800}[d[6]]
	return isDay(century+number(d[:2]), number(d[2:4]), number(d[4:6])) && (11-sum(d[:12], "234567892345")%11)%10 == int(d[12])
}

// ThaiPIN tells whether s is a Thai's number: 13 digits from 1 to 8 on, modulo 11.
func ThaiPIN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 13, 13)
	return d != nil && d[0] != 0 && d[0] != 9 && (11-sum(d[:12], "=<;:98765432")%11)%10 == int(d[12])
}

// TCKN tells whether s is a Turk's number: eleven digits, not from 0 on, of which two check the others.
func TCKN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 11, 11)
	if d == nil || d[0] == 0 {
		return false
	}
	first := (10 - sum(d[:9], "313131313")%10) % 10
	return int(d[9]) == first && int(d[10]) == (first+sum(d[:9], "111111111"))%10
}

// NRIC tells whether s is the number of a Singaporean's or foreigner's identity card: S, T, F, G or M, seven digits, a check letter.
func NRIC(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 9 || !isLetter(c[8]) || !values(c[1:8]) {
		return false
	}
	n := sum(c[1:8], "2765432")
	switch c[0] {
	case 'S':
		return c[8] == "JZIHGFEDCBA"[n%11]
	case 'T':
		return c[8] == "JZIHGFEDCBA"[(n+4)%11]
	case 'F':
		return c[8] == "XWUTRQPNMLK"[n%11]
	case 'G':
		return c[8] == "XWUTRQPNMLK"[(n+4)%11]
	case 'M':
		return c[8] == "XWUTRQPNJLK"[(n+3)%11]
	}
	return false
}

// chineseProvinces has a bit for each first two digits of an identity card's number, 64 and up in the second.
var chineseProvinces = [2]uint64{0x3e<<10 | 0xe<<20 | 0xfe<<30 | 0x7e<<40 | 0x1f<<50 | 0x7<<61, 0x3 | 1<<(71-64) | 0x7<<(81-64)}

// ChineseID tells whether s is the number of a Chinese identity card: province and county, birth, order, a check digit or X (ISO 7064 MOD 11-2).
func ChineseID(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 18 || len(s) != 18 || !values(c[:17]) {
		return false
	}
	year, province := number(c[6:10]), number(c[:2])
	if chineseProvinces[province/64]>>(province%64)&1 == 0 || year < 1850 || year > 2100 || !isDay(year, number(c[10:12]), number(c[12:14])) {
		return false
	}
	remainder := 0
	for _, v := range c[:17] {
		remainder = (remainder + int(v)) * 2 % 11
	}
	return c[17] == "10X98765432"[remainder]
}
