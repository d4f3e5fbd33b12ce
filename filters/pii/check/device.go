package check

// IMEI tells whether s is the number of a mobile phone: 15 digits with Luhn's check digit (3GPP TS 23.003).
func IMEI(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 15, 15)
	return d != nil && luhn(d) && !allSame(d)
}

const (
	vinValues  = "12345678012345070923456789" // of letters, 0 for I, O and Q, which aren't used
	vinWeights = "8765432:098765432"          // ':' is 10
)

// VIN tells whether s is the number of a vehicle with a check digit in position 9 (ISO 3779, 49 CFR 565): North America and China check it.
func VIN(s []byte) bool {
	if len(s) != len(vinWeights) {
		return false
	}
	total, letters := 0, 0
	for i, c := range s {
		v := int(c - '0')
		if !isDigit(c) {
			if !isLetter(c) || vinValues[upper(c)-'A'] == '0' {
				return false
			}
			v = int(vinValues[upper(c)-'A'] - '0')
			letters++
		}
		total += v * int(vinWeights[i]-'0')
	}
	check := upper(s[8])
	if total%11 == 10 {
		return check == 'X' && letters > 1
	}
	return check == byte('0'+total%11) && letters > 0
}
