package check

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// DNI tells whether s is the number of a Spanish identity card: eight digits and a letter by their remainder modulo 23.
func DNI(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	return len(c) == 9 && isLetter(c[8]) && values(c[:8]) && c[8] == dniLetters[number(c[:8])%23]
}

// NIE tells whether s is the number of a foreigner in Spain: X, Y or Z in place of DNI's first digit.
func NIE(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 9 || c[0] < 'X' || c[0] > 'Z' || !isLetter(c[8]) || !values(c[1:8]) {
		return false
	}
	c[0] -= 'X'
	return c[8] == dniLetters[number(c[:8])%23]
}

const (
	codiceForm   = "AAAAAA..A..A...A" // '.' is a digit, or a letter in its place
	codiceDigits = "LMNPQRSTUV"
	codiceMonths = "ABCDEHLMPRST"
	codiceOdd    = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17" // by digit or letter, 0 or A on
)

// CodiceFiscale tells whether s is an Italian's tax code: six letters of the names, birth, place, and a check letter. Where two would be the same, letters stand
// for digits.
func CodiceFiscale(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != len(codiceForm) {
		return false
	}
	total := 0
	for i, v := range c {
		if codiceForm[i] == 'A' && !isLetter(v) || codiceForm[i] == '.' && !isDigit(v) && !contains(codiceDigits, v) {
			return false
		}
		n := int(v - '0')
		if isLetter(v) {
			n = int(v - 'A')
		}
		if i%2 == 0 {
			n = int(codiceOdd[n])
		}
		if i < 15 {
			total += n
		}
	}
	day := codiceDigit(c[9])*10 + codiceDigit(c[10])
	year := codiceDigit(c[6])*10 + codiceDigit(c[7])
	return c[15] == byte('A'+total%26) && isDay(year, index(codiceMonths, c[8])+1, day%40) && day < 72
}

func codiceDigit(c byte) int {
	if isDigit(c) {
		return int(c - '0')
	}
	return index(codiceDigits, c)
}

// NIR tells whether s is a number of French social security: sex, birth, place, order, and two digits that complete it to a multiple of 97. Corsica's
// departments are 2A and 2B.
func NIR(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 15 {
		return false
	}
	corsica := 0
	if c[5] == '2' && (c[6] == 'A' || c[6] == 'B') {
		corsica = int(c[6]-'A') + 1
		c[6] = '0' + 10 - byte(corsica) // 2A counts as 19, 2B as 18
		c[5] = '1'
	}
	if !values(c) || c[0] < 1 || c[0] == 5 || c[0] == 6 || c[0] == 9 {
		return false
	}
	month := number(c[3:5])
	if month < 1 || month > 12 && month < 20 || month > 42 && month < 50 {
		return false
	}
	return number(c[13:]) == 97-number(c[:13])%97
}

// SteuerID tells whether s is a German's tax number: eleven digits; of the first ten exactly one comes twice or three times; ISO 7064 MOD 11,10.
func SteuerID(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 11, 11)
	if d == nil || d[0] == 0 || !mod1110(d) {
		return false
	}
	var count [10]int
	for _, v := range d[:10] {
		count[v]++
	}
	repeated := 0
	for _, n := range count {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1
}

// BSN tells whether s is a Dutch citizen's number: nine digits, the last with weight -1, modulo 11.
func BSN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	return d != nil && (sum(d[:8], "98765432")-int(d[8]))%11 == 0 && !allSame(d)
}

// PESEL tells whether s is a Pole's number: birth, with the century in the month, and a check digit.
func PESEL(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 11, 11)
	if d == nil || sum(d, "13791379131")%10 != 0 {
		return false
	}
	month := number(d[2:4])
	century := [5]int{1900, 2000, 2100, 2200, 1800}[month/20]
	return isDay(century+number(d[:2]), month%20, number(d[4:6]))
}

// Personnummer tells whether s is a Swede's number: birth with two or four digits of the year, a sign ('+' from 100 years on), three digits, Luhn. Numbers for
// people who aren't registered have 60 added to the day.
func Personnummer(s []byte) bool {
	var buf [maxLen]byte
	var plain [13]byte
	if n := len(s); n > 5 && n <= len(plain) && s[n-5] == '+' {
		copy(plain[:], s)
		plain[n-5] = '-'
		s = plain[:n]
	}
	d := digits(&buf, s, 10, 12)
	if len(d) == 12 {
		if century := number(d[:2]); century < 18 || century > 20 {
			return false
		}
		d = d[2:]
	}
	if len(d) != 10 || !luhn(d) {
		return false
	}
	day := number(d[4:6])
	return isDay(number(d[:2]), number(d[2:4]), day) || isDay(number(d[:2]), number(d[2:4]), day-60)
}

// HETU tells whether s is a Finn's number: birth, a sign for the century, three digits, a check character modulo 31.
func HETU(s []byte) bool {
	if len(s) != 11 || !contains("+-ABCDEFYXWVU", upper(s[6])) {
		return false
	}
	var d [9]byte
	copy(d[:6], s)
	copy(d[6:], s[7:10])
	if !values(d[:]) || !isDay(number(d[4:6]), number(d[2:4]), number(d[:2])) {
		return false
	}
	n := number(d[6:])
	return n >= 2 && n < 900 && upper(s[10]) == "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(d[:])%31]
}

// BelgianNN tells whether s is a Belgian's national number: birth, three digits, and two that complete it, from 2000 on with a 2 before, to a multiple of 97.
func BelgianNN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 11, 11)
	if d == nil || number(d) == 0 {
		return false
	}
	month, day := number(d[2:4]), number(d[4:6])
	if month > 12 || day > 31 {
		return false
	}
	n, check := number(d[:9]), number(d[9:])
	return check == 97-n%97 || check == 97-(2000000000+n)%97 && number(d[:2]) <= 35
}

// NIF tells whether s is a Portuguese tax number.
func NIF(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	return d != nil && d[0] != 0 && d[8] == cpfDigit(d[:8], "98765432") && !allSame(d)
}

// CNP tells whether s is a Romanian's number: sex and century, birth, county, three digits, a check digit modulo 11.
func CNP(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 13, 13)
	if d == nil || d[0] == 0 {
		return false
	}
	century := [10]int{0, 1900, 1900, 1800, 1800, 2000, 2000, 1900, 1900, 1900}[d[0]]
	county := number(d[7:9])
	if !isDay(century+number(d[1:3]), number(d[3:5]), number(d[5:7])) {
		return false
	}
	if county < 1 || county > 48 && county != 51 && county != 52 && county != 70 && (county < 80 || county > 83) {
		return false
	}
	check := sum(d[:12], "279146358279") % 11
	return check == int(d[12]) || check == 10 && d[12] == 1
}
